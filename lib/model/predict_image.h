/* An image file of any size and colours as one image for a model. */
#ifndef MCNN_MODEL_PREDICT_IMAGE_H
#define MCNN_MODEL_PREDICT_IMAGE_H

#include "model/model.h"

/* Decodes `data` (`label` names it in messages) and brings it to the model's height and width. Gray
 * stays gray, also for a model of three channels. The caller frees *pixels with the model's
 * allocator. */
mnistcnn_status mcnn_model_decode_image(const mnistcnn_model *model, const void *data,
                                        size_t size_bytes, const char *label, uint8_t **pixels,
                                        uint32_t *channels);

/* The same of a file. */
mnistcnn_status mcnn_model_decode_image_path(const mnistcnn_model *model, const char *path,
                                             uint8_t **pixels, uint32_t *channels);

#endif
