/* From an architecture's layers to the operations a network runs as, and what is fused for speed.
 * The only place that knows two kinds of layers at once. */
#ifndef MCNN_NN_PLAN_H
#define MCNN_NN_PLAN_H

#include "base/strbuf.h"
#include "nn/op.h"

/* As many operations as there can be, in each of the two plans. */
size_t mcnn_plan_max_ops(const mcnn_arch *arch);

/* Fills the plans of both purposes, whose ops have room for that many. arch, kernels and gray_input
 * are set. */
void mcnn_plan_build(mcnn_net *net);

/* The plan of prediction or of training as text, one line an operation (plan_text.c). */
void mcnn_plan_write(const mcnn_net *net, int training, mcnn_strbuf *text);

#endif
