/* Convolution without im2col: in NHWC a patch row is one run of
 * kernel_width * in_channels floats, and neighbouring patches overlap, so a tile of two rows of
 * CONV_TILE outputs reads kernel_height + 1 short segments. Segments without a single non-zero (the
 * background of a drawing) are skipped, which changes no bit: sums start at +0 and adding a zero of
 * either sign to them does nothing. Included once per instruction set. */

#define DIRECT_ROWS ((size_t)2)

/* Measured to be faster than the matrix product as long as the weights of one vector of output
 * channels stay near. */
static int conv_direct_serves(const mcnn_conv_geometry *g) {
  return conv_tile_finishes(g) && mcnn_conv_patch_size(g) <= 1024;
}

/* Weights as [vector of output channels][kernel row][run][VF_LANES]. */
static size_t direct_run(const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_width * g->in_channels;
}

static size_t conv_direct_packed_floats(const mcnn_conv_geometry *g) {
  const size_t vectors = (g->out_channels + VF_LANES - 1) / VF_LANES;
  return vectors * mcnn_conv_patch_size(g) * VF_LANES;
}

static void conv_direct_pack(const mcnn_conv_geometry *g, const float *w, float *packed,
                             size_t begin, size_t end) {
  packed += begin * mcnn_conv_patch_size(g);
  for (size_t c = begin; c < end; c += VF_LANES) {
    const size_t n = lanes_left(g->out_channels, c);
    for (size_t tap = 0; tap < mcnn_conv_patch_size(g); ++tap, packed += VF_LANES) {
      vf_store(packed, vf_load_some(w + tap * g->out_channels + c, n));
    }
  }
}

/* What one segment of input adds to the tile's rows: to the first row through kernel row w0, to the
 * second through w1; which of them it reaches is known when compiled. */
VF_INLINE void add_segment(const float *x, size_t channels, size_t run, int first, const float *w0,
                           int second, const float *w1, vf *sums) {
  for (size_t k = 0; k < run; ++k) {
    VF_EACH (j, CONV_TILE) {
      const vf pixel = vf_set1(x[j * channels + k]);
      if (first) {
        sums[j] = vf_fma(pixel, vf_load(w0 + k * VF_LANES), sums[j]);
      }
      if (second) {
        sums[CONV_TILE + j] = vf_fma(pixel, vf_load(w1 + k * VF_LANES), sums[CONV_TILE + j]);
      }
    }
  }
}

/* One tile of one vector of output channels; filled[row * step] tells whether a row of the input
 * has anything in it under this tile. */
VF_INLINE void direct_tile(const mcnn_conv_geometry *g, size_t channels, size_t run,
                           const uint8_t *filled, size_t step, const float *w, const float *x,
                           vf *sums) {
  const size_t pitch = (size_t)g->in_width * channels;
  const size_t row_floats = run * VF_LANES;
  VF_EACH (i, DIRECT_ROWS * CONV_TILE) {
    sums[i] = vf_zero();
  }
  if (filled[0]) {
    add_segment(x, channels, run, 1, w, 0, w, sums);
  }
  for (size_t row = 1; row < g->kernel_height; ++row) {
    if (filled[row * step]) {
      const float *const w0 = w + row * row_floats;
      add_segment(x + row * pitch, channels, run, 1, w0, 1, w0 - row_floats, sums);
    }
  }
  if (filled[g->kernel_height * step]) {
    const float *const last = w + (g->kernel_height - 1) * row_floats;
    add_segment(x + g->kernel_height * pitch, channels, run, 0, last, 1, last, sums);
  }
}

static int any_of(const float *x, size_t length) {
  unsigned any = 0;
  for (size_t i = 0; i < length; i += VF_LANES) {
    any |= vf_nonzero_bits(vf_load_some(x + i, lanes_left(length, i)));
  }
  return any != 0;
}

/* filled[row][tile]: whether the segment of the framed image x under a tile of so many columns has
 * a non-zero. */
static void find_filled(const mcnn_conv_geometry *framed, size_t tiles, size_t columns,
                        const float *x, uint8_t *filled) {
  const size_t pitch = (size_t)framed->in_width * framed->in_channels;
  const size_t length = (columns - 1) * framed->in_channels + direct_run(framed);
  for (size_t row = 0; row < framed->in_height; ++row) {
    for (size_t tile = 0; tile < tiles; ++tile) {
      const float *segment = x + row * pitch + tile * columns * framed->in_channels;
      *filled++ = (uint8_t)(length <= VF_LANES ? vf_nonzero_bits(vf_load_n(segment, length)) != 0
                                               : any_of(segment, length));
    }
  }
}

static size_t direct_filled_floats(const mcnn_conv_geometry *framed) {
  return mcnn_align_floats((size_t)framed->in_height * framed->in_width / sizeof(float) + 1);
}

static size_t conv_direct_scratch_floats(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry frame = conv_frame(g, DIRECT_ROWS, CONV_TILE);
  const mcnn_conv_geometry framed = conv_without_padding(&frame);
  return direct_filled_floats(&framed) + conv_padded_floats(&frame, 1);
}

/* One framed image; channels and run are known when compiled where that pays. */
VF_INLINE void direct_image(const mcnn_conv_geometry *framed, size_t channels, size_t run,
                            const float *w, const float *x, const uint8_t *filled,
                            tile_output *out) {
  const mcnn_conv_geometry *g = out->g;
  const size_t tiles = conv_tiles(conv_used_columns(g), CONV_TILE);
  const size_t rows = conv_used_rows(g);
  for (out->row = 0; out->row < rows; out->row += DIRECT_ROWS) {
    for (size_t tile = 0; tile < tiles; ++tile) {
      out->column = tile * CONV_TILE;
      const float *from = x + (out->row * framed->in_width + out->column) * channels;
      for (size_t c = 0; c < g->out_channels; c += VF_LANES) {
        const size_t n = lanes_left(g->out_channels, c);
        vf sums[DIRECT_ROWS * CONV_TILE];
        direct_tile(framed, channels, run, filled + out->row * tiles + tile, tiles,
                    w + c * mcnn_conv_patch_size(g), from, sums);
        store_tile(out, DIRECT_ROWS, sums, c, n);
      }
    }
  }
}

typedef void (*direct_function)(const mcnn_conv_geometry *framed, const float *w, const float *x,
                                const uint8_t *filled, tile_output *out);

static void direct_image_5(const mcnn_conv_geometry *framed, const float *w, const float *x,
                           const uint8_t *filled, tile_output *out) {
  direct_image(framed, 1, 5, w, x, filled, out);
}

static void direct_image_any(const mcnn_conv_geometry *framed, const float *w, const float *x,
                             const uint8_t *filled, tile_output *out) {
  direct_image(framed, framed->in_channels, direct_run(framed), w, x, filled, out);
}

static direct_function direct_function_for(const mcnn_conv_geometry *g) {
  return g->in_channels == 1 && g->kernel_width == 5 ? direct_image_5 : direct_image_any;
}

static void conv_direct_forward(const mcnn_conv_geometry *g, const float *packed, const float *bias,
                                const float *x, size_t images, float *y, uint8_t *chosen,
                                float *scratch) {
  const mcnn_conv_geometry frame = conv_frame(g, DIRECT_ROWS, CONV_TILE);
  const mcnn_conv_geometry framed = conv_without_padding(&frame);
  const size_t tiles = conv_tiles(conv_used_columns(g), CONV_TILE);
  void *const bytes = scratch;
  uint8_t *const filled = bytes;
  float *const padded = scratch + direct_filled_floats(&framed);
  const direct_function compute = direct_function_for(g);
  for (size_t image = 0; image < images; ++image) {
    const float *from = conv_pad(&frame, x + image * mcnn_conv_in_size(g), 1, padded);
    tile_output out = tile_output_of(g, bias, image, y, chosen);
    find_filled(&framed, tiles, CONV_TILE, from, filled);
    compute(&framed, packed, from, filled, &out);
  }
}
