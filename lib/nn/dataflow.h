/* Which op reads the output of which, and where outputs and gradients lie meanwhile. */
#ifndef MCNN_NN_DATAFLOW_H
#define MCNN_NN_DATAFLOW_H

#include "nn/op.h"

/* Fills op.readers and op.last_reader of all ops, and for prediction op.buffer and
 * op.buffer_before, for training op.gradient. The ops of a part keep what they read in buffers of
 * their own; the output of the last one, and what comes from the other part, is elsewhere.
 *
 * In training the gradient of an output goes straight to the op before, as MCNN_CHAINED says, where
 * that is the only one to read it, and at once. Else it is kept for a whole batch, in gradient
 * buffer op.gradient: where several ops add to it, and where statistics are taken of it first. */
void mcnn_dataflow_build(mcnn_plan *plan, int training);

#define MCNN_CHAINED UINT32_MAX

/* Prediction: floats of all buffers of the ops [begin, end), which are a part, for `images` images,
 * and where a buffer of theirs begins. */
size_t mcnn_dataflow_buffer_floats(const mcnn_plan *plan, size_t begin, size_t end, size_t images);
size_t mcnn_dataflow_buffer_offset(const mcnn_op *op, size_t images);

/* Training: floats of one image in a gradient buffer. */
size_t mcnn_dataflow_gradient_floats(const mcnn_plan *plan, uint32_t buffer);

#endif
