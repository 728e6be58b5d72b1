/* From an architecture's layers to the operations a network runs as, and what is fused for speed.
 * The only place that knows two kinds of layers at once. */
#ifndef MCNN_NN_PLAN_H
#define MCNN_NN_PLAN_H

#include "base/strbuf.h"
#include "nn/op.h"

/* As many operations as there can be. */
size_t mcnn_plan_max_ops(const mcnn_arch *arch);

/* Fills net->ops (room for that many), num_ops and num_spatial. arch, kernels and gray_input are
 * set. */
void mcnn_plan_build(mcnn_net *net);

/* The plan as text, one line an operation. */
void mcnn_plan_write(const mcnn_net *net, mcnn_strbuf *text);

#endif
