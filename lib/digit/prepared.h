/* Does a picture look like an image of the training data already? */
#ifndef MCNN_DIGIT_PREPARED_H
#define MCNN_DIGIT_PREPARED_H

#include "base/shape.h"

/* 1 where the picture looks like an image of the training data of this size, or is one. */
int mcnn_digit_is_prepared(const uint8_t *pixels, const mcnn_shape *shape, uint32_t height,
                           uint32_t width);

/* 1 where at least half of a gray picture (of 1 or 3 channels) is black, and something is light. */
int mcnn_digit_is_on_black(const uint8_t *pixels, const mcnn_shape *shape);

#endif
