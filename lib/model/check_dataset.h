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

/* The datasets of a training; validation may be NULL. The names of its classes and how its images
 * were prepared are compared with the model's or, where that has none, with those of `train`, which
 * it will adopt: names may come in another order, and some may be missing. */
mnistcnn_status mcnn_check_datasets(const mnistcnn_model *model, const mnistcnn_dataset *train,
                                    const mnistcnn_dataset *validation);

/* classes[i]: the model's class that is class i of `validation`, which was checked as above. */
void mcnn_map_classes(const mnistcnn_model *model, const mnistcnn_dataset *train,
                      const mnistcnn_dataset *validation, uint32_t *classes);

#endif
