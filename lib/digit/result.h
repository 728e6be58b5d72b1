/* What is asked for, and what is found. */
#ifndef MCNN_DIGIT_RESULT_H
#define MCNN_DIGIT_RESULT_H

#include "base/alloc.h"
#include "base/shape.h"

/* What was found. Coordinates are those of the picture given. */
typedef struct mcnn_digit {
  int32_t verdict;         /* MNISTCNN_DIGIT_... */
  int32_t polarity;        /* MNISTCNN_POLARITY_... */
  uint32_t line;           /* of writing, from 0 */
  uint32_t passed_through; /* 1: looked like the training data and was passed on as it is */
  uint32_t top, left, height, width;
  float scale;         /* prepared pixels per pixel of the picture */
  float stroke_width;  /* in prepared pixels, as written */
  float stroke_length; /* in longer sides of the box */
  float contrast;      /* of ink to paper, 0..1 */
} mcnn_digit;

/* Of the public options: */
typedef struct mcnn_digit_request {
  int32_t polarity;
  uint32_t height, width; /* of the prepared image */
  uint32_t passthrough_prepared;
  uint32_t form;          /* of a page: a table of cells is looked for */
  float least_confidence; /* of a page: what is less probable is unclear */
} mcnn_digit_request;

#endif
