#include "nn/layers/window.h"

#include <stdio.h>

/* What a window reaches over: with dilation there are gaps in it. Poolings have none. */
static uint32_t span_of(uint32_t window, uint32_t dilation) {
  return dilation > 1 ? (window - 1) * dilation + 1 : window;
}

static mnistcnn_status fail(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                            const char *what, const char *end) {
  const int is_dilated = layer->dilation_height > 1 || layer->dilation_width > 1;
  return mcnn_layer_text_fail(
      &reader->text, "the %s of %ux%u%s is larger than its input of %ux%ux%u%s", what,
      layer->kernel_height, layer->kernel_width, is_dilated ? ", dilated," : "", layer->in.height,
      layer->in.width, layer->in.channels, end);
}

/* With padding "same" a kernel of up to 2 n - 1 reaches over an input of n; what is larger would
 * have weights that never meet an input. */
mnistcnn_status mcnn_window_check(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                                  const char *what) {
  const int is_same = layer->padding == MCNN_PADDING_SAME;
  const uint32_t most_height = is_same ? 2 * layer->in.height - 1 : layer->in.height;
  const uint32_t most_width = is_same ? 2 * layer->in.width - 1 : layer->in.width;
  /* The window first: dilated by its limit, what is no larger than an image fits in 32 bits. */
  if (layer->kernel_height <= most_height && layer->kernel_width <= most_width &&
      span_of(layer->kernel_height, layer->dilation_height) <= most_height &&
      span_of(layer->kernel_width, layer->dilation_width) <= most_width)
    return MNISTCNN_OK;
  return fail(reader, layer, what, is_same ? " can use" : "");
}

static uint32_t positions(mcnn_padding padding, uint32_t in, uint32_t kernel, uint32_t stride) {
  return padding == MCNN_PADDING_SAME ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
}

void mcnn_window_infer(mcnn_layer *layer) {
  layer->out.height =
      positions(layer->padding, layer->in.height,
                span_of(layer->kernel_height, layer->dilation_height), layer->stride_height);
  layer->out.width =
      positions(layer->padding, layer->in.width,
                span_of(layer->kernel_width, layer->dilation_width), layer->stride_width);
}

/* As Keras and TensorFlow: the odd one behind. */
static void pad_axis(mcnn_padding padding, uint32_t in, uint32_t out, uint32_t span,
                     uint32_t stride, uint32_t *before, uint32_t *behind) {
  const uint32_t reach = (out - 1) * stride + span;
  const uint32_t zeros = padding == MCNN_PADDING_SAME && reach > in ? reach - in : 0;
  *before = zeros / 2;
  *behind = zeros - *before;
}

mcnn_window_zeros mcnn_window_padding(const mcnn_layer *layer) {
  mcnn_window_zeros zeros;
  pad_axis(layer->padding, layer->in.height, layer->out.height,
           span_of(layer->kernel_height, layer->dilation_height), layer->stride_height, &zeros.top,
           &zeros.bottom);
  pad_axis(layer->padding, layer->in.width, layer->out.width,
           span_of(layer->kernel_width, layer->dilation_width), layer->stride_width, &zeros.left,
           &zeros.right);
  return zeros;
}

/* --- sizes in texts --------------------------------------------------------------------------- */

void mcnn_window_write_size(uint32_t height, uint32_t width, char text[24]) {
  if (height == width)
    (void)snprintf(text, 24, "%u", height);
  else
    (void)snprintf(text, 24, "%ux%u", height, width);
}
