/* Where in the work memory of an exported network each operation's output lies. */
#ifndef MCNN_EXCHANGE_C_MEMORY_H
#define MCNN_EXCHANGE_C_MEMORY_H

#include "exchange/network/network.h"

typedef struct mcnn_c_memory {
  uint32_t first;                       /* operation whose output lies there */
  size_t floats;                        /* in all */
  size_t offsets[MCNN_NETWORK_MAX_OPS]; /* of each operation's output */
  int in_place[MCNN_NETWORK_MAX_OPS];   /* it lies where its input does */
  uint32_t
      last[MCNN_NETWORK_MAX_OPS]; /* the last operation that reads it, or what took its place */
} mcnn_c_memory;

/* The last output is the caller's, and the input too if it is not converted first. */
void mcnn_c_plan_memory(const mcnn_network *network, int is_converted, mcnn_c_memory *memory);

size_t mcnn_network_op_size(const mcnn_network_op *op);

#endif
