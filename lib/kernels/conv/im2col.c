#include "kernels/conv/im2col.h"

#include "kernels/conv/shape.h"

#include <string.h>

/* The part of one patch row that lies inside the image, in floats. */
typedef struct patch_run {
  size_t before; /* zeros in front of it */
  size_t length;
  size_t start; /* in the image row */
} patch_run;

static patch_run run_of_column(const mcnn_conv_geometry *g, size_t column) {
  const size_t channels = g->in_channels;
  const size_t first = mcnn_max(column, g->pad_left);
  const size_t padded_end = (size_t)g->pad_left + g->in_width;
  const size_t end = mcnn_max(first, mcnn_min(column + g->kernel_width, padded_end));
  const patch_run run = {.before = mcnn_min(first - column, g->kernel_width) * channels,
                         .length = (end - first) * channels,
                         .start = (first - g->pad_left) * channels};
  return run;
}

/* 1 and the image row under kernel row `kh` of output row `row`, or 0 in the padding. */
static int image_row(const mcnn_conv_geometry *g, size_t row, size_t kh, size_t *result) {
  const size_t padded = row + kh;
  *result = padded - g->pad_top;
  return padded >= g->pad_top && *result < g->in_height;
}

static void copy_run(const patch_run *run, size_t width, const float *image_row_start, float *out) {
  const size_t nonzero = run->before + run->length;
  memset(out, 0, run->before * sizeof *out);
  memcpy(out + run->before, image_row_start + run->start, run->length * sizeof *out);
  memset(out + nonzero, 0, (width - nonzero) * sizeof *out);
}

/* One position further, row by row. */
static void next_position(const mcnn_conv_region *region, size_t *row, size_t *column) {
  if (++*column == region->column + region->width) {
    *column = region->column;
    ++*row;
  }
}

void mcnn_im2col(const mcnn_conv_geometry *g, const mcnn_conv_region *region, size_t first,
                 size_t count, const float *x, float *cols) {
  const size_t width = (size_t)g->kernel_width * g->in_channels;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  size_t row = region->row + first / region->width;
  size_t column = region->column + first % region->width;
  for (size_t i = 0; i < count; ++i, next_position(region, &row, &column)) {
    const patch_run run = run_of_column(g, column);
    for (size_t kh = 0; kh < g->kernel_height; ++kh, cols += width) {
      size_t source;
      if (image_row(g, row, kh, &source))
        copy_run(&run, width, x + source * pitch, cols);
      else
        memset(cols, 0, width * sizeof *cols);
    }
  }
}

void mcnn_col2im(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                 const mcnn_conv_region *region, size_t first, size_t count, const float *cols,
                 float *dx) {
  const size_t width = (size_t)g->kernel_width * g->in_channels;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  size_t row = region->row + first / region->width;
  size_t column = region->column + first % region->width;
  for (size_t i = 0; i < count; ++i, next_position(region, &row, &column)) {
    const patch_run run = run_of_column(g, column);
    for (size_t kh = 0; kh < g->kernel_height; ++kh, cols += width) {
      size_t target;
      if (image_row(g, row, kh, &target))
        kernels->add(run.length, cols + run.before, dx + target * pitch + run.start);
    }
  }
}
