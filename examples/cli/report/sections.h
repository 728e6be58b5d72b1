/* The sections of the report. */
#ifndef CLI_REPORT_SECTIONS_H
#define CLI_REPORT_SECTIONS_H

#include <stdio.h>

#include "report/report.h"

void report_style(FILE *page); /* the content of <style> */
void report_curves(FILE *page, const training_history *history);
void report_confusion(FILE *page, const evaluation *e);
void report_classes(FILE *page, const evaluation *e);
void report_calibration(FILE *page, const evaluation *e);
void report_mistakes(FILE *page, const evaluation *e);

#endif
