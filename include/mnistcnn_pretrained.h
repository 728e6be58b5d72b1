/*
 * The model that ships with libmnistcnn, without a file: a library of its own, mnistcnn_pretrained,
 * which has the bytes of examples/models/digits.safetensors in it.
 *
 * SPDX-License-Identifier: MIT
 *
 *   mnistcnn_model *model = NULL;
 *   if (mnistcnn_pretrained_model(NULL, &model) == MNISTCNN_OK)
 *     mnistcnn_predict_png_file(model, NULL, "seven.png", probabilities, 10);
 *
 * Errors, ownership and threads are as said in mnistcnn.h.
 */
#ifndef MNISTCNN_PRETRAINED_H
#define MNISTCNN_PRETRAINED_H

#include "mnistcnn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A new model of the ten digits, "0" to "9", for gray images of 28 x 28. allocator NULL: malloc and
 * free. The caller frees it with mnistcnn_model_free(). */
MNISTCNN_API mnistcnn_status mnistcnn_pretrained_model(const mnistcnn_allocator *allocator,
                                                       mnistcnn_model **model);

#ifdef __cplusplus
}
#endif
#endif
