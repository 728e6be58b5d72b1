#include "nn/layers/pool.h"

#include "base/alloc.h"
#include "base/sizes.h"
#include "kernels/rows.h"
#include "nn/layers/window.h"

#include <stdio.h>

/* --- the text --------------------------------------------------------------------------------- */

/* Without a stride, windows lie side by side. */
mnistcnn_status mcnn_pool_read(mcnn_layer_reader *reader, mcnn_layer *layer) {
  mcnn_layer_text *text = &reader->text;
  if (!mcnn_layer_text_size(text, &layer->kernel_height, &layer->kernel_width))
    return mcnn_layer_reader_fail_syntax(reader, layer->kind);
  layer->stride_height = layer->kernel_height;
  layer->stride_width = layer->kernel_width;
  if (mcnn_layer_text_take(text, "stride") &&
      !mcnn_layer_text_size(text, &layer->stride_height, &layer->stride_width))
    return mcnn_layer_reader_fail_syntax(reader, layer->kind);
  if (mcnn_layer_text_take(text, "same"))
    layer->padding = MCNN_PADDING_SAME;
  else
    (void)mcnn_layer_text_take(text, "valid");
  return MNISTCNN_OK;
}

static int stride_is_window(const mcnn_layer *layer) {
  return layer->stride_height == layer->kernel_height && layer->stride_width == layer->kernel_width;
}

void mcnn_pool_write(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  const char *const padding = layer->padding == MCNN_PADDING_SAME ? " same" : "";
  char window[24], stride[24] = "";
  mcnn_window_write_size(layer->kernel_height, layer->kernel_width, window);
  if (!stride_is_window(layer))
    mcnn_window_write_size(layer->stride_height, layer->stride_width, stride);
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "%s %s%s%s%s", layer->kind->word, window,
                 stride[0] ? " stride " : "", stride, padding);
}

/* --- shapes ----------------------------------------------------------------------------------- */

static int is_stride(uint32_t stride, uint32_t window) {
  return stride <= MCNN_MAX_STRIDE || stride == window;
}

/* What a window with padding "same" reaches beyond the image is cut off, so that it may be larger
 * than the image. */
mnistcnn_status mcnn_pool_infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  size_t positions;
  if (layer->padding == MCNN_PADDING_VALID) {
    const mnistcnn_status status = mcnn_window_check(reader, layer, "window");
    if (status != MNISTCNN_OK)
      return status;
  }
  if (!mcnn_checked_mul(layer->kernel_height, layer->kernel_width, &positions) ||
      positions > MCNN_MAX_WINDOW) {
    return mcnn_layer_text_fail(&reader->text, "a window has at most %u positions",
                                MCNN_MAX_WINDOW);
  }
  if (!is_stride(layer->stride_height, layer->kernel_height) ||
      !is_stride(layer->stride_width, layer->kernel_width)) {
    return mcnn_layer_text_fail(&reader->text, "a stride is at most %u, or as large as the window",
                                MCNN_MAX_STRIDE);
  }
  mcnn_window_infer(layer);
  return MNISTCNN_OK;
}

int mcnn_pool_is_tiled(const mcnn_layer *layer) {
  const int fits = layer->out.height * layer->kernel_height <= layer->in.height &&
                   layer->out.width * layer->kernel_width <= layer->in.width;
  return stride_is_window(layer) && fits;
}

/* --- geometry --------------------------------------------------------------------------------- */

mcnn_pool_geometry mcnn_pool_geometry_of(const mcnn_layer *layer) {
  const mcnn_window_zeros zeros = mcnn_window_padding(layer);
  return (mcnn_pool_geometry){.in_height = layer->in.height,
                              .in_width = layer->in.width,
                              .channels = layer->in.channels,
                              .pool_height = layer->kernel_height,
                              .pool_width = layer->kernel_width,
                              .stride_height = layer->stride_height,
                              .stride_width = layer->stride_width,
                              .pad_top = zeros.top,
                              .pad_left = zeros.left,
                              .out_height = layer->out.height,
                              .out_width = layer->out.width};
}

void mcnn_pool_prepare(const mcnn_net *net, mcnn_op *op) {
  (void)net;
  op->window = mcnn_pool_geometry_of(op->layer);
}

uint64_t mcnn_pool_macs(const mcnn_op *op) {
  const mcnn_pool_geometry *g = &op->window;
  const uint64_t height = mcnn_min(g->pool_height, g->in_height);
  const uint64_t width = mcnn_min(g->pool_width, g->in_width);
  return mcnn_pool_is_tiled(op->layer) ? 0 : op->out_floats * height * width;
}

/* --- parts ------------------------------------------------------------------------------------ */

size_t mcnn_pool_part_floats(const mcnn_net *net, const mcnn_op *op) {
  (void)net;
  return (size_t)op->window.out_width * op->window.channels;
}

mcnn_forward mcnn_pool_part(const mcnn_forward *call, size_t begin, size_t end, mcnn_op *part) {
  const mcnn_pool_geometry *g = &call->op->window;
  const size_t row = (size_t)g->out_width * g->channels;
  const mcnn_rows rows = mcnn_rows_under(begin / row, end / row, g->pool_height, g->stride_height,
                                         g->pad_top, g->in_height);
  mcnn_forward part_call = *call;
  *part = *call->op;
  part->window.in_height = (uint32_t)rows.count;
  part->window.pad_top = (uint32_t)rows.above;
  part->window.out_height = (uint32_t)((end - begin) / row);
  part_call.op = part;
  part_call.x += rows.first * g->in_width * g->channels;
  part_call.y += begin;
  return part_call;
}
