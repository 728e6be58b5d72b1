#include "nn/layers/window.h"

static mnistcnn_status fail(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                            const char *what, const char *end) {
  return mcnn_layer_text_fail(&reader->text,
                              "the %s of %ux%u is larger than its input of %ux%ux%u%s", what,
                              layer->kernel_height, layer->kernel_width, layer->in.height,
                              layer->in.width, layer->in.channels, end);
}

/* With padding "same" a kernel of up to 2 n - 1 reaches over an input of n; what is larger would
 * have weights that never meet an input. */
mnistcnn_status mcnn_window_check(const mcnn_layer_reader *reader, const mcnn_layer *layer,
                                  const char *what) {
  const mcnn_shape in = layer->in;
  if (layer->padding == MCNN_PADDING_SAME) {
    if (layer->kernel_height < 2 * in.height && layer->kernel_width < 2 * in.width)
      return MNISTCNN_OK;
    return fail(reader, layer, what, " can use");
  }
  if (layer->kernel_height <= in.height && layer->kernel_width <= in.width)
    return MNISTCNN_OK;
  return fail(reader, layer, what, "");
}

static uint32_t positions(mcnn_padding padding, uint32_t in, uint32_t kernel, uint32_t stride) {
  return padding == MCNN_PADDING_SAME ? (in + stride - 1) / stride : (in - kernel) / stride + 1;
}

void mcnn_window_infer(mcnn_layer *layer) {
  layer->out.height =
      positions(layer->padding, layer->in.height, layer->kernel_height, layer->stride_height);
  layer->out.width =
      positions(layer->padding, layer->in.width, layer->kernel_width, layer->stride_width);
}

/* As Keras and TensorFlow: the odd one behind. */
void mcnn_window_padding(mcnn_padding padding, uint32_t in, uint32_t out, uint32_t kernel,
                         uint32_t stride, uint32_t *before, uint32_t *behind) {
  const uint32_t reach = (out - 1) * stride + kernel;
  const uint32_t zeros = padding == MCNN_PADDING_SAME && reach > in ? reach - in : 0;
  *before = zeros / 2;
  *behind = zeros - *before;
}
