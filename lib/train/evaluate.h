/* Loss, accuracies and confusion of a model over a dataset. */
#ifndef MCNN_TRAIN_EVALUATE_H
#define MCNN_TRAIN_EVALUATE_H

#include "model/predictor.h"
#include "nn/loss.h"
#include "train/calibration.h"

/* Called after each block of images; non-zero cancels. */
typedef int (*mcnn_evaluate_progress_fn)(void *context, size_t done, size_t total);

typedef struct mcnn_evaluation {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace; /* checked against the model */
  const mnistcnn_dataset *dataset;
  const uint32_t *classes; /* the model's class of each of the dataset's; NULL: the same */
  mcnn_loss loss;
  mcnn_evaluate_progress_fn progress; /* or NULL */
  void *context;
  uint64_t *confusion;           /* [classes][classes], added to; or NULL */
  float *probabilities;          /* [count][classes]; or NULL */
  mcnn_calibration *calibration; /* added to; or NULL */
  uint64_t *rejected;            /* [2] images of the classes, and of the background, that the
                                    model rejects, added to; or NULL */
} mcnn_evaluation;

/* The images from `first` on, MCNN_EVALUATE_BLOCK at most; returns how many. scratch and sums as
 * below; does not call `progress`. */
size_t mcnn_evaluate_block(const mcnn_evaluation *evaluation, size_t first, float *scratch,
                           mcnn_loss_sums *sums);

/* scratch: MCNN_EVALUATE_BLOCK * classes floats. Adds to *sums. MNISTCNN_CANCELLED is the only
 * failure. */
mnistcnn_status mcnn_evaluate(const mcnn_evaluation *evaluation, float *scratch,
                              mcnn_loss_sums *sums);

#define MCNN_EVALUATE_BLOCK ((size_t)1024)

#endif
