/* Separable convolution: a depthwise one without bias and activation, then a 1x1 convolution.
 *   x [images][H][W][C] -> z [OH][OW][C M] -> y [images][OH][OW][O]
 *   depthwise_kernel [KH][KW][C][M], pointwise_kernel [1][1][C M][O], bias [O]
 * z is in scratch, one image at a time; the backward pass computes it again, which costs less than
 * to keep it. */
#include "nn/layers/layers.h"

#include "base/cost.h"
#include "base/sizes.h"
#include "kernels/conv/conv.h"
#include "kernels/depthwise/depthwise.h"
#include "nn/layers/depthwise.h"
#include "nn/layers/fold.h"
#include "nn/layers/window_options.h"

#include <stdio.h>

/* The parameters, in this order. */
enum { DEPTHWISE_KERNEL = 0, POINTWISE_KERNEL = 1, BIAS = 2 };

/* --- the architecture ------------------------------------------------------------------------- */

static const char arguments[] = "FILTERS HxW [stride HxW] [dilation HxW] [same|valid] [multiplier "
                                "N] [nobias] [l2 L] [ACTIVATION]";

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (mcnn_layer_text_count(&reader->text, &layer->out.channels) &&
      mcnn_window_read_options(&reader->text, 1, layer))
    return MNISTCNN_OK;
  return mcnn_layer_reader_fail_syntax(reader, layer->kind);
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  char options[MCNN_WINDOW_OPTIONS_CAPACITY];
  mcnn_window_write_options(layer, options);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "separable %u %s", layer->out.channels, options);
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mnistcnn_status status = mcnn_depthwise_infer(reader, layer, "depthwise_kernel");
  if (status != MNISTCNN_OK)
    return status;
  const uint32_t shape[4] = {1, 1, mcnn_depthwise_layer_channels(layer), layer->out.channels};
  mcnn_layer_add_kernel(layer, "pointwise_kernel", 4, shape, shape[2], shape[3]);
  if (!layer->no_bias)
    mcnn_layer_add_bias(layer, layer->out.channels);
  return MNISTCNN_OK;
}

/* --- memory ----------------------------------------------------------------------------------- */

static void prepare(const mcnn_net *net, mcnn_op *op) {
  const mcnn_layer *layer = op->layer;
  (void)net;
  op->depthwise = mcnn_depthwise_geometry_of(layer, MCNN_ACTIVATION_LINEAR);
  op->conv = (mcnn_conv_geometry){.in_height = layer->out.height,
                                  .in_width = layer->out.width,
                                  .in_channels = mcnn_depthwise_layer_channels(layer),
                                  .kernel_height = 1,
                                  .kernel_width = 1,
                                  .out_height = layer->out.height,
                                  .out_width = layer->out.width,
                                  .out_channels = layer->out.channels,
                                  .stride_height = 1,
                                  .stride_width = 1,
                                  .dilation_height = 1,
                                  .dilation_width = 1,
                                  .activation = op->activation,
                                  .pool_height = 1,
                                  .pool_width = 1,
                                  .pool_stride_height = 1,
                                  .pool_stride_width = 1};
}

static size_t z_floats(const mcnn_op *op) {
  return mcnn_conv_in_size(&op->conv);
}

/* z, in training its gradient, then what either convolution takes. */
static size_t scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  const size_t z = mcnn_round_up_cache_line(z_floats(op));
  (void)images;
  return (training ? 2 : 1) * z +
         mcnn_max(mcnn_depthwise_scratch_floats(&op->depthwise, training),
                  mcnn_conv_scratch_floats(net->kernels, &op->conv, training));
}

/* Packed weights: the bias, the pointwise kernel, the depthwise one. */
typedef struct packed_weights {
  const float *bias, *pointwise, *depthwise;
} packed_weights;

static size_t pointwise_floats(const mcnn_net *net, const mcnn_op *op, int training) {
  return mcnn_round_up_cache_line(mcnn_conv_packed_floats(net->kernels, &op->conv, training));
}

/* The bias, and the pointwise kernel with what is folded into it. */
static size_t front_floats(const mcnn_op *op) {
  return mcnn_folded_bias_floats(op) +
         mcnn_folded_kernel_floats(op, &op->layer->parameters[POINTWISE_KERNEL]);
}

static size_t packed_floats(const mcnn_net *net, const mcnn_op *op, int training) {
  return front_floats(op) + pointwise_floats(net, op, training) +
         mcnn_depthwise_packed_floats(net->kernels, &op->depthwise);
}

static packed_weights packed_weights_in(const mcnn_net *net, const mcnn_op *op, int training,
                                        const float *packed) {
  packed_weights in = {.bias = packed + op->packed_offset[training]};
  in.pointwise = in.bias + front_floats(op);
  in.depthwise = in.pointwise + pointwise_floats(net, op, training);
  return in;
}

static void pack(const mcnn_net *net, const mcnn_op *op, const float *weights, int training,
                 float *packed) {
  const mcnn_parameter *parameters = op->layer->parameters;
  packed += op->packed_offset[training];
  mcnn_fold_bias(op, weights, packed);
  const float *w = mcnn_fold_kernel(op, &parameters[POINTWISE_KERNEL], weights,
                                    packed + mcnn_folded_bias_floats(op));
  packed += front_floats(op);
  mcnn_conv_pack(net->kernels, &op->conv, w, training, packed);
  mcnn_depthwise_pack(net->kernels, &op->depthwise, weights + parameters[DEPTHWISE_KERNEL].offset,
                      packed + pointwise_floats(net, op, training));
}

static uint64_t macs(const mcnn_op *op) {
  const uint64_t pointwise = mcnn_saturating_mul(z_floats(op), op->conv.out_channels);
  return mcnn_saturating_add(mcnn_depthwise_macs(&op->depthwise), pointwise);
}

/* --- forward and backward --------------------------------------------------------------------- */

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  const mcnn_kernels *kernels = call->net->kernels;
  const packed_weights packed = packed_weights_in(call->net, op, call->training, call->packed);
  float *z = call->scratch, *scratch = z + mcnn_round_up_cache_line(z_floats(op));
  for (size_t image = 0; image < call->images; image++) {
    mcnn_depthwise_forward(kernels, &op->depthwise, packed.depthwise, NULL,
                           call->x + image * op->in_floats, 1, z, scratch);
    mcnn_conv_forward(kernels, &op->conv, packed.pointwise, packed.bias, z, 1,
                      call->y + image * op->out_floats, NULL, scratch);
  }
}

/* Partial gradients: those of the pointwise convolution, then of the depthwise one. */
static size_t pointwise_partial_floats(const mcnn_net *net, const mcnn_op *op) {
  return mcnn_round_up_cache_line(mcnn_conv_grad_floats(net->kernels, &op->conv));
}

static size_t partial_floats(const mcnn_net *net, const mcnn_op *op) {
  return pointwise_partial_floats(net, op) + mcnn_depthwise_grad_floats(&op->depthwise);
}

static void backward(const mcnn_backward *call) {
  const mcnn_op *op = call->op;
  const mcnn_kernels *kernels = call->net->kernels;
  const packed_weights packed = packed_weights_in(call->net, op, MCNN_FOR_TRAINING, call->packed);
  float *z = call->scratch, *dz = z + mcnn_round_up_cache_line(z_floats(op));
  float *scratch = dz + mcnn_round_up_cache_line(z_floats(op));
  float *partial = call->partial;
  float *depthwise = partial ? partial + pointwise_partial_floats(call->net, op) : NULL;
  for (size_t image = 0; image < call->images; image++) {
    const size_t in = image * op->in_floats, out = image * op->out_floats;
    const int accumulate = call->accumulate || image > 0;
    mcnn_depthwise_forward(kernels, &op->depthwise, packed.depthwise, NULL, call->x + in, 1, z,
                           scratch);
    mcnn_conv_backward(kernels, &op->conv, packed.pointwise, z, call->y + out, NULL, call->dy + out,
                       1, accumulate, partial, dz, scratch);
    mcnn_depthwise_backward(kernels, &op->depthwise, packed.depthwise, call->x + in, z, dz, 1,
                            accumulate, depthwise, call->dx ? call->dx + in : NULL, scratch);
  }
}

/* --- adding up the partial gradients ---------------------------------------------------------- */

/* Where the gradients of the three go. */
static float *gradient_of(const mcnn_finish *call, uint32_t parameter) {
  float *gradient = call->gradient;
  for (uint32_t i = 0; i < parameter; i++)
    gradient += mcnn_round_up_cache_line(call->op->layer->parameters[i].count);
  return gradient;
}

static size_t pointwise_tasks(const mcnn_op *op) {
  return mcnn_ceil_div(op->conv.in_channels, MCNN_CONV_ROWS);
}

/* The depthwise kernel is the last task. */
static size_t finish_tasks(const mcnn_op *op) {
  return pointwise_tasks(op) + 1;
}

static void finish_depthwise(const mcnn_finish *call) {
  const mcnn_op *op = call->op;
  const mcnn_parameter *kernel = &op->layer->parameters[DEPTHWISE_KERNEL];
  float *dw = gradient_of(call, DEPTHWISE_KERNEL);
  mcnn_depthwise_grad_finish(call->net->kernels, &op->depthwise,
                             call->partial + pointwise_partial_floats(call->net, op), call->count,
                             call->stride, dw, NULL);
  call->receive(call->context, kernel, kernel->offset, dw, kernel->count);
}

static void finish_pointwise(const mcnn_finish *call, size_t task) {
  const mcnn_op *op = call->op;
  const mcnn_parameter *kernel = &op->layer->parameters[POINTWISE_KERNEL];
  const mcnn_parameter *bias = &op->layer->parameters[BIAS];
  const size_t begin = task * MCNN_CONV_ROWS, outputs = op->conv.out_channels;
  const size_t end = mcnn_min(begin + MCNN_CONV_ROWS, op->conv.in_channels);
  float *dw = gradient_of(call, POINTWISE_KERNEL);
  float *db = op->layer->no_bias ? NULL : gradient_of(call, BIAS);
  mcnn_conv_grad_finish(call->net->kernels, &op->conv, call->partial, call->count, call->stride, dw,
                        db, begin, end);
  call->receive(call->context, kernel, kernel->offset + begin * outputs, dw + begin * outputs,
                (end - begin) * outputs);
  if (task == 0 && db)
    call->receive(call->context, bias, bias->offset, db, bias->count);
}

static void finish(const mcnn_finish *call, size_t task) {
  if (task == pointwise_tasks(call->op))
    finish_depthwise(call);
  else
    finish_pointwise(call, task);
}

const mcnn_layer_kind mcnn_layer_separable_conv2d = {.id = MNISTCNN_LAYER_SEPARABLE_CONV2D,
                                                     .word = "separable",
                                                     .arguments = arguments,
                                                     .keras_name = "separable_conv2d",
                                                     .keras_type = "SeparableConv2D",
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
