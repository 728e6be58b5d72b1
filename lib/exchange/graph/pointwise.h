/* Functions of single numbers, told by what they make of samples: however a file spells an
 * activation, it is the one whose values it has. */
#ifndef MCNN_EXCHANGE_GRAPH_POINTWISE_H
#define MCNN_EXCHANGE_GRAPH_POINTWISE_H

#include "exchange/build/builder.h"

enum { MCNN_NUM_SAMPLES = 311 };

typedef struct mcnn_samples {
  double y[MCNN_NUM_SAMPLES];
} mcnn_samples;

/* Sample `index` of x, from large negative numbers to large positive ones. */
double mcnn_sample_x(uint32_t index);

/* What a function is: layers one behind the other. */
typedef struct mcnn_recognised {
  double scale, offset; /* x scale + offset, unless 1 and 0 */
  char activation[48];  /* or empty */
  double scale_after, offset_after;
} mcnn_recognised;

/* 0 where it is neither an activation of this library nor scaled or clamped to be one. */
int mcnn_recognise(const mcnn_samples *samples, mcnn_recognised *recognised);

#endif
