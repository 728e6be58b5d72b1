/* The mean, or the largest, of all positions of each channel: images to vectors, so that the dense
 * layers behind need no flatten. x [images][H][W][C] -> y [images][C] */
#include "nn/layers/layers.h"

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  (void)reader;
  layer->out = (mcnn_shape){1, 1, layer->in.channels};
  layer->is_flat = 1;
  return MNISTCNN_OK;
}

/* One window as large as the image. */
static void prepare(const mcnn_net *net, mcnn_op *op) {
  const mcnn_shape in = op->layer->in;
  (void)net;
  op->window = (mcnn_pool_geometry){.in_height = in.height,
                                    .in_width = in.width,
                                    .channels = in.channels,
                                    .pool_height = in.height,
                                    .pool_width = in.width,
                                    .stride_height = 1,
                                    .stride_width = 1,
                                    .out_height = 1,
                                    .out_width = 1};
}

/* --- the mean --------------------------------------------------------------------------------- */

static void mean_forward(const mcnn_forward *call) {
  call->net->kernels->window_mean_forward(&call->op->window, call->x, call->images, call->y);
}

static void mean_backward(const mcnn_backward *call) {
  if (call->dx)
    call->net->kernels->window_mean_backward(&call->op->window, call->dy, call->images, call->dx);
}

const mcnn_layer_kind mcnn_layer_globalavgpool2d = {.id = MNISTCNN_LAYER_GLOBAL_AVGPOOL2D,
                                                    .word = "globalavgpool",
                                                    .keras_name = "global_average_pooling2d",
                                                    .keras_type = "GlobalAveragePooling2D",
                                                    .input = MCNN_INPUT_SPATIAL,
                                                    .flattens = 1,
                                                    .takes_output = 1,
                                                    .keeps_relu = 1,
                                                    .infer = infer,
                                                    .prepare = prepare,
                                                    .forward = mean_forward,
                                                    .backward = mean_backward};

/* --- the largest ------------------------------------------------------------------------------ */

static void max_forward(const mcnn_forward *call) {
  call->net->kernels->window_max_forward(&call->op->window, call->x, call->images, call->y, NULL);
}

static void max_backward(const mcnn_backward *call) {
  if (call->dx) {
    call->net->kernels->global_max_backward(&call->op->window, call->x, call->y, call->dy,
                                            call->images, call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_globalmaxpool2d = {.id = MNISTCNN_LAYER_GLOBAL_MAXPOOL2D,
                                                    .word = "globalmaxpool",
                                                    .keras_name = "global_max_pooling2d",
                                                    .keras_type = "GlobalMaxPooling2D",
                                                    .input = MCNN_INPUT_SPATIAL,
                                                    .flattens = 1,
                                                    .takes_output = 1,
                                                    .keeps_relu = 1,
                                                    .infer = infer,
                                                    .prepare = prepare,
                                                    .forward = max_forward,
                                                    .backward = max_backward};
