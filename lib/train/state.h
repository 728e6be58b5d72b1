/* What a training holds: datasets, memory, where it stands. Its parts work on it: step.h, epoch.h,
 * progress.h, weights.h, checkpoint.h; trainer.h puts them together. */
#ifndef MCNN_TRAIN_STATE_H
#define MCNN_TRAIN_STATE_H

#include "base/arena.h"
#include "base/monitor.h"
#include "base/stream.h"
#include "base/threads.h"
#include "data/augment.h"
#include "model/predictor.h"
#include "nn/executor.h"
#include "train/holdout.h"
#include "train/optimizer.h"

/* What is kept of a finished epoch. */
typedef struct mcnn_epoch_record {
  double seconds, learning_rate;
  double loss, accuracy, binary_accuracy;
  double validation_loss, validation_accuracy, validation_binary_accuracy;
} mcnn_epoch_record;

/* What a checkpoint holds beside the weights and the optimiser's arrays. */
typedef struct mcnn_train_state {
  uint32_t epoch;      /* epochs finished */
  uint64_t step;       /* steps done in the running epoch */
  mcnn_loss_sums sums; /* over them */
  double seconds;      /* spent in the running epoch before this process took it up */
} mcnn_train_state;

/* How far the validation at the end of an epoch has come. */
typedef struct mcnn_validation_state {
  int started; /* calibrated, and the sums below are those of the first `done` images */
  size_t done;
  mcnn_loss_sums sums;
} mcnn_validation_state;

struct mnistcnn_trainer {
  mcnn_alloc alloc;
  mnistcnn_model *model;
  const mnistcnn_dataset *train_full; /* to train on, ... */
  const mnistcnn_dataset *train_kept; /* ... and what of it is not held out */
  const mnistcnn_dataset *validation; /* may be NULL */
  mcnn_holdout holdout;
  mnistcnn_train_options options; /* checkpoint_path is our copy */
  char *checkpoint_path;
  mnistcnn_writer checkpoint_writer;            /* our copy */
  mcnn_target checkpoint;                       /* one of the two, or none */
  uint64_t train_checksum, validation_checksum; /* 0 while not needed */

  mcnn_train_state state;
  mcnn_epoch_record *history; /* [epochs] */
  double epoch_start;         /* of the clock, as if the epoch had begun in this process */
  mcnn_validation_state validated;
  mnistcnn_monitor *monitor; /* the host's or ... */
  mnistcnn_monitor own_monitor;
  int failed; /* something was not finite */

  mcnn_pool *pool;
  const mcnn_net *net; /* the model's, for gray images or for its own channels */
  mcnn_executor *executor;
  mnistcnn_workspace *workspace; /* of validation and holdout; NULL without both */
  mcnn_optimizer optimizer;
  mcnn_augment_plan *augmented, *plain;

  mcnn_arena arena; /* of the history, and of the arrays that follow */
  float *validation_scratch;
  /* In the order of training (mcnn_net_to_training()), as the optimiser's arrays. */
  float *weights;
  float *last_good; /* weights, then ema if any, when all were last seen to be finite */

  float *gradient; /* of a step, until it has been clipped; NULL without clipping */

  uint32_t *order; /* of the epoch's samples */
  uint32_t *labels;
  float *augment_scratch; /* of each worker, augment_floats each */
  size_t augment_floats;
  mcnn_input_scale input_scale;
  int broadcast_gray; /* gray images for a net that wants three channels */
};

/* Fills a state of zeros but for alloc, model, train_full, validation and options, which are
 * checked. On failure mcnn_train_state_free() frees what there is. */
mnistcnn_status mcnn_train_state_allocate(mnistcnn_trainer *trainer);
void mcnn_train_state_free(mnistcnn_trainer *trainer);

uint64_t mcnn_steps_per_epoch(const mnistcnn_trainer *trainer);
uint64_t mcnn_total_steps(const mnistcnn_trainer *trainer);
/* Steps done so far, over all epochs. */
uint64_t mcnn_global_step(const mnistcnn_trainer *trainer);
int mcnn_train_finished(const mnistcnn_trainer *trainer);

size_t mcnn_input_pixels(const mnistcnn_trainer *trainer);
mcnn_loss mcnn_train_loss(const mnistcnn_trainer *trainer);

#endif
