/* Digits as people write, scan and photograph them, brought into the form of the training data: one
 * digit, light on black, in a box of 20/28 of the side, its centre of mass in the middle. */
#ifndef MCNN_DIGIT_DIGIT_H
#define MCNN_DIGIT_DIGIT_H

#include "base/alloc.h"
#include "base/shape.h"

/* What was found. Coordinates are those of the picture given. */
typedef struct mcnn_digit {
  int32_t verdict;    /* MNISTCNN_DIGIT_... */
  int32_t polarity;   /* MNISTCNN_POLARITY_... */
  uint32_t line;      /* of writing, from 0 */
  uint32_t unchanged; /* 1: looked like the training data and was passed on */
  uint32_t top, left, height, width;
  float scale;    /* prepared pixels per pixel of the picture */
  float stroke;   /* width in prepared pixels, as written */
  float contrast; /* of ink to paper, 0..1 */
} mcnn_digit;

/* Of the public options: */
typedef struct mcnn_digit_request {
  int32_t polarity;
  uint32_t height, width; /* of the prepared image */
  uint32_t keep_similar;
} mcnn_digit_request;

/* Several digits of one picture. */
struct mnistcnn_digits {
  mcnn_alloc alloc;
  mcnn_digit_request request;
  size_t count;
  mcnn_digit *digits;
  uint8_t *prepared; /* [count][height][width] */
};

/* One digit, of a picture of 1 to 4 channels, even numbers with alpha. prepared: [height][width];
 * all 0 where the verdict is that there is no digit. */
mnistcnn_status mcnn_digit_prepare(const uint8_t *pixels, const mcnn_shape *shape,
                                   const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                   uint8_t *prepared, mcnn_digit *digit);

/* All digits, line by line and from left to right. */
mnistcnn_status mcnn_digit_find(const uint8_t *pixels, const mcnn_shape *shape,
                                const mcnn_digit_request *request, const mcnn_alloc *alloc,
                                mnistcnn_digits **list);
void mcnn_digits_free(mnistcnn_digits *list);

/* One digit as an image of shape `to`, for datasets. MNISTCNN_FORMAT where there is none; `label`
 * opens the message. */
mnistcnn_status mcnn_digit_fit(const uint8_t *pixels, const mcnn_shape *from, const char *label,
                               const mcnn_alloc *alloc, uint8_t *target, const mcnn_shape *to);

/* 1 where the picture looks like an image of the training data of this size, or is one. */
int mcnn_digit_is_similar(const uint8_t *pixels, const mcnn_shape *shape, uint32_t height,
                          uint32_t width);

/* "nothing is drawn on it" and the like; NULL for no verdict at all. */
const char *mcnn_digit_verdict_text(int32_t verdict);

#endif
