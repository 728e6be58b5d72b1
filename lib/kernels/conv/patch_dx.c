/* The gradient of the input from active outputs, without pooling, at any stride: what an output
 * adds to the patch under it is its gradient times its filter. The patch of a position is summed
 * up over the channels that are active there, a part of a row of the kernel at a time, whose
 * filters stay in the first-level cache for all positions, and added to dx. */
#include "kernels/conv/algorithms.h"
#include "kernels/elementwise/transpose.h"

#include <string.h>

/* A row of a filter, to whole vectors. */
static size_t row_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const size_t run = (size_t)g->kernel_width * g->in_channels;
  return mcnn_ceil_div(run, kernels->lanes) * kernels->lanes;
}

/* Filters as [row][output channel][row_floats()]. */
size_t mcnn_patch_dx_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_height * g->out_channels * row_floats(kernels, g);
}

void mcnn_patch_dx_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                        float *packed) {
  const size_t run = (size_t)g->kernel_width * g->in_channels, row = row_floats(kernels, g);
  if (run < row)
    memset(packed, 0, mcnn_patch_dx_packed_floats(kernels, g) * sizeof *packed);
  for (size_t i = 0; i < g->kernel_height; i++) {
    mcnn_transpose(run, g->out_channels, w, g->out_channels, packed, row);
    w += run * g->out_channels;
    packed += g->out_channels * row;
  }
}

/* Scratch: the entries of all positions of an image, then how many each has. */
static size_t entries_floats(const mcnn_conv_geometry *g) {
  return mcnn_round_up_cache_line(mcnn_conv_out_size(g) * sizeof(mcnn_sparse_grad) / sizeof(float));
}

size_t mcnn_patch_dx_scratch_floats(const mcnn_conv_geometry *g) {
  return entries_floats(g) + mcnn_round_up_cache_line(mcnn_conv_positions(g));
}

/* dx += what one block of the filters gives at all positions. */
static void add_patches(const mcnn_conv_geometry *g, const mcnn_block_kernel *kernel,
                        const mcnn_patch_block *block, const mcnn_sparse_grad *entries,
                        const uint32_t *counts, const float *filters, float *dx) {
  const size_t pitch = (size_t)g->stride_height * g->in_width * g->in_channels;
  const size_t step = (size_t)g->stride_width * g->in_channels;
  for (size_t i = 0; i < g->out_height; i++, dx += pitch)
    for (size_t j = 0; j < g->out_width; j++, entries += g->out_channels)
      kernel->accumulate(block, entries, *counts++, filters, dx + j * step);
}

/* The widest of one row. */
static const mcnn_block_kernel *row_kernel(const mcnn_block_kernel *kernel, size_t vectors) {
  while (kernel->rows != 1 || kernel->vectors > vectors)
    ++kernel;
  return kernel;
}

void mcnn_patch_dx(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *packed,
                   mcnn_grad_source source, float *dx, float *scratch) {
  const size_t run = (size_t)g->kernel_width * g->in_channels, lanes = kernels->lanes;
  const size_t row = row_floats(kernels, g);
  void *const listed = scratch;
  void *const counted = scratch + entries_floats(g);
  mcnn_sparse_grad *const entries = listed;
  uint32_t *const counts = counted;
  for (size_t i = 0; i < mcnn_conv_positions(g); i++) {
    const size_t at = i * g->out_channels;
    counts[i] =
        (uint32_t)kernels->conv.list_outputs(g, source.y + at, source.dy + at, row, entries + at);
  }
  memset(dx, 0, mcnn_conv_in_size(g) * sizeof *dx);
  for (size_t i = 0; i < g->kernel_height; i++) {
    float *const to = dx + i * g->in_width * g->in_channels;
    const float *const filters = packed + i * g->out_channels * row;
    for (size_t c = 0; c < run;) {
      const mcnn_block_kernel *kernel =
          row_kernel(kernels->conv.blocks, mcnn_ceil_div(run - c, lanes));
      const size_t end = c + kernel->vectors * lanes;
      const mcnn_patch_block block = {
          .rows = 1, .vectors = kernel->vectors, .last = end <= run ? lanes : run + lanes - end};
      add_patches(g, kernel, &block, entries, counts, filters + c, to + c);
      c = end;
    }
  }
}
