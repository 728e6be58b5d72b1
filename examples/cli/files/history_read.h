/* Reads the file that history.h writes. */
#ifndef CLI_FILES_HISTORY_READ_H
#define CLI_FILES_HISTORY_READ_H

#include <stdbool.h>
#include <stddef.h>

/* One epoch; NaN for values that are null or absent. */
typedef struct history_epoch {
  double epoch;
  double loss;
  double accuracy;
  double validation_loss;
  double validation_accuracy;
} history_epoch;

typedef struct training_history {
  size_t count;
  history_epoch *epochs;
} training_history;

/* False, with a message, if the file is missing or is not a history. */
bool history_read(const char *path, training_history *history);
void history_release(training_history *history);

#endif
