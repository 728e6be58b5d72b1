/* 2D convolution (cross-correlation), bias and activation, and the max-pooling that the plan fuses
 * into it.
 *   x [images][H][W][IC] -> y [images][OH][OW][OC], or with pooling [images][OH/PH][OW/PW][OC]
 *   y[i][j][o] = activation(bias[o] + sum_abc w[a][b][c][o] x[row][column][c])
 *   row = i SH + a DH - top, column = j SW + b DW - left, with strides S and dilation D
 *   kernel [KH][KW][IC][OC], bias [OC] unless there is none
 *
 * A network of three input channels that is fed gray images sees three equal channels x:
 *   sum_c w[k][c][o] x[k] = (sum_c w[k][c][o]) x[k],  d/dw[k][c][o] = d/d(sum)[k][o] for every c,
 * so it costs as much as one channel. */
#include "nn/layers/layers.h"

#include "base/alloc.h"
#include "base/cost.h"
#include "base/sizes.h"
#include "kernels/conv/conv.h"
#include "nn/layers/fold.h"
#include "nn/layers/window.h"
#include "nn/layers/window_options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { GRAY_COPIES = 3 };

/* --- the architecture ------------------------------------------------------------------------- */

static const char arguments[] =
    "FILTERS HxW [stride HxW] [dilation HxW] [same|valid] [nobias] [l2 L] [ACTIVATION]";

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (mcnn_layer_text_count(&reader->text, &layer->out.channels) &&
      mcnn_window_read_options(&reader->text, 0, layer))
    return MNISTCNN_OK;
  return mcnn_layer_reader_fail_syntax(reader, layer->kind);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char options[MCNN_WINDOW_OPTIONS_CAPACITY];
  mcnn_window_write_options(layer, options);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "conv %u %s", layer->out.channels, options);
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mnistcnn_status status = mcnn_window_infer_options(reader, layer);
  if (status != MNISTCNN_OK)
    return status;
  /* Kernel sides are below twice the largest side of an image, so that these products fit even in
   * 32 bits but the last. */
  const size_t window = (size_t)layer->kernel_height * layer->kernel_width;
  const size_t positions = (size_t)layer->out.height * layer->out.width;
  size_t patch, patches;
  if (!mcnn_checked_mul(window, layer->in.channels, &patch) ||
      !mcnn_checked_mul(positions, patch, &patches) || patches > MCNN_MAX_PATCHES) {
    return mcnn_layer_text_fail(&reader->text, "its patches of one image are more than %zu numbers",
                                MCNN_MAX_PATCHES);
  }
  const uint32_t shape[4] = {layer->kernel_height, layer->kernel_width, layer->in.channels,
                             layer->out.channels};
  mcnn_layer_add_weights(layer, 4, shape, (double)patch, (double)window * layer->out.channels);
  return MNISTCNN_OK;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void prepare(const mcnn_net *net, mcnn_op *op) {
  const mcnn_layer *layer = op->layer, *pool = op->pool;
  const mcnn_window_zeros zeros = mcnn_window_padding(layer);
  (void)net;
  op->conv = (mcnn_conv_geometry){.in_height = layer->in.height,
                                  .in_width = layer->in.width,
                                  .in_channels = op->gray ? 1 : layer->in.channels,
                                  .kernel_height = layer->kernel_height,
                                  .kernel_width = layer->kernel_width,
                                  .out_height = layer->out.height,
                                  .out_width = layer->out.width,
                                  .out_channels = layer->out.channels,
                                  .stride_height = layer->stride_height,
                                  .stride_width = layer->stride_width,
                                  .dilation_height = layer->dilation_height,
                                  .dilation_width = layer->dilation_width,
                                  .pad_top = zeros.top,
                                  .pad_left = zeros.left,
                                  .pad_bottom = zeros.bottom,
                                  .pad_right = zeros.right,
                                  .activation = op->activation,
                                  .pool_height = pool ? pool->kernel_height : 1,
                                  .pool_width = pool ? pool->kernel_width : 1,
                                  .pool_stride_height = pool ? pool->stride_height : 1,
                                  .pool_stride_width = pool ? pool->stride_width : 1,
                                  .input_is_relu = op->input_is_relu};
  assert(!op->gray || layer->in.channels == GRAY_COPIES);
  assert(layer->num_parameters == (layer->no_bias ? 1 : 2));
}

static size_t scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  (void)images;
  return mcnn_conv_scratch_floats(net->kernels, &op->conv, training);
}

/* The index of each pooling window's maximum. */
static size_t saved_bytes(const mcnn_op *op) {
  return op->conv.pool_height * op->conv.pool_width > 1 ? op->out_floats : 0;
}

/* Packed weights: the bias, then the kernel with what is folded into it, then the summed kernel of
 * gray images, then the kernels' own layout. */
static const mcnn_parameter *kernel_of(const mcnn_op *op) {
  return &op->layer->parameters[MCNN_KERNEL];
}

/* Floats of the summed kernel. */
static size_t gray_kernel_floats(const mcnn_op *op) {
  const size_t kernel = op->layer->parameters[MCNN_KERNEL].count;
  return op->gray ? mcnn_round_up_cache_line(kernel / GRAY_COPIES) : 0;
}

/* Whether the packed weights are for the backward pass too: nobody asks the first layer for the
 * gradient of its input. */
static int packs_backward(const mcnn_op *op, int training) {
  return training && op->layer_index > 0;
}

static void sum_channels(const float *w, size_t positions, size_t out_channels, float *sum) {
  for (size_t k = 0; k < positions; k++) {
    const float *red = w + k * GRAY_COPIES * out_channels;
    for (size_t o = 0; o < out_channels; o++)
      sum[k * out_channels + o] = red[o] + red[out_channels + o] + red[2 * out_channels + o];
  }
}

static size_t kernel_positions(const mcnn_op *op) {
  return (size_t)op->conv.kernel_height * op->conv.kernel_width;
}

/* Floats in front of the kernels' own layout. */
static size_t front_floats(const mcnn_op *op) {
  return mcnn_folded_bias_floats(op) + mcnn_folded_kernel_floats(op, kernel_of(op)) +
         gray_kernel_floats(op);
}

static size_t packed_floats(const mcnn_net *net, const mcnn_op *op, int training) {
  return front_floats(op) +
         mcnn_conv_packed_floats(net->kernels, &op->conv, packs_backward(op, training));
}

static void pack(const mcnn_net *net, const mcnn_op *op, const float *weights, int training,
                 float *packed) {
  packed += op->packed_offset[training];
  mcnn_fold_bias(op, weights, packed);
  float *const copy = packed + mcnn_folded_bias_floats(op);
  float *const sum = copy + mcnn_folded_kernel_floats(op, kernel_of(op));
  const float *w = mcnn_fold_kernel(op, kernel_of(op), weights, copy);
  if (op->gray) {
    sum_channels(w, kernel_positions(op), op->conv.out_channels, sum);
    w = sum;
  }
  mcnn_conv_pack(net->kernels, &op->conv, w, packs_backward(op, training),
                 sum + gray_kernel_floats(op));
}

static uint64_t macs(const mcnn_op *op) {
  const mcnn_conv_geometry *g = &op->conv;
  const uint64_t patch = (uint64_t)g->kernel_height * g->kernel_width * g->in_channels;
  return mcnn_saturating_mul(mcnn_saturating_mul((uint64_t)g->out_height * g->out_width, patch),
                             g->out_channels);
}

/* --- forward and backward --------------------------------------------------------------------- */

static const float *packed_bias(const mcnn_op *op, const float *packed, int training) {
  return packed + op->packed_offset[training];
}

static const float *packed_kernel(const mcnn_op *op, const float *packed, int training) {
  return packed + op->packed_offset[training] + front_floats(op);
}

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  mcnn_conv_forward(call->net->kernels, &op->conv, packed_kernel(op, call->packed, call->training),
                    packed_bias(op, call->packed, call->training), call->x, call->images, call->y,
                    call->saved, call->scratch);
}

static size_t part_floats(const mcnn_net *net, const mcnn_op *op) {
  return mcnn_conv_part_rows(net->kernels, &op->conv) * mcnn_conv_pooled_width(&op->conv) *
         op->conv.out_channels;
}

static void forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  const mcnn_op *op = call->op;
  const size_t row = mcnn_conv_pooled_width(&op->conv) * op->conv.out_channels;
  mcnn_conv_forward_rows(call->net->kernels, &op->conv,
                         packed_kernel(op, call->packed, MCNN_FOR_PREDICTION),
                         packed_bias(op, call->packed, MCNN_FOR_PREDICTION), call->x, begin / row,
                         end / row, call->y, call->scratch);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  mcnn_conv_backward(call->net->kernels, &op->conv,
                     packed_kernel(op, call->packed, MCNN_FOR_TRAINING), call->x, call->y,
                     call->saved, call->dy, call->images, call->accumulate, call->partial, call->dx,
                     call->scratch);
}

/* --- adding up the partial gradients ---------------------------------------------------------- */

static size_t partial_floats(const mcnn_net *net, const mcnn_op *op) {
  return mcnn_conv_grad_floats(net->kernels, &op->conv);
}

/* Rows of the kernel, one for each position and input channel. */
static size_t kernel_rows(const mcnn_op *op) {
  return op->layer->parameters[MCNN_KERNEL].count / op->conv.out_channels;
}

/* A gray gradient is finished at once, as it spreads over the kernel in place. */
static size_t rows_per_task(const mcnn_op *op) {
  return op->gray ? kernel_rows(op) : MCNN_CONV_ROWS;
}

static size_t finish_tasks(const mcnn_op *op) {
  return mcnn_ceil_div(kernel_rows(op), rows_per_task(op));
}

/* In place, from the last position to the first: the copies of a position never lie before it. */
static void copy_to_channels(float *dw, size_t positions, size_t out_channels) {
  for (size_t k = positions; k-- > 0;) {
    for (size_t o = out_channels; o-- > 0;) {
      const float d = dw[k * out_channels + o];
      float *target = dw + k * GRAY_COPIES * out_channels + o;
      for (size_t c = GRAY_COPIES; c-- > 0;)
        target[c * out_channels] = d;
    }
  }
}

static void add_up(const mcnn_finish *call, size_t begin, size_t end, float *dw, float *db) {
  const mcnn_op *op = call->op;
  const size_t rows = op->gray ? end / GRAY_COPIES : end;
  mcnn_conv_grad_finish(call->net->kernels, &op->conv, call->partial, call->count, call->stride, dw,
                        db, begin, rows);
  if (op->gray)
    copy_to_channels(dw, kernel_positions(op), op->conv.out_channels);
}

static void finish(const mcnn_finish *call, size_t task) {
  const mcnn_parameter *kernel = &call->op->layer->parameters[MCNN_KERNEL];
  const mcnn_parameter *bias =
      call->op->layer->no_bias ? NULL : &call->op->layer->parameters[MCNN_BIAS];
  const size_t outputs = call->op->conv.out_channels;
  const size_t begin = task * rows_per_task(call->op);
  const size_t end = mcnn_min(begin + rows_per_task(call->op), kernel_rows(call->op));
  const size_t first = begin * outputs, count = (end - begin) * outputs;
  float *dw = call->gradient, *db = bias ? dw + mcnn_round_up_cache_line(kernel->count) : NULL;
  add_up(call, begin, end, dw, db);
  call->receive(call->context, kernel, kernel->offset + first, dw + first, count);
  if (bias && task == 0)
    call->receive(call->context, bias, bias->offset, db, bias->count);
}

const mcnn_layer_kind mcnn_layer_conv2d = {.id = MNISTCNN_LAYER_CONV2D,
                                           .word = "conv",
                                           .arguments = arguments,
                                           .keras_name = "conv2d",
                                           .keras_type = "Conv2D",
                                           .input = MCNN_INPUT_SPATIAL,
                                           .takes_activation = 1,
                                           .takes_l2 = 1,
                                           .takes_gray = 1,
                                           .folds_norm = 1,
                                           .read = read_text,
                                           .write = write_text,
                                           .infer = infer,
                                           .prepare = prepare,
                                           .macs = macs,
                                           .forward = forward,
                                           .backward = backward,
                                           .scratch_floats = scratch_floats,
                                           .part_floats = part_floats,
                                           .forward_part = forward_part,
                                           .saved_bytes = saved_bytes,
                                           .packed_floats = packed_floats,
                                           .pack = pack,
                                           .partial_floats = partial_floats,
                                           .finish_tasks = finish_tasks,
                                           .finish = finish};
