#include "digit/otsu.h"

#include <assert.h>

uint32_t mcnn_otsu_threshold(const uint32_t histogram[256], uint32_t first) {
  double count = 0, sum = 0, lower = 0, lower_sum = 0, best = -1;
  uint32_t threshold = first;

  assert(first < 256);
  for (uint32_t level = first; level < 256; level++) {
    count += histogram[level];
    sum += (double)histogram[level] * level;
  }
  for (uint32_t level = first; level < 255; level++) {
    lower += histogram[level];
    lower_sum += (double)histogram[level] * level;
    const double upper = count - lower;
    if (lower > 0 && upper > 0) {
      const double apart = lower_sum / lower - (sum - lower_sum) / upper;
      const double between = lower * upper * apart * apart;
      if (between > best) {
        best = between;
        threshold = level;
      }
    }
  }
  return threshold;
}
