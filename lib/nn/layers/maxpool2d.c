/* Max-pooling on its own, behind anything but a convolution (which takes it along, see plan.c).
 *   x [images][H][W][C] -> y [images][H/PH][W/PW][C]
 *   y[i][j][c] = max_ab x[i PH + a][j PW + b][c]; rows and columns that fill no window are dropped
 */
#include "nn/layers/layers.h"

#include "base/alloc.h"
#include "nn/layers/window.h"

#include <stdio.h>

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (!mcnn_layer_text_size(&reader->text, &layer->kernel_height, &layer->kernel_width))
    return mcnn_layer_text_fail(&reader->text, "expected \"maxpool HxW\"");
  layer->stride_height = layer->kernel_height;
  layer->stride_width = layer->kernel_width;
  return MNISTCNN_OK;
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  const uint32_t height = layer->kernel_height, width = layer->kernel_width;
  if (height == width)
    (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "maxpool %u", height);
  else
    (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "maxpool %ux%u", height, width);
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const mnistcnn_status status = mcnn_window_check(reader, layer, "window");
  size_t positions;
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_checked_mul(layer->kernel_height, layer->kernel_width, &positions) ||
      positions > MCNN_MAX_WINDOW) {
    return mcnn_layer_text_fail(&reader->text, "a window has at most %u positions",
                                MCNN_MAX_WINDOW);
  }
  mcnn_window_infer(layer);
  return MNISTCNN_OK;
}

static void prepare(const mcnn_net *net, mcnn_op *op) {
  const mcnn_layer *layer = op->layer;
  (void)net;
  op->window = (mcnn_pool_geometry){.in_height = layer->in.height,
                                    .in_width = layer->in.width,
                                    .channels = layer->in.channels,
                                    .pool_height = layer->kernel_height,
                                    .pool_width = layer->kernel_width,
                                    .stride_height = layer->stride_height,
                                    .stride_width = layer->stride_width};
}

/* The index of each window's maximum. */
static size_t saved_bytes(const mcnn_op *op) {
  return op->out_floats;
}

static void forward(const mcnn_forward *call) {
  call->net->kernels->maxpool_forward(&call->op->window, call->x, call->images, call->y,
                                      call->saved);
}

/* dx = dy where x was the maximum of its window, else 0 */
static void backward(const mcnn_backward *call) {
  if (call->dx) {
    call->net->kernels->maxpool_backward(&call->op->window, call->saved, call->dy, call->images,
                                         call->dx);
  }
}

const mcnn_layer_kind mcnn_layer_maxpool2d = {.id = MNISTCNN_LAYER_MAXPOOL2D,
                                              .word = "maxpool",
                                              .keras_name = "max_pooling2d",
                                              .keras_type = "MaxPooling2D",
                                              .input = MCNN_INPUT_SPATIAL,
                                              .keeps_relu = 1,
                                              .read = read_text,
                                              .write = write_text,
                                              .infer = infer,
                                              .prepare = prepare,
                                              .forward = forward,
                                              .backward = backward,
                                              .saved_bytes = saved_bytes};
