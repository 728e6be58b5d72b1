/* The gradient of the weights of a convolution without pooling whose input has few channels, such
 * as the first of a network: its patches are too short for a matrix product, but all taps of a
 * channel have their sums in registers while one image passes by. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

#define MAX_CHANNELS ((uint32_t)3)

int mcnn_few_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.few_dw && !mcnn_conv_is_pooled(g) && g->dilation_height == 1 &&
         g->dilation_width == 1 && g->in_channels <= MAX_CHANNELS &&
         g->kernel_height == g->kernel_width && (g->kernel_width == 3 || g->kernel_width == 5) &&
         mcnn_conv_is_in_proportion(g, mcnn_conv_padded_floats(g, 1));
}

size_t mcnn_few_scratch_floats(const mcnn_conv_geometry *g) {
  return mcnn_max(mcnn_conv_padded_floats(g, 1), mcnn_conv_gemm_scratch_floats(g));
}

/* So many gradients at a time stay in a cache while the taps of all channels are done: 128 KiB. */
#define BAND_FLOATS ((size_t)32 * 1024)

/* One image, whose x is framed. */
static void add_image(const mcnn_kernels *kernels, const mcnn_conv_geometry *framed, const float *x,
                      const float *y, const float *dy, float *grad) {
  const size_t x_row = (size_t)framed->stride_height * framed->in_width * framed->in_channels;
  const size_t y_row = (size_t)framed->out_width * framed->out_channels;
  const size_t step = mcnn_max(BAND_FLOATS / y_row, 1);
  mcnn_conv_geometry band = *framed;
  for (size_t row = 0; row < framed->out_height; row += step) {
    band.out_height = (uint32_t)mcnn_min(framed->out_height - row, step);
    kernels->conv.few_dw(&band, x + row * x_row, y + row * y_row, dy + row * y_row, grad);
  }
}

void mcnn_few_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                       const float *x, const float *y, const float *dy, size_t images, float *grad,
                       float *dx, float *scratch) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  for (size_t i = 0; grad && i < images; ++i) {
    const size_t at = i * mcnn_conv_out_size(g);
    add_image(kernels, &framed, mcnn_conv_pad(g, x + i * mcnn_conv_in_size(g), 1, scratch), y + at,
              dy + at, grad);
  }
  if (dx)
    mcnn_conv_gemm_backward(kernels, g, w, x, y, NULL, dy, images, NULL, dx, scratch);
}
