/* Prediction of one image by several threads: each op's output is cut into parts, which the threads
 * share, one op after the other. */
#ifndef MCNN_NN_PARTS_H
#define MCNN_NN_PARTS_H

#include "base/threads.h"
#include "nn/op.h"

/* The threads of a call. The scratch of a worker lies so many floats behind that of the one before,
 * worker 0's is the call's; where that is NULL, none has any. */
typedef struct mcnn_workers {
  mcnn_pool *pool;
  size_t scratch_step;
} mcnn_workers;

/* The op of the call, of one image, with the activation that comes after it. */
void mcnn_forward_shared(const mcnn_forward *call, const mcnn_workers *workers);

/* Whether threads that share one image of the net are worth waking up. */
int mcnn_net_is_worth_sharing(const mcnn_net *net);

#endif
