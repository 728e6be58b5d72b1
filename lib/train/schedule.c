#include "train/schedule.h"

#include "base/elementary.h"

static const double pi = 3.14159265358979323846;

/* From `from` to `to` along half a cosine, at the fraction `at`. */
static double anneal(double from, double to, double at) {
  return to + (from - to) * (1 + mcnn_cos(pi * at)) / 2;
}

/* As PyTorch's OneCycleLR: the last step of the way up is the one before warmup_fraction of all,
 * and the last of all has the least rate. */
static double one_cycle(const mnistcnn_train_options *options, double step, double total) {
  const double start = (double)options->warmup_start_ratio;
  const double end = (double)options->final_lr_ratio;
  const double top = (double)options->warmup_fraction * total - 1;
  if (step <= top && top > 0)
    return anneal(start, 1, step / top);
  return anneal(1, end, (step - top) / (total - 1 - top));
}

/* As PyTorch's StepLR. */
static double steps(const mnistcnn_train_options *options, uint64_t step, uint64_t total) {
  const uint64_t epoch = step / (total / options->epochs);
  const uint64_t factors = epoch / options->step_epochs;
  return mcnn_power((double)options->step_factor, factors);
}

double mcnn_learning_rate(const mnistcnn_train_options *options, uint64_t step, uint64_t total) {
  const double peak = (double)options->learning_rate;
  const double start = (double)options->warmup_start_ratio;
  const double end = (double)options->final_lr_ratio;
  const double warmup = (double)options->warmup_fraction * (double)total;
  const double at = (double)step;

  if (options->schedule == MNISTCNN_SCHEDULE_CONSTANT)
    return peak;
  if (options->schedule == MNISTCNN_SCHEDULE_ONE_CYCLE)
    return peak * one_cycle(options, at, (double)total);
  if (options->schedule == MNISTCNN_SCHEDULE_STEP)
    return peak * steps(options, step, total);
  if (at < warmup)
    return peak * (start + (1 - start) * at / warmup);
  const double down = (at - warmup) / ((double)total - warmup);
  if (options->schedule == MNISTCNN_SCHEDULE_LINEAR)
    return peak * (1 - (1 - end) * down);
  return peak * (1 + end + (1 - end) * mcnn_cos(pi * down)) / 2;
}
