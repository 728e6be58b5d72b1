/* Convolution without im2col: in NHWC a patch row is one run of kernel_width * in_channels floats,
 * and neighbouring patches overlap, so a tile of two rows of outputs reads kernel_height + 1 short
 * segments. Segments without a single non-zero (the background of a drawing) are skipped, which
 * changes no bit: sums start at +0 and adding a zero of either sign to them does nothing. */
#include "kernels/conv/algorithms.h"
#include "kernels/conv/frame.h"

#include <string.h>

int mcnn_conv_tile_finishes(const mcnn_conv_geometry *g) {
  return g->pool_height == g->pool_width && g->pool_height <= 2;
}

mcnn_tile_output mcnn_tile_output_of(const mcnn_conv_geometry *g, const float *bias, size_t image,
                                     float *y, uint8_t *argmax) {
  const size_t at = image * mcnn_conv_pooled_size(g);
  const mcnn_tile_output out = {.g = g,
                                .height = mcnn_conv_pooled_height(g),
                                .width = mcnn_conv_pooled_width(g),
                                .bias = bias,
                                .y = y + at,
                                .argmax = !argmax ? NULL : argmax + at};
  return out;
}

/* Measured to be faster than the matrix product as long as the weights of one vector of output
 * channels stay near. That bounds what is packed for few output channels, too. */
int mcnn_direct_supports(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_plain(g) && mcnn_conv_tile_finishes(g) && mcnn_conv_patch_size(g) <= 1024;
}

/* Rows of a kernel as the inner loops take them. */
static size_t packed_rows(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  size_t rows = 0;
  if (kernels->conv.direct_pixels)
    return g->kernel_height;
  while (rows < g->kernel_height)
    rows += mcnn_direct_rows(g->kernel_height - rows);
  return rows;
}

static size_t packed_vector(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return packed_rows(kernels, g) * g->kernel_width * g->in_channels * kernels->lanes;
}

/* Weights as [vector of output channels][kernel row][run][lanes], zeros where there is no channel
 * and in rows that the kernel lacks. */
size_t mcnn_direct_packed_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return mcnn_ceil_div(g->out_channels, kernels->lanes) * packed_vector(kernels, g);
}

void mcnn_direct_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                      float *packed) {
  const size_t lanes = kernels->lanes;
  const size_t patch = mcnn_conv_patch_size(g), vector = packed_vector(kernels, g);
  memset(packed, 0, mcnn_direct_packed_floats(kernels, g) * sizeof *packed);
  for (size_t c = 0; c < g->out_channels; c += lanes, packed += vector) {
    const size_t left = g->out_channels - c;
    const size_t bytes = (left < lanes ? left : lanes) * sizeof *w;
    for (size_t tap = 0; tap < patch; ++tap)
      memcpy(packed + tap * lanes, w + tap * g->out_channels + c, bytes);
  }
}

size_t mcnn_direct_flags_floats(const mcnn_conv_geometry *framed) {
  return mcnn_round_up_cache_line((size_t)framed->in_height * framed->in_width / sizeof(float) + 1);
}

int mcnn_direct_goes_by_pixels(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  return kernels->conv.direct_pixels && g->in_channels == 1 &&
         g->kernel_height == MCNN_PIXEL_KERNEL && g->kernel_width == MCNN_PIXEL_KERNEL;
}

static size_t pixel_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *framed) {
  if (!mcnn_direct_goes_by_pixels(kernels, framed))
    return 0;
  return (framed->in_height + MCNN_PIXEL_KERNEL - 1) * (framed->in_width + MCNN_PIXEL_KERNEL - 1) *
             (kernels->lanes + 2) +
         mcnn_round_up_cache_line(framed->out_channels);
}

/* Scratch: the flags, a framed image, what goes pixel by pixel. */
size_t mcnn_direct_scratch_floats(const mcnn_kernels *kernels, const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry frame = mcnn_conv_frame(g, MCNN_DIRECT_ROWS, MCNN_CONV_TILE);
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(&frame);
  return mcnn_direct_flags_floats(&framed) + mcnn_conv_padded_floats(&frame, 1) +
         pixel_floats(kernels, &framed);
}

/* One framed image x. */
static void direct_image(const mcnn_kernels *kernels, const mcnn_conv_geometry *framed,
                         const float *packed, const float *x, const uint8_t *nonzero,
                         const mcnn_tile_output *out) {
  const mcnn_conv_geometry *g = out->g;
  const size_t tiles = mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  const size_t rows = mcnn_ceil_div(mcnn_conv_used_rows(g), MCNN_DIRECT_ROWS) * MCNN_DIRECT_ROWS;
  const size_t vector = packed_vector(kernels, g);
  for (size_t tile = 0; tile < tiles; ++tile) {
    const size_t column = tile * MCNN_CONV_TILE;
    const float *w = packed;
    for (size_t c = 0; c < g->out_channels; c += kernels->lanes, w += vector) {
      kernels->conv.direct_columns(framed, nonzero + tile, tiles, w, x + column * g->in_channels,
                                   out, column, rows, c);
    }
  }
}

void mcnn_direct_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                         const float *packed, const float *bias, const float *x, size_t images,
                         float *y, uint8_t *argmax, float *scratch) {
  const mcnn_conv_geometry frame = mcnn_conv_frame(g, MCNN_DIRECT_ROWS, MCNN_CONV_TILE);
  const mcnn_conv_geometry framed = mcnn_conv_without_padding(&frame);
  const size_t tiles = mcnn_ceil_div(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  void *const flags = scratch;
  uint8_t *const nonzero = flags;
  float *const padded = scratch + mcnn_direct_flags_floats(&framed);
  float *const pixels = padded + mcnn_conv_padded_floats(&frame, 1);
  for (size_t image = 0; image < images; ++image) {
    const float *from = mcnn_conv_pad(&frame, x + image * mcnn_conv_in_size(g), 1, padded);
    const mcnn_tile_output out = mcnn_tile_output_of(g, bias, image, y, argmax);
    if (mcnn_direct_goes_by_pixels(kernels, g) &&
        kernels->conv.direct_pixels(&framed, packed, from, &out, pixels))
      continue;
    kernels->conv.mark_nonzero_segments(&framed, tiles, MCNN_CONV_TILE, from, nonzero);
    memset(nonzero + framed.in_height * tiles, 0,
           (packed_rows(kernels, g) - g->kernel_height) * tiles);
    direct_image(kernels, &framed, packed, from, nonzero, &out);
  }
}
