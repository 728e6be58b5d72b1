#include "kernels/conv/im2col.h"

#include "kernels/conv/shape.h"

#include <string.h>

/* A kernel row is read in pieces that lie together in the image: all of it, or where dilation
 * leaves gaps, the channels of one tap. */
typedef struct pieces {
  size_t count;    /* of a kernel row */
  size_t columns;  /* of one piece */
  size_t distance; /* columns from piece to piece */
} pieces;

static pieces pieces_of(const mcnn_conv_geometry *g) {
  const pieces whole = {1, g->kernel_width, 0}, taps = {g->kernel_width, 1, g->dilation_width};
  return g->dilation_width == 1 ? whole : taps;
}

/* The part of one piece that lies inside the image, in floats. */
typedef struct patch_run {
  size_t before; /* zeros in front of it */
  size_t length;
  size_t start; /* in the image row */
} patch_run;

/* The `columns` columns from `column` on, of the image with its padding. Behind its end the first
 * difference wraps around, which leaves zeros alone. */
static patch_run run_of_columns(const mcnn_conv_geometry *g, size_t column, size_t columns) {
  const size_t channels = g->in_channels;
  const size_t padded_end = (size_t)g->pad_left + g->in_width;
  const size_t first = mcnn_min(mcnn_max(column, g->pad_left), padded_end);
  const size_t end = mcnn_max(first, mcnn_min(column + columns, padded_end));
  const patch_run run = {.before = mcnn_min(first - column, columns) * channels,
                         .length = (end - first) * channels,
                         .start = (first - g->pad_left) * channels};
  return run;
}

/* 1 and the image row under kernel row `kh` of output row `row`, or 0 in the padding. */
static int image_row(const mcnn_conv_geometry *g, size_t row, size_t kh, size_t *result) {
  const size_t padded = row * g->stride_height + kh * g->dilation_height;
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

/* One kernel row of the patch at an output column. */
static void copy_kernel_row(const mcnn_conv_geometry *g, const pieces *p, size_t column,
                            const float *image_row_start, float *cols) {
  const size_t width = p->columns * g->in_channels;
  for (size_t i = 0; i < p->count; ++i, cols += width) {
    const patch_run run = run_of_columns(g, column * g->stride_width + i * p->distance, p->columns);
    copy_run(&run, width, image_row_start, cols);
  }
}

static void add_kernel_row(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                           const pieces *p, size_t column, const float *cols,
                           float *image_row_start) {
  const size_t width = p->columns * g->in_channels;
  for (size_t i = 0; i < p->count; ++i, cols += width) {
    const patch_run run = run_of_columns(g, column * g->stride_width + i * p->distance, p->columns);
    kernels->add(run.length, cols + run.before, image_row_start + run.start);
  }
}

void mcnn_im2col(const mcnn_conv_geometry *g, const mcnn_conv_region *region, size_t first,
                 size_t count, const float *x, float *cols) {
  const pieces p = pieces_of(g);
  const size_t width = (size_t)g->kernel_width * g->in_channels;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  size_t row = region->row + first / region->width;
  size_t column = region->column + first % region->width;
  for (size_t i = 0; i < count; ++i, next_position(region, &row, &column)) {
    for (size_t kh = 0; kh < g->kernel_height; ++kh, cols += width) {
      size_t source;
      if (image_row(g, row, kh, &source))
        copy_kernel_row(g, &p, column, x + source * pitch, cols);
      else
        memset(cols, 0, width * sizeof *cols);
    }
  }
}

void mcnn_col2im(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                 const mcnn_conv_region *region, size_t first, size_t count, const float *cols,
                 float *dx) {
  const pieces p = pieces_of(g);
  const size_t width = (size_t)g->kernel_width * g->in_channels;
  const size_t pitch = (size_t)g->in_width * g->in_channels;
  size_t row = region->row + first / region->width;
  size_t column = region->column + first % region->width;
  for (size_t i = 0; i < count; ++i, next_position(region, &row, &column)) {
    for (size_t kh = 0; kh < g->kernel_height; ++kh, cols += width) {
      size_t target;
      if (image_row(g, row, kh, &target))
        add_kernel_row(kernels, g, &p, column, cols, dx + target * pitch);
    }
  }
}
