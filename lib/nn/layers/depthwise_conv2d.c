/* Depthwise convolution (kernels/depthwise/depthwise.h), bias and activation.
 *   x [images][H][W][C] -> y [images][OH][OW][C M], where output c M + m is of channel c
 *   kernel [KH][KW][C][M], bias [C M] */
#include "nn/layers/layers.h"

#include "base/sizes.h"
#include "kernels/depthwise/depthwise.h"
#include "nn/layers/depthwise.h"
#include "nn/layers/fold.h"
#include "nn/layers/window_options.h"

#include <stdio.h>

/* --- the architecture ------------------------------------------------------------------------- */

static const char arguments[] =
    "HxW [stride HxW] [dilation HxW] [same|valid] [multiplier N] [nobias] [l2 L] [ACTIVATION]";

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (mcnn_window_read_options(&reader->text, 1, layer))
    return MNISTCNN_OK;
  return mcnn_layer_reader_fail_syntax(reader, layer->kind);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char options[MCNN_WINDOW_OPTIONS_CAPACITY];
  mcnn_window_write_options(layer, options);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "depthwise %s", options);
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mnistcnn_status status = mcnn_depthwise_infer(reader, layer, "kernel");
  if (status != MNISTCNN_OK)
    return status;
  layer->out.channels = mcnn_depthwise_layer_channels(layer);
  if (!layer->no_bias)
    mcnn_layer_add_bias(layer, layer->out.channels);
  return MNISTCNN_OK;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void prepare(const mcnn_net *net, mcnn_op *op) {
  (void)net;
  op->depthwise = mcnn_depthwise_geometry_of(op->layer, op->activation);
}

static size_t scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  (void)net;
  (void)images;
  return mcnn_depthwise_scratch_floats(&op->depthwise, training);
}

/* The bias, the kernel with what is folded into it, and then the kernels' own layout. */
static size_t front_floats(const mcnn_op *op) {
  return mcnn_folded_bias_floats(op) +
         mcnn_folded_kernel_floats(op, &op->layer->parameters[MCNN_KERNEL]);
}

static size_t packed_floats(const mcnn_net *net, const mcnn_op *op, int training) {
  (void)training;
  return front_floats(op) + mcnn_depthwise_packed_floats(net->kernels, &op->depthwise);
}

static void pack(const mcnn_net *net, const mcnn_op *op, const float *weights, int training,
                 float *packed) {
  packed += op->packed_offset[training];
  mcnn_fold_bias(op, weights, packed);
  const float *w = mcnn_fold_kernel(op, &op->layer->parameters[MCNN_KERNEL], weights,
                                    packed + mcnn_folded_bias_floats(op));
  mcnn_depthwise_pack(net->kernels, &op->depthwise, w, packed + front_floats(op));
}

static uint64_t macs(const mcnn_op *op) {
  return mcnn_depthwise_macs(&op->depthwise);
}

/* --- forward and backward --------------------------------------------------------------------- */

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  const float *packed = call->packed + op->packed_offset[call->training];
  mcnn_depthwise_forward(call->net->kernels, &op->depthwise, packed + front_floats(op), packed,
                         call->x, call->images, call->y, call->scratch);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  const float *packed = call->packed + op->packed_offset[MCNN_FOR_TRAINING];
  mcnn_depthwise_backward(call->net->kernels, &op->depthwise, packed + front_floats(op), call->x,
                          call->y, call->dy, call->images, call->accumulate, call->partial,
                          call->dx, call->scratch);
}

/* --- adding up the partial gradients ---------------------------------------------------------- */

static size_t partial_floats(const mcnn_net *net, const mcnn_op *op) {
  (void)net;
  return mcnn_depthwise_grad_floats(&op->depthwise);
}

static size_t finish_tasks(const mcnn_op *op) {
  (void)op;
  return 1;
}

static void finish(const mcnn_finish *call, size_t task) {
  const mcnn_layer *layer = call->op->layer;
  const mcnn_parameter *kernel = &layer->parameters[MCNN_KERNEL];
  const mcnn_parameter *bias = &layer->parameters[MCNN_BIAS];
  float *dw = call->gradient;
  float *db = layer->no_bias ? NULL : dw + mcnn_round_up_cache_line(kernel->count);
  (void)task;
  mcnn_depthwise_grad_finish(call->net->kernels, &call->op->depthwise, call->partial, call->count,
                             call->stride, dw, db);
  call->receive(call->context, kernel, kernel->offset, dw, kernel->count);
  if (db)
    call->receive(call->context, bias, bias->offset, db, bias->count);
}

const mcnn_layer_kind mcnn_layer_depthwise_conv2d = {.id = MNISTCNN_LAYER_DEPTHWISE_CONV2D,
                                                     .word = "depthwise",
                                                     .arguments = arguments,
                                                     .keras_name = "depthwise_conv2d",
                                                     .keras_type = "DepthwiseConv2D",
                                                     .input = MCNN_INPUT_SPATIAL,
                                                     .takes_activation = 1,
                                                     .folds_norm = 1,
                                                     .takes_l2 = 1,
                                                     .read = read_text,
                                                     .write = write_text,
                                                     .infer = infer,
                                                     .prepare = prepare,
                                                     .macs = macs,
                                                     .forward = forward,
                                                     .backward = backward,
                                                     .scratch_floats = scratch_floats,
                                                     .packed_floats = packed_floats,
                                                     .pack = pack,
                                                     .partial_floats = partial_floats,
                                                     .finish_tasks = finish_tasks,
                                                     .finish = finish};
