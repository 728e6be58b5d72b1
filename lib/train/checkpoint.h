/* Checkpoints: a model file with the state of its training beside the weights. */
#ifndef MCNN_TRAIN_CHECKPOINT_H
#define MCNN_TRAIN_CHECKPOINT_H

#include "train/checkpoint_fields.h"

/* What writing one asks the allocator for: copies of the arrays, in the order of the model. */
uint64_t mcnn_checkpoint_bytes(const mnistcnn_train_options *options, size_t floats);
mnistcnn_status mcnn_checkpoint_write(const mnistcnn_trainer *trainer, const mcnn_target *target);

/* The bytes of the largest training there can be: the model, every array, the longest history. */
size_t mcnn_checkpoint_max_bytes(void);

/* path: for messages, as below. */
mnistcnn_status mcnn_checkpoint_open(const mcnn_source *source, const char *path,
                                     const mcnn_alloc *alloc, mcnn_checkpoint *checkpoint);
/* An all-zero one is fine. */
void mcnn_checkpoint_close(mcnn_checkpoint *checkpoint);

/* Fills a new trainer, created with the checkpoint's model and options, with the rest. */
mnistcnn_status mcnn_checkpoint_restore(const mcnn_checkpoint *checkpoint, const char *path,
                                        mnistcnn_trainer *trainer);

#endif
