/* Average pooling; what windows reach beyond the image counts neither in the sum nor in the number.
 *   x [images][H][W][C] -> y [images][OH][OW][C]
 *   y[i][j][c] = mean_ab x[i SH + a - top][j SW + b - left][c] over what lies inside the image
 * The mean of a ReLU's outputs is 0 only where all are, so that it keeps what a ReLU promises. */
#include "nn/layers/layers.h"

#include "nn/layers/pool.h"

static void forward(const mcnn_forward *call) {
  call->net->kernels->window_mean_forward(&call->op->window, call->x, call->images, call->y);
}

static void forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  mcnn_op op;
  const mcnn_forward part = mcnn_pool_part(call, begin, end, &op);
  forward(&part);
}

/* dx = the sum over the windows that x was in of dy / their number of elements */
static void backward(const mcnn_backward *call) {
  if (call->dx)
    call->net->kernels->window_mean_backward(&call->op->window, call->dy, call->images, call->dx);
}

const mcnn_layer_kind mcnn_layer_avgpool2d = {.id = MNISTCNN_LAYER_AVGPOOL2D,
                                              .word = "avgpool",
                                              .arguments = "HxW [stride HxW] [same|valid]",
                                              .keras_name = "average_pooling2d",
                                              .keras_type = "AveragePooling2D",
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
                                              .forward_part = forward_part};
