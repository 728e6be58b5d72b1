/* Resizing in exact integer arithmetic: the same bytes on every machine. */
#ifndef MCNN_IMAGE_RESIZE_H
#define MCNN_IMAGE_RESIZE_H

#include "base/shape.h"

/* source and target have the same number of channels, no side is 0 or above 4096, and they do not
 * overlap. resize: MNISTCNN_RESIZE_... */
void mcnn_resize(const uint8_t *source, const mcnn_shape *from, int32_t resize, uint8_t *target,
                 const mcnn_shape *to);

#endif
