/* Trainings whose best epoch is not the last: noisy labels, which a network learns by heart. */
#ifndef BEST_EPOCH_SUPPORT_H
#define BEST_EPOCH_SUPPORT_H

#include "api_support.h"

enum { MOST_EPOCHS = 40 };

/* Every third label is another one. */
mnistcnn_dataset *make_noisy(size_t count, uint32_t seed);

/* Adam at a constant rate, so high that validation soon gets worse. */
mnistcnn_train_options overfitting(uint32_t epochs);

typedef struct epoch_log {
  uint32_t epochs;
  mnistcnn_progress figures[MOST_EPOCHS + 1]; /* [epoch] */
} epoch_log;

/* A progress callback; user is an epoch_log of zeros. */
int32_t log_epochs(const mnistcnn_progress *progress, void *user);

/* The epoch of the least figure that `figure_of` gives, the first of equal ones. */
uint32_t least_epoch(const epoch_log *log, double (*figure_of)(const mnistcnn_progress *progress));
double validation_loss_of(const mnistcnn_progress *progress);
double validation_error_of(const mnistcnn_progress *progress);

/* The same weights, moving statistics and temperature, whatever the notes. */
void assert_same_answers(const mnistcnn_model *a, const mnistcnn_model *b);

#endif
