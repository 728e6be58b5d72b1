#include "data/callbacks.h"

#include "base/monitor.h"
#include "base/platform.h"
#include "base/status.h"

#include <math.h>

/* Between two calls of the progress callback: 20 a second. */
static const double progress_seconds = 0.05;

mcnn_callbacks mcnn_callbacks_start(const mnistcnn_dataset_options *options, const char *path) {
  const double now = mcnn_seconds();
  const mcnn_callbacks callbacks = {
      .options = options, .path = path, .started = now, .last_progress = now};

  return callbacks;
}

void mcnn_callbacks_log(const mcnn_callbacks *callbacks, int32_t level, const char *message) {
  if (callbacks->options->log)
    callbacks->options->log(level, message, callbacks->options->user);
}

mnistcnn_status mcnn_callbacks_progress(mcnn_callbacks *callbacks, size_t done, size_t total) {
  const mnistcnn_dataset_options *const options = callbacks->options;
  const double now = mcnn_seconds(), seconds = now - callbacks->started;
  const int is_end = done == 0 || done == total;
  mnistcnn_progress progress = {.struct_size = sizeof progress,
                                .event = MNISTCNN_EVENT_LOADING,
                                .images_done = done,
                                .images_total = total,
                                .seconds = seconds};

  if ((!options->progress && !options->monitor) ||
      (!is_end && now - callbacks->last_progress < progress_seconds))
    return MNISTCNN_OK;
  callbacks->last_progress = now;
  progress.seconds_left = done == 0 ? (double)NAN : seconds / (double)done * (double)(total - done);
  progress.loss = progress.accuracy = progress.binary_accuracy = (double)NAN;
  progress.validation_loss = progress.validation_accuracy = (double)NAN;
  progress.validation_binary_accuracy = (double)NAN;
  if (mcnn_report_progress(&progress, options->progress, options->user, options->monitor))
    return mcnn_fail(MNISTCNN_CANCELLED, "%s: loading was cancelled", callbacks->path);
  return MNISTCNN_OK;
}
