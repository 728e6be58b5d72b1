/* Whether a dataset fits a model. */
#ifndef MCNN_MODEL_CHECK_DATASET_H
#define MCNN_MODEL_CHECK_DATASET_H

#include "data/dataset.h"
#include "model/model.h"

/* MNISTCNN_SHAPE_MISMATCH where the dataset does not fit the model: size, channels, classes, names,
 * preparation.
 * `what` ("training", "validation", ...) names the dataset in the message. */
mnistcnn_status mcnn_check_dataset(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                   const char *what);

/* The same of both datasets of a training (validation may be NULL), and whether they fit each other
 * where the model, which is new, has nothing to compare with. */
mnistcnn_status mcnn_check_training_datasets(const mnistcnn_model *model,
                                             const mnistcnn_dataset *train,
                                             const mnistcnn_dataset *validation);

#endif
