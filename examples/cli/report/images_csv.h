/* Every image of an evaluation as a row of CSV: path, class, answer, confidence, probabilities. */
#ifndef CLI_REPORT_IMAGES_CSV_H
#define CLI_REPORT_IMAGES_CSV_H

#include <stdio.h>

#include "report/evaluation.h"

typedef struct images_csv {
  const evaluation *evaluation; /* with probabilities */
  const char *images_path;      /* the folder they are from, or IMAGES,LABELS */
} images_csv;

/* images: an images_csv, for write_text_file(). */
void images_csv_write(FILE *stream, const void *images);

#endif
