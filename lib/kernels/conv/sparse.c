/* The backward pass through active outputs, of pooled convolutions and of those with strides: the
 * border of zeros put on and taken off, the images cut into the blocks that the gradient of the
 * weights wants. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

#include <string.h>

static size_t kernel_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *framed) {
  const size_t dx = mcnn_conv_is_pooled(framed) ? mcnn_dx_scratch_floats(framed)
                                                : mcnn_patch_dx_scratch_floats(framed);
  const size_t dw = mcnn_gather_supports(kernels, framed)
                        ? mcnn_gather_scratch_floats(kernels, framed)
                        : mcnn_sparse_dw_scratch_floats(framed);
  return mcnn_round_up_cache_line(mcnn_max(dx, dw));
}

size_t mcnn_sparse_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  return kernel_scratch_floats(kernels, &framed) + mcnn_conv_padded_floats(g, MCNN_DW_IMAGES);
}

size_t mcnn_sparse_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return (mcnn_conv_is_pooled(g) ? mcnn_dx_packed_floats : mcnn_patch_dx_packed_floats)(kernels, g);
}

void mcnn_sparse_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                      float *packed) {
  (mcnn_conv_is_pooled(g) ? mcnn_dx_pack : mcnn_patch_dx_pack)(kernels, g, w, packed);
}

/* Of a convolution with strides the ReLU leaves about half of the outputs active; that pays where
 * the vectors of a row of the kernel are mostly full, and enough to hide the lists behind. */
#define LEAST_VECTORS ((size_t)4)

static int is_strided(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t run = (size_t)g->kernel_width * g->in_channels;
  const size_t vectors = mcnn_ceil_div(run, kernels->lanes);
  return !mcnn_conv_is_plain(g) && g->dilation_height == 1 && g->dilation_width == 1 &&
         g->activation == MCNN_ACTIVATION_RELU && vectors >= LEAST_VECTORS &&
         run * 8 >= vectors * kernels->lanes * 7 && g->kernel_height > 1;
}

/* The lists hold 32-bit offsets: into the packed filters, and into a block of images. */
int mcnn_sparse_supports(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  if (mcnn_conv_is_pooled(g) ? !mcnn_conv_is_plain(g) : !is_strided(kernels, g))
    return 0;
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(g);
  const size_t packed = mcnn_sparse_packed_floats(kernels, &framed);
  return packed <= INT32_MAX && mcnn_conv_in_size(&framed) * MCNN_DW_IMAGES <= INT32_MAX &&
         mcnn_conv_is_in_proportion(g, packed) &&
         mcnn_conv_is_in_proportion(g, mcnn_sparse_scratch_floats(kernels, g));
}

static mcnn_grad_source source_of(const mcnn_conv_geometry *g, const float *y,
                                  const uint8_t *argmax, const float *dy, size_t image) {
  const size_t at = image * mcnn_conv_pooled_size(g);
  const mcnn_grad_source source = {
      .y = y + at, .dy = dy + at, .argmax = argmax ? argmax + at : NULL};
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
  void (*const sparse_dx)(const mcnn_kernels *, const mcnn_conv_geometry *, const float *,
                          mcnn_grad_source, float *, float *) =
      mcnn_conv_is_pooled(g) ? mcnn_sparse_dx : mcnn_patch_dx;
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
    sparse_dx(kernels, &framed, packed, source_of(g, y, argmax, dy, i), is_padded ? padded : to,
              scratch);
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
