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

/* One tile of one vector of output channels; what is known of the shape when compiled is where it
 * pays: one channel and a row of five. */
static void direct_tile_of(const mcnn_conv_geometry *framed, const uint8_t *filled, size_t step,
                           const float *w, const float *x, const mcnn_tile_output *out, size_t c) {
  vf sums[MCNN_DIRECT_ROWS * MCNN_CONV_TILE];
  if (framed->in_channels == 1 && framed->kernel_width == 5) {
    direct_tile(framed, 1, 5, filled, step, w, x, sums);
  } else {
    direct_tile(framed, framed->in_channels, (size_t)framed->kernel_width * framed->in_channels,
                filled, step, w, x, sums);
  }
  store_tile(out, MCNN_DIRECT_ROWS, sums, c, lanes_left(out->g->out_channels, c));
}
