/* Digits as people write, scan and photograph them, brought into the form of the training data: one
 * digit, light on black, in a box of 20/28 of the side, its centre of mass in the middle. */
#ifndef MCNN_DIGIT_DIGIT_H
#define MCNN_DIGIT_DIGIT_H

#include "digit/result.h"

/* One digit, of a picture of 1 to 4 channels, even numbers with alpha. prepared: [height][width];
 * all 0 where the verdict is that there is no digit. */
mnistcnn_status mcnn_digit_prepare(const uint8_t *pixels, const mcnn_shape *shape,
                                   const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                   uint8_t *prepared, mcnn_digit *digit);

#endif
