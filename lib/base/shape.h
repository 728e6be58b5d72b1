/* The shape of an image or of a layer's output, NHWC without the N. */
#ifndef MCNN_BASE_SHAPE_H
#define MCNN_BASE_SHAPE_H

#include <stdint.h>

typedef struct mcnn_shape {
  uint32_t height, width;
  uint32_t channels; /* images: 1 gray, 3 red, green, blue; flat outputs: 1 x 1 x n */
} mcnn_shape;

#endif
