#include "train/schedule.h"

#include <math.h>

double mcnn_learning_rate(const mnistcnn_train_options *options, uint64_t step, uint64_t total) {
  const double pi = 3.14159265358979323846;
  const double peak = (double)options->learning_rate;
  const double start = (double)options->warmup_start_ratio;
  const double end = (double)options->final_lr_ratio;
  const double warmup = (double)options->warmup_fraction * (double)total;
  const double at = (double)step;

  if (options->schedule == MNISTCNN_SCHEDULE_CONSTANT)
    return peak;
  if (at < warmup)
    return peak * (start + (1 - start) * at / warmup);
  const double down = (at - warmup) / ((double)total - warmup);
  if (options->schedule == MNISTCNN_SCHEDULE_LINEAR)
    return peak * (1 - (1 - end) * down);
  return peak * (1 + end + (1 - end) * cos(pi * down)) / 2;
}
