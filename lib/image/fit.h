/* Any image brought to the shape that a model or a dataset wants. */
#ifndef MCNN_IMAGE_FIT_H
#define MCNN_IMAGE_FIT_H

#include "base/shape.h"

/* Brings `pixels` of shape `from` to shape `to`, both of 1 or 3 channels (these are converted
 * before or after the resize, whichever is less work). `pixels` is used as scratch. resize:
 * MNISTCNN_RESIZE_... */
void mcnn_image_fit(uint8_t *pixels, const mcnn_shape *from, int32_t resize, uint8_t *target,
                    const mcnn_shape *to);

#endif
