/* All digits of a picture. */
#ifndef MCNN_DIGIT_DIGITS_H
#define MCNN_DIGIT_DIGITS_H

#include "digit/result.h"

struct mnistcnn_digit_list {
  mcnn_alloc alloc;
  mcnn_digit_request request;
  size_t count;
  mcnn_digit *digits;
  uint8_t *prepared; /* [count][height][width] */
};

/* Line by line and from left to right. */
mnistcnn_status mcnn_digits_find(const uint8_t *pixels, const mcnn_shape *shape,
                                 const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                 mnistcnn_digit_list **digits);
void mcnn_digits_free(mnistcnn_digit_list *digits);

#endif
