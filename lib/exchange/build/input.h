/* What a network reads: as the other framework has it, and as an image of ours. */
#ifndef MCNN_EXCHANGE_BUILD_INPUT_H
#define MCNN_EXCHANGE_BUILD_INPUT_H

#include "exchange/build/builder.h"

enum { MCNN_INPUT_MAX_RANK = 3 };

typedef struct mcnn_input_shape {
  uint32_t rank;
  uint32_t dims[MCNN_INPUT_MAX_RANK]; /* without the batch; 0: the file leaves it open */
  int channels_first;                 /* of three */
  uint32_t height, width;             /* what the user says; 0: nothing */
} mcnn_input_shape;

/* transposed: rows and columns of the framework's images are columns and rows of ours. */
mnistcnn_status mcnn_build_input(mcnn_builder *builder, const mcnn_input_shape *shape,
                                 int transposed, mcnn_tensor *tensor);

/* A vector of so many numbers as an image: a square, one of three channels, or one row. */
void mcnn_vector_input(uint32_t length, int transposed, mcnn_tensor *tensor);

#endif
