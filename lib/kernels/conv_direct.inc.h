/* The inner loops of the direct way (conv_direct.c). Included once per instruction set. */

/* What one segment of input adds to the tile's rows: to the first row through kernel row w0, to the
 * second through w1; which of them it reaches is known when compiled. */
VF_INLINE void add_segment(const float *x, size_t channels, size_t run, int first, const float *w0,
                           int second, const float *w1, vf *sums) {
  for (size_t k = 0; k < run; ++k) {
    VF_EACH (j, MCNN_CONV_TILE) {
      const vf pixel = vf_set1(x[j * channels + k]);
      if (first) {
        sums[j] = vf_fma(pixel, vf_load(w0 + k * VF_LANES), sums[j]);
      }
      if (second) {
        sums[MCNN_CONV_TILE + j] =
            vf_fma(pixel, vf_load(w1 + k * VF_LANES), sums[MCNN_CONV_TILE + j]);
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
  VF_EACH (i, MCNN_DIRECT_ROWS * MCNN_CONV_TILE) {
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

/* One framed image; channels and run are known when compiled where that pays. */
VF_INLINE void direct_image(const mcnn_conv_geometry *framed, size_t channels, size_t run,
                            const float *w, const float *x, const uint8_t *filled,
                            mcnn_tile_output *out) {
  const mcnn_conv_geometry *g = out->g;
  const size_t tiles = mcnn_conv_tiles(mcnn_conv_used_columns(g), MCNN_CONV_TILE);
  const size_t rows = mcnn_conv_used_rows(g);
  for (out->row = 0; out->row < rows; out->row += MCNN_DIRECT_ROWS) {
    for (size_t tile = 0; tile < tiles; ++tile) {
      out->column = tile * MCNN_CONV_TILE;
      const float *from = x + (out->row * framed->in_width + out->column) * channels;
      for (size_t c = 0; c < g->out_channels; c += VF_LANES) {
        const size_t n = lanes_left(g->out_channels, c);
        vf sums[MCNN_DIRECT_ROWS * MCNN_CONV_TILE];
        direct_tile(framed, channels, run, filled + out->row * tiles + tile, tiles,
                    w + c * mcnn_conv_patch_size(g), from, sums);
        store_tile(out, MCNN_DIRECT_ROWS, sums, c, n);
      }
    }
  }
}

static void direct_image_of(const mcnn_conv_geometry *framed, const float *w, const float *x,
                            const uint8_t *filled, mcnn_tile_output *out) {
  if (framed->in_channels == 1 && framed->kernel_width == 5) {
    direct_image(framed, 1, 5, w, x, filled, out);
  } else {
    direct_image(framed, framed->in_channels, (size_t)framed->kernel_width * framed->in_channels, w,
                 x, filled, out);
  }
}
