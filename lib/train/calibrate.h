/* Calibration of a model on images that it was not trained on. */
#ifndef MCNN_TRAIN_CALIBRATE_H
#define MCNN_TRAIN_CALIBRATE_H

#include "data/dataset.h"
#include "model/model.h"

/* As mnistcnn_model_calibrate(); the dataset suits the model, 0 <= accepted <= 1. The model is
 * unchanged on failure. */
mnistcnn_status mcnn_model_calibrate(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                     float accepted);

#endif
