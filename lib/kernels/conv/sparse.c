/* The backward pass of a pooled convolution through its active outputs: the border of zeros put on
 * and taken off, the images cut into the blocks that the gradient of the weights wants. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

#include <string.h>

static size_t kernel_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *framed) {
  const size_t dx = mcnn_dx_scratch_floats(framed);
  const size_t dw = mcnn_gather_supports(kernels, framed)
                        ? mcnn_gather_scratch_floats(kernels, framed)
                        : mcnn_sparse_dw_scratch_floats(framed);
  return mcnn_round_up_cache_line(mcnn_max(dx, dw));
}

size_t mcnn_sparse_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  return kernel_scratch_floats(kernels, &framed) + mcnn_conv_padded_floats(g, MCNN_DW_IMAGES);
}

/* The lists hold 32-bit offsets: into the packed filters, and into a block of images. */
int mcnn_sparse_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  if (!mcnn_conv_is_pooled(g) || !mcnn_conv_is_plain(g))
    return 0;
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  const size_t packed = mcnn_dx_packed_floats(kernels, &framed);
  return packed <= INT32_MAX && mcnn_conv_in_size(&framed) * MCNN_DW_IMAGES <= INT32_MAX &&
         mcnn_conv_is_in_proportion(g, packed) &&
         mcnn_conv_is_in_proportion(g, mcnn_sparse_scratch_floats(kernels, g));
}

static mcnn_grad_source source_of(const mcnn_conv_geometry *g, const float *y,
                                  const uint8_t *argmax, const float *dy, size_t image) {
  const size_t at = image * mcnn_conv_pooled_size(g);
  const mcnn_grad_source source = {.y = y + at, .dy = dy + at, .argmax = argmax + at};
  return source;
}

void mcnn_sparse_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                          const float *packed, const float *x, const float *y,
                          const uint8_t *argmax, const float *dy, size_t images, int accumulate,
                          float *grad, float *dx, float *scratch) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  const int gathered = mcnn_gather_supports(kernels, &framed);
  const int is_padded = mcnn_conv_is_padded(g);
  const size_t step = gathered ? 1 : MCNN_DW_IMAGES;
  /* These are few; those of sparse_dw.c are cleared channel by channel, just before they are used.
   */
  if (gathered && grad && !accumulate)
    memset(grad, 0, mcnn_gather_grad_floats(kernels, &framed) * sizeof *grad);
  float *const padded = scratch + kernel_scratch_floats(kernels, &framed);
  for (size_t i = 0; grad && i < images; i += step) {
    const size_t count = images - i < step ? images - i : step;
    const mcnn_grad_source source = source_of(g, y, argmax, dy, i);
    const float *from = mcnn_conv_pad(g, x + i * mcnn_conv_in_size(g), count, padded);
    if (gathered)
      mcnn_gather_dw(kernels, &framed, from, source, grad, scratch);
    else
      mcnn_sparse_dw(kernels, &framed, from, source, count, accumulate || i > 0, grad, scratch);
  }
  for (size_t i = 0; dx && i < images; ++i) {
    float *const to = dx + i * mcnn_conv_in_size(g);
    mcnn_sparse_dx(kernels, &framed, packed, source_of(g, y, argmax, dy, i),
                   is_padded ? padded : to, scratch);
    if (is_padded)
      mcnn_conv_crop(g, padded, to);
  }
}

size_t mcnn_sparse_grad_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_gather_supports(kernels, g) ? mcnn_gather_grad_floats(kernels, g)
                                          : mcnn_sparse_dw_grad_floats(g);
}

size_t mcnn_sparse_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               const float *grads, size_t count, size_t stride, float *dw,
                               size_t begin, size_t end) {
  return (mcnn_gather_supports(kernels, g) ? mcnn_gather_finish : mcnn_sparse_dw_finish)(
      kernels, g, grads, count, stride, dw, begin, end);
}
