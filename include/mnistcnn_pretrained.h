/*
 * The model shipped with libmnistcnn, embedded in a separate library, mnistcnn_pretrained: no file
 * is needed at run time. The embedded file is examples/models/digits.safetensors.
 *
 * SPDX-License-Identifier: MIT
 *
 *   mnistcnn_model *model = NULL;
 *   if (mnistcnn_pretrained_model(NULL, &model) == MNISTCNN_OK)
 *     mnistcnn_predict_image_file(model, NULL, "seven.png", probabilities, 10);
 *
 * Errors, ownership and threads are as described in mnistcnn.h.
 */
#ifndef MNISTCNN_PRETRAINED_H
#define MNISTCNN_PRETRAINED_H

#include "mnistcnn.h"

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Creates a model for the ten digits, "0" to "9", in gray images of 28 x 28. allocator NULL: malloc
 * and free. The caller frees the model with mnistcnn_model_free(). */
mnistcnn_status mnistcnn_pretrained_model(const mnistcnn_allocator *allocator,
                                          mnistcnn_model **model);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
