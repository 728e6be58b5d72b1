/* Checkpoints: a model file with the state of its training beside the weights. */
#ifndef MCNN_TRAIN_CHECKPOINT_H
#define MCNN_TRAIN_CHECKPOINT_H

#include "train/state.h"

mnistcnn_status mcnn_checkpoint_write(const mnistcnn_trainer *trainer, const char *path);

/* An open checkpoint: its model, its options, and where its arrays are. */
typedef struct mcnn_checkpoint {
  mcnn_alloc alloc;
  unsigned char *data;
  mcnn_st *st;
  mnistcnn_model *model; /* the reader's to take: set to NULL what is taken */
  mnistcnn_train_options options;
  mcnn_train_state state;
  uint64_t train_checksum, validation_checksum; /* 0: trained without validation */
} mcnn_checkpoint;

mnistcnn_status mcnn_checkpoint_open(const char *path, const mcnn_alloc *alloc,
                                     mcnn_checkpoint *checkpoint);
/* An all-zero one is fine. */
void mcnn_checkpoint_close(mcnn_checkpoint *checkpoint);

/* Fills a new trainer, created with the checkpoint's model and options, with the rest. */
mnistcnn_status mcnn_checkpoint_restore(const mcnn_checkpoint *checkpoint, const char *path,
                                        mnistcnn_trainer *trainer);

#endif
