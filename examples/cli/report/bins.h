/* Images in bins by confidence, for the reliability diagram; the bins are those of the library's
 * calibration_error. */
#ifndef CLI_REPORT_BINS_H
#define CLI_REPORT_BINS_H

#include <stdint.h>

#include "report/evaluation.h"

enum { NUM_BINS = 15 };

typedef struct confidence_bin {
  uint64_t images;
  uint64_t correct;
  double sum; /* of confidences */
} confidence_bin;

void bins_fill(const evaluation *e, confidence_bin bins[NUM_BINS]);

double bin_accuracy(const confidence_bin *bin);
double bin_confidence(const confidence_bin *bin);

#endif
