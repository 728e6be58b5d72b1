/* The inside of the builder. */
#ifndef MCNN_EXCHANGE_BUILD_BUILDER_WORK_H
#define MCNN_EXCHANGE_BUILD_BUILDER_WORK_H

#include "base/strings.h"
#include "exchange/build/builder.h"

enum { MCNN_BUILD_MAX_OPS = 255, MCNN_BUILD_MAX_ARRAYS = 4, MCNN_BUILD_TEXT = 224 };
/* An op that reads only one other. */
#define MCNN_BUILD_NO_OP UINT32_MAX

typedef struct mcnn_build_array {
  int32_t which;
  const float *values;
  size_t count;
} mcnn_build_array;

typedef struct mcnn_build_op {
  char text[MCNN_BUILD_TEXT];
  uint32_t input, other; /* numbers of ops, from 1; 0: the network's input */
  uint32_t num_arrays;
  mcnn_build_array arrays[MCNN_BUILD_MAX_ARRAYS];
} mcnn_build_op;

struct mcnn_builder {
  mcnn_alloc alloc;
  const char *label;
  char place[MCNN_BUILD_TEXT];
  mcnn_tensor input;
  int has_image_vectors;
  uint32_t num_ops;
  mcnn_build_op ops[MCNN_BUILD_MAX_OPS];
  mcnn_strings notes;
  void **blocks; /* of mcnn_builder_floats() */
  size_t num_blocks, blocks_capacity;
};

#endif
