#include "kernels/conv/frame.h"

#include <string.h>

mcnn_conv_geometry mcnn_conv_without_padding(const mcnn_conv_geometry *g) {
  mcnn_conv_geometry inner = *g;
  inner.in_height += g->pad_top + g->pad_bottom;
  inner.in_width += g->pad_left + g->pad_right;
  inner.pad_top = inner.pad_left = inner.pad_bottom = inner.pad_right = 0;
  return inner;
}

/* What padding after an image makes `wanted` outputs of it. */
static uint32_t padding_after(size_t wanted, size_t kernel, size_t stride, size_t has) {
  const size_t needed = wanted * stride + kernel - stride;
  return needed > has ? (uint32_t)(needed - has) : 0;
}

mcnn_conv_geometry mcnn_conv_frame(const mcnn_conv_geometry *g, size_t rows, size_t columns) {
  mcnn_conv_geometry framed = *g;
  framed.pad_bottom =
      padding_after(mcnn_ceil_div(mcnn_conv_used_rows(g), rows) * rows, g->kernel_height,
                    g->stride_height, (size_t)g->pad_top + g->in_height);
  framed.pad_right =
      padding_after(mcnn_ceil_div(mcnn_conv_used_columns(g), columns) * columns, g->kernel_width,
                    g->stride_width, (size_t)g->pad_left + g->in_width);
  return framed;
}

size_t mcnn_conv_padded_floats(const mcnn_conv_geometry *g, size_t images) {
  const mcnn_conv_geometry inner = mcnn_conv_without_padding(g);
  return mcnn_conv_is_padded(g) ? mcnn_round_up_cache_line(images * mcnn_conv_in_size(&inner)) : 0;
}

/* Where the image begins within its border. */
static size_t corner_of(const mcnn_conv_geometry *g, size_t pitch) {
  return g->pad_top * pitch + (size_t)g->pad_left * g->in_channels;
}

const float *mcnn_conv_pad(const mcnn_conv_geometry *g, const float *x, size_t images,
                           float *padded) {
  if (!mcnn_conv_is_padded(g))
    return x;
  const mcnn_conv_geometry inner = mcnn_conv_without_padding(g);
  const size_t row_size = (size_t)g->in_width * g->in_channels;
  const size_t pitch = (size_t)inner.in_width * g->in_channels;
  const size_t size = mcnn_conv_in_size(&inner), corner = corner_of(g, pitch);
  const size_t end = corner + g->in_height * pitch - (pitch - row_size); /* of the last row */
  for (size_t image = 0; image < images; ++image) {
    float *to = padded + image * size;
    memset(to, 0, corner * sizeof *to);
    memset(to + end, 0, (size - end) * sizeof *to);
    to += corner;
    for (size_t row = 0; row < g->in_height; ++row, x += row_size, to += pitch) {
      if (row > 0) /* between the rows */
        memset(to - (pitch - row_size), 0, (pitch - row_size) * sizeof *to);
      memcpy(to, x, row_size * sizeof *to);
    }
  }
  return padded;
}

void mcnn_conv_crop(const mcnn_conv_geometry *g, const float *padded, float *dx) {
  const mcnn_conv_geometry inner = mcnn_conv_without_padding(g);
  const size_t row_size = (size_t)g->in_width * g->in_channels;
  const size_t pitch = (size_t)inner.in_width * g->in_channels;
  padded += corner_of(g, pitch);
  for (size_t row = 0; row < g->in_height; ++row, dx += row_size, padded += pitch)
    memcpy(dx, padded, row_size * sizeof *dx);
}
