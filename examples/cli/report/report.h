/* evaluate --report: a self-contained HTML page. */
#ifndef CLI_REPORT_REPORT_H
#define CLI_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "files/history_read.h"
#include "report/evaluation.h"

typedef struct report_input {
  const evaluation *evaluation;    /* with probabilities */
  const training_history *history; /* NULL: none */
  const char *model_path;
  const char *images_path;
  int32_t loss; /* MNISTCNN_LOSS_... */
} report_input;

/* Written atomically; false, with a message, on failure. */
bool report_write(const char *path, const report_input *report);

#endif
