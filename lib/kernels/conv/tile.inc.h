/* Tiles of outputs, MCNN_CONV_TILE columns wide, that hold whole 2x2 pooling windows: bias, ReLU
 * and pooling happen while a tile's sums are in registers. Included once per instruction set. */

/* What finishing needs of the channels. */
typedef struct tile_finish {
  vf bias, least;
  size_t n;
} tile_finish;

VF_INLINE vf finish_value(const tile_finish *f, vf sum) {
  return vf_max(f->least, vf_add(sum, f->bias));
}

/* What is read of `out` is read before the loops, for all that is stored might belong to it. */

/* Without pooling: those of the sums that lie inside. Rows of sums are `pitch` apart. */
VF_INLINE void store_whole_tile(const mcnn_tile_output *out, size_t rows, const size_t pitch,
                                const vf *sums, size_t c, const tile_finish *f) {
  const size_t channels = out->g->out_channels, row = out->width * channels, n = f->n;
  const size_t height = mcnn_min(out->height - out->row, rows);
  const size_t width = mcnn_min(out->width - out->column, MCNN_CONV_TILE);
  float *y = out->y + out->row * row + out->column * channels + c;
  VF_LOOP (i, height) {
    float *to = y;
    VF_LOOP (j, width) {
      vf_store_some(to, finish_value(f, sums[j]), n);
      to += channels;
    }
    sums += pitch;
    y += row;
  }
}

/* One 2x2 window of the sums. */
VF_INLINE void store_window(const tile_finish *f, const size_t pitch, const vf *sums, float *y,
                            uint8_t *argmax) {
  vf best = sums[0];
  vf position = vf_zero();
  if (!argmax) { /* the same maximum: of two alike, or with a NaN, the second operand */
    best = vf_max(sums[1], best);
    best = vf_max(sums[pitch], best);
    best = vf_max(sums[pitch + 1], best);
    vf_store_some(y, finish_value(f, best), f->n);
    return;
  }
  vf_take_larger(&best, &position, sums[1], vf_set1(1.0f));
  vf_take_larger(&best, &position, sums[pitch], vf_set1(2.0f));
  vf_take_larger(&best, &position, sums[pitch + 1], vf_set1(3.0f));
  vf_store_some(y, finish_value(f, best), f->n);
  vf_store_u8_some(argmax, position, f->n);
}

/* With 2x2 pooling: those of the 2x2 windows that lie inside. */
VF_INLINE void store_pooled_tile(const mcnn_tile_output *out, size_t rows, const size_t pitch,
                                 const vf *sums, size_t c, const tile_finish *f) {
  const size_t channels = out->g->out_channels, width = out->width;
  const size_t row = out->row / 2, column = out->column / 2;
  const size_t height_left = out->height - row, width_left = width - column;
  size_t at = (row * width + column) * channels + c;
  float *const y = out->y;
  uint8_t *const argmax = out->argmax;
  const size_t height = rows / 2 < height_left ? rows / 2 : height_left;
  VF_LOOP (i, height) {
    VF_LOOP (j, MCNN_CONV_TILE / 2) {
      if (j < width_left) {
        store_window(f, pitch, sums + 2 * i * pitch + 2 * j, y + at + j * channels,
                     !argmax ? NULL : argmax + at + j * channels);
      }
    }
    at += width * channels;
  }
}

VF_INLINE void store_rows(const mcnn_tile_output *out, size_t rows, const size_t pitch,
                          const vf *sums, size_t c, size_t n) {
  const tile_finish f = {.bias = vf_load_some(out->bias + c, n),
                         .least =
                             vf_set1(out->g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY),
                         .n = n};
  if (out->g->pool_height == 2)
    store_pooled_tile(out, rows, pitch, sums, c, &f);
  else
    store_whole_tile(out, rows, pitch, sums, c, &f);
}

/* Kept out of line: one copy serves all algorithms, and the sums cost little to pass. */
#if VF_PIXELS
__attribute__((noinline)) static void store_tile_of(const mcnn_tile_output *out, size_t rows,
                                                    size_t pitch, const vf *sums, size_t c,
                                                    size_t n) {
  store_rows(out, rows, pitch, sums, c, n);
}

static void store_tile(const mcnn_tile_output *out, size_t rows, const vf *sums, size_t c,
                       size_t n) {
  store_tile_of(out, rows, MCNN_CONV_TILE, sums, c, n);
}
#else
__attribute__((noinline)) static void store_tile(const mcnn_tile_output *out, size_t rows,
                                                 const vf *sums, size_t c, size_t n) {
  store_rows(out, rows, MCNN_CONV_TILE, sums, c, n);
}
#endif
