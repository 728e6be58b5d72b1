/* The gradient of the weights from active outputs: for each output channel, the sum over its active
 * outputs of gradient times patch, in registers. */
#include "kernels/conv/algorithms.h"

#include <string.h>

/* Gradient layout: [out_channels][patch], each padded to whole cache lines, then the biases. */
static size_t channel_stride(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(mcnn_conv_patch_size(g));
}

size_t mcnn_sparse_dw_grad_floats(const mcnn_conv_geometry *g) {
  return (size_t)g->out_channels * channel_stride(g) + mcnn_round_up_cache_line(g->out_channels);
}

/* Scratch: the entries, then how many there are. */
static size_t entries_floats(const mcnn_conv_geometry *g) {
  const size_t entries = g->out_channels * MCNN_DW_IMAGES * mcnn_conv_windows(g);
  return mcnn_round_up_cache_line(entries * sizeof(mcnn_sparse_grad) / sizeof(float));
}

size_t mcnn_sparse_dw_scratch_floats(const mcnn_conv_geometry *g) {
  return entries_floats(g) + mcnn_round_up_cache_line(g->out_channels);
}

/* The first that fits what is left of the patch. Rows are cut only into whole kernels or single
 * rows, so that a run is never read twice as wide as it is. */
static const mcnn_block_kernel *widest_block(const mcnn_block_kernel *kernel, size_t rows,
                                             size_t vectors) {
  while (kernel->vectors > vectors || (kernel->rows != rows && kernel->rows != 1))
    ++kernel;
  return kernel;
}

/* One channel's whole patch: dw += the sum over its active outputs. */
static void accumulate_patch(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const mcnn_sparse_grad *entries, size_t count, const float *x,
                             float *dw) {
  const size_t lanes = kernels->lanes;
  const size_t run = (size_t)g->kernel_width * g->in_channels;
  const size_t vectors = mcnn_ceil_div(run, lanes);
  for (size_t v = 0; v < vectors;) {
    const mcnn_block_kernel *kernel =
        widest_block(kernels->conv.blocks, g->kernel_height, vectors - v);
    const size_t end = (v + kernel->vectors) * lanes;
    const mcnn_patch_block block = {.rows = kernel->rows,
                                    .vectors = kernel->vectors,
                                    .last = end <= run ? lanes : run + lanes - end,
                                    .x_pitch = (size_t)g->in_width * g->in_channels,
                                    .w_pitch = run};
    for (size_t row = 0; row < g->kernel_height; row += kernel->rows) {
      kernel->accumulate(&block, entries, count, x + row * block.x_pitch + v * lanes,
                         dw + row * run + v * lanes);
    }
    v += kernel->vectors;
  }
}

void mcnn_sparse_dw(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *x,
                    mcnn_grad_source source, size_t images, int accumulate, float *grad,
                    float *scratch) {
  const size_t stride = channel_stride(g);
  void *const listed = scratch;
  void *const counts = scratch + entries_floats(g);
  const mcnn_channel_lists lists = {
      .entries = listed, .counts = counts, .capacity = MCNN_DW_IMAGES * mcnn_conv_windows(g)};
  float *const db = grad + g->out_channels * stride;
  if (!accumulate)
    memset(db, 0, g->out_channels * sizeof *db);
  kernels->conv.list_channels(g, source, images, &lists, db);
  for (size_t channel = 0; channel < g->out_channels; ++channel) {
    if (!accumulate) /* here, where it stays in the first-level cache */
      memset(grad + channel * stride, 0, stride * sizeof *grad);
    accumulate_patch(kernels, g, lists.entries + channel * lists.capacity, lists.counts[channel], x,
                     grad + channel * stride);
  }
}

size_t mcnn_sparse_dw_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                             const float *grads, size_t count, size_t stride, float *dw,
                             size_t begin, size_t end) {
  kernels->conv.sparse_finish(g, channel_stride(g), grads, count, stride, dw, begin, end);
  return g->out_channels * channel_stride(g);
}
