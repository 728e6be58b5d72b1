/* The training loop, one optimiser step at a time. */
#ifndef MCNN_TRAIN_TRAINER_H
#define MCNN_TRAIN_TRAINER_H

#include "train/state.h"

/* options are imported, complete and checked. */
mnistcnn_status mcnn_trainer_create(mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation,
                                    const mnistcnn_train_options *options, mnistcnn_trainer **out);
/* options are imported; of the checks, those of the options of a training are made here. */
mnistcnn_status mcnn_trainer_resume(const mnistcnn_resume_options *options,
                                    const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation, const mcnn_alloc *alloc,
                                    mnistcnn_model **model, mnistcnn_trainer **out);
void mcnn_trainer_free(mnistcnn_trainer *trainer);

mnistcnn_status mcnn_trainer_step(mnistcnn_trainer *trainer, mnistcnn_progress *progress);
void mcnn_trainer_cancel(mnistcnn_trainer *trainer);

/* MNISTCNN_STATE after a failure. */
mnistcnn_status mcnn_trainer_save(const mnistcnn_trainer *trainer, const mcnn_target *target);

/* A model of its own with the current weights. MNISTCNN_STATE after a failure. */
mnistcnn_status mcnn_trainer_model(const mnistcnn_trainer *trainer, mnistcnn_model **out);

#endif
