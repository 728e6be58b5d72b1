/* The training loop, one optimiser step at a time. */
#ifndef MCNN_TRAIN_TRAINER_H
#define MCNN_TRAIN_TRAINER_H

#include "train/state.h"

/* options are imported, complete and checked. */
mnistcnn_status mcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, mnistcnn_trainer **out);
mnistcnn_status mcnn_trainer_resume(const char *path, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, const mcnn_alloc *alloc,
                                    mnistcnn_model **model, mnistcnn_trainer **out);
void mcnn_trainer_free(mnistcnn_trainer *trainer);

mnistcnn_status mcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress);
void mcnn_trainer_cancel(mnistcnn_trainer *trainer);

/* MNISTCNN_STATE after a failure. */
mnistcnn_status mcnn_trainer_save(const mnistcnn_trainer *trainer, const char *path);

#endif
