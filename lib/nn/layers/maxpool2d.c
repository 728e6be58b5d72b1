/* Max-pooling on its own: where a convolution does not take it along (see plan.c).
 *   x [images][H][W][C] -> y [images][OH][OW][C]
 *   y[i][j][c] = max_ab x[i SH + a - top][j SW + b - left][c] over what lies inside the image
 * With padding "valid", rows and columns that fill no window are dropped. */
#include "nn/layers/layers.h"

#include "nn/layers/pool.h"

/* The index of each window's maximum. */
static size_t saved_bytes(const mcnn_op *op) {
  return op->out_floats;
}

/* Windows side by side have kernels of their own: they write every gradient once, and add none. */
static void forward(const mcnn_forward *call) {
  const mcnn_kernels *kernels = call->net->kernels;
  const mcnn_pool_geometry *g = &call->op->window;
  if (mcnn_pool_is_tiled(call->op->layer))
    kernels->maxpool_forward(g, call->x, call->images, call->y, call->saved);
  else
    kernels->window_max_forward(g, call->x, call->images, call->y, call->saved);
}

static void forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  mcnn_op op;
  const mcnn_forward part = mcnn_pool_part(call, begin, end, &op);
  forward(&part);
}

/* dx = the sum of dy over the windows whose maximum x was */
static void backward(const mcnn_backward *call) {
  const mcnn_kernels *kernels = call->net->kernels;
  const mcnn_pool_geometry *g = &call->op->window;
  if (!call->dx)
    return;
  if (mcnn_pool_is_tiled(call->op->layer))
    kernels->maxpool_backward(g, call->saved, call->dy, call->images, call->dx);
  else
    kernels->window_max_backward(g, call->saved, call->dy, call->images, call->dx);
}

const mcnn_layer_kind mcnn_layer_maxpool2d = {.id = MNISTCNN_LAYER_MAXPOOL2D,
                                              .word = "maxpool",
                                              .arguments = "HxW [stride HxW] [same|valid]",
                                              .keras_name = "max_pooling2d",
                                              .keras_type = "MaxPooling2D",
                                              .input = MCNN_INPUT_SPATIAL,
                                              .keeps_relu = 1,
                                              .read = mcnn_pool_read,
                                              .write = mcnn_pool_write,
                                              .infer = mcnn_pool_infer,
                                              .prepare = mcnn_pool_prepare,
                                              .macs = mcnn_pool_macs,
                                              .forward = forward,
                                              .backward = backward,
                                              .part_floats = mcnn_pool_part_floats,
                                              .forward_part = forward_part,
                                              .saved_bytes = saved_bytes};
