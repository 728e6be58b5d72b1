#include "report/bins.h"

#include <math.h>
#include <string.h>

double bin_accuracy(const confidence_bin *bin) {
  return bin->images ? (double)bin->correct / (double)bin->images : (double)NAN;
}

double bin_confidence(const confidence_bin *bin) {
  return bin->images ? bin->sum / (double)bin->images : (double)NAN;
}

void bins_fill(const evaluation *e, confidence_bin bins[NUM_BINS]) {
  uint32_t predicted;
  float confidence;

  memset(bins, 0, NUM_BINS * sizeof bins[0]);
  for (size_t i = 0; i < mnistcnn_dataset_num_images(e->dataset); i++) {
    if (mnistcnn_top_class(e->probabilities + i * e->num_classes, e->num_classes, &predicted,
                           &confidence) != MNISTCNN_OK)
      continue; /* NaN only: in no bin */
    if (mnistcnn_dataset_label(e->dataset, i) == MNISTCNN_NO_CLASS)
      continue;
    const int bin = (int)((double)confidence * NUM_BINS);
    confidence_bin *const at = &bins[bin < NUM_BINS ? bin : NUM_BINS - 1];
    at->images++;
    at->correct += predicted == (uint32_t)mnistcnn_dataset_label(e->dataset, i);
    at->sum += (double)confidence;
  }
}
