/* An evaluation as JSON. */
#ifndef CLI_REPORT_EVALUATION_JSON_H
#define CLI_REPORT_EVALUATION_JSON_H

#include <stdio.h>

#include "report/evaluation.h"

/* loss: MNISTCNN_LOSS_..., of the figure with this name. */
void evaluation_write_json(const evaluation *e, int32_t loss, FILE *stream);

#endif
