/* Convolution with its ReLU and the max-pooling behind it, backward beside forward.
 * x [images][H][W][IC] -> y [images][OH/PH][OW/PW][OC]
 *
 * A network of three input channels that is fed gray images sees three equal channels x:
 *   sum_c w[k][c][o] x[k] = (sum_c w[k][c][o]) x[k],  d/dw[k][c][o] = d/d(sum)[k][o] for every c,
 * so it costs as much as one channel. */
#include "nn/op.h"

enum { GRAY_COPIES = 3 };

static void same_padding(uint32_t kernel, uint32_t *before, uint32_t *after) {
  /* As Keras and TensorFlow at stride 1: kernel - 1 in all, the odd one at the end. */
  *before = (kernel - 1) / 2;
  *after = kernel - 1 - *before;
}

void mcnn_conv2d_init(mcnn_op *op, const mcnn_layer *layer, const mcnn_layer *pool, int gray) {
  mcnn_conv_geometry *g = &op->conv;
  op->kind = MCNN_OP_CONV2D;
  op->layer = layer;
  op->gray = gray;
  g->in_height = layer->in.height;
  g->in_width = layer->in.width;
  g->in_channels = gray ? 1 : layer->in.channels;
  g->kernel_height = layer->kernel_height;
  g->kernel_width = layer->kernel_width;
  if (layer->same) {
    same_padding(layer->kernel_height, &g->pad_top, &g->pad_bottom);
    same_padding(layer->kernel_width, &g->pad_left, &g->pad_right);
  }
  g->out_height = layer->out.height;
  g->out_width = layer->out.width;
  g->out_channels = layer->out.channels;
  g->stride_height = layer->stride_height;
  g->stride_width = layer->stride_width;
  g->activation = layer->activation;
  g->pool_height = pool ? pool->kernel_height : 1;
  g->pool_width = pool ? pool->kernel_width : 1;
  g->pool_stride_height = pool ? pool->stride_height : 1;
  g->pool_stride_width = pool ? pool->stride_width : 1;
  op->in_floats = (size_t)g->in_height * g->in_width * g->in_channels;
  op->out_floats = mcnn_shape_count(pool ? pool->out : layer->out);
}

/* Floats of the summed kernel that stands in front of the packed one. */
static size_t gray_kernel_floats(const mcnn_op *op) {
  return op->gray ? mcnn_round_up_cache_line(op->layer->kernel_count / GRAY_COPIES) : 0;
}

size_t mcnn_conv2d_packed_floats(const mcnn_kernels *kernels, const mcnn_op *op, int training) {
  return gray_kernel_floats(op) + kernels->conv_packed_floats(&op->conv, training);
}

static void sum_channels(const float *w, size_t positions, size_t out_channels, float *sum) {
  for (size_t k = 0; k < positions; k++) {
    const float *red = w + k * GRAY_COPIES * out_channels;
    for (size_t o = 0; o < out_channels; o++)
      sum[k * out_channels + o] = red[o] + red[out_channels + o] + red[2 * out_channels + o];
  }
}

void mcnn_conv2d_pack(const mcnn_kernels *kernels, const mcnn_op *op, const float *weights,
                      int training, float *packed) {
  const float *w = weights + op->layer->kernel_offset;
  packed += op->packed_offset[training];
  if (op->gray) {
    const size_t positions = (size_t)op->conv.kernel_height * op->conv.kernel_width;
    sum_channels(w, positions, op->conv.out_channels, packed);
    w = packed;
  }
  /* Nobody asks the first layer for the gradient of its input. */
  kernels->conv_pack(&op->conv, w, training && op->layer_index > 0,
                     packed + gray_kernel_floats(op));
}

void mcnn_conv2d_forward(const mcnn_kernels *kernels, const mcnn_op *op, const float *weights,
                         const float *packed, int training, const float *x, size_t images, float *y,
                         uint8_t *chosen, float *scratch) {
  kernels->conv_forward(&op->conv, packed + op->packed_offset[training] + gray_kernel_floats(op),
                        weights + op->layer->bias_offset, x, images, y, chosen, scratch);
}

void mcnn_conv2d_backward(const mcnn_kernels *kernels, const mcnn_op *op, const float *packed,
                          const float *x, const float *y, const uint8_t *chosen, const float *dy,
                          size_t images, int accumulate, float *grad, float *dx, float *scratch) {
  kernels->conv_backward(&op->conv,
                         packed + op->packed_offset[MCNN_FOR_TRAINING] + gray_kernel_floats(op), x,
                         y, chosen, dy, images, accumulate, grad, dx, scratch);
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

void mcnn_conv2d_finish(const mcnn_kernels *kernels, const mcnn_op *op, const float *grads,
                        size_t parts, size_t stride, float *dw, float *db, size_t begin,
                        size_t end) {
  if (op->gray)
    end /= GRAY_COPIES;
  kernels->conv_grad_finish(&op->conv, grads, parts, stride, dw, db, begin, end);
  if (op->gray) {
    copy_to_channels(dw, (size_t)op->conv.kernel_height * op->conv.kernel_width,
                     op->conv.out_channels);
  }
}
