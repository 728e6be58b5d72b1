/* Tiles of outputs, MCNN_CONV_TILE columns wide, that hold whole 2x2 pooling windows: bias, ReLU
 * and pooling happen while a tile's sums are in registers. Included once per instruction set. */

VF_INLINE vf finish_value(const mcnn_tile_output *out, vf sum, size_t c, size_t n) {
  const vf value = vf_add(sum, vf_load_some(out->bias + c, n));
  return out->g->relu ? vf_max(vf_zero(), value) : value;
}

/* Without pooling: those of the sums that lie inside. */
static void store_whole_tile(const mcnn_tile_output *out, size_t rows, const vf *sums, size_t c,
                             size_t n) {
  const size_t channels = out->g->out_channels;
  VF_LOOP (i, rows) {
    VF_LOOP (j, MCNN_CONV_TILE) {
      if (out->row + i >= out->height || out->column + j >= out->width) {
        continue;
      }
      const size_t at = ((out->row + i) * out->width + out->column + j) * channels + c;
      vf_store_some(out->y + at, finish_value(out, sums[i * MCNN_CONV_TILE + j], c, n), n);
    }
  }
}

/* One 2x2 window of the sums. */
VF_INLINE void store_window(const mcnn_tile_output *out, const vf *sums, size_t at, size_t c,
                            size_t n) {
  vf best = sums[0];
  vf position = vf_zero();
  vf_take_larger(&best, &position, sums[1], vf_set1(1.0f));
  vf_take_larger(&best, &position, sums[MCNN_CONV_TILE], vf_set1(2.0f));
  vf_take_larger(&best, &position, sums[MCNN_CONV_TILE + 1], vf_set1(3.0f));
  vf_store_some(out->y + at + c, finish_value(out, best, c, n), n);
  if (out->chosen != NULL) {
    vf_store_u8_some(out->chosen + at + c, position, n);
  }
}

/* With 2x2 pooling: those of the 2x2 windows that lie inside. */
static void store_pooled_tile(const mcnn_tile_output *out, size_t rows, const vf *sums, size_t c,
                              size_t n) {
  VF_LOOP (i, rows / 2) {
    VF_LOOP (j, MCNN_CONV_TILE / 2) {
      if (out->row / 2 + i >= out->height || out->column / 2 + j >= out->width) {
        continue;
      }
      const size_t at =
          ((out->row / 2 + i) * out->width + out->column / 2 + j) * out->g->out_channels;
      store_window(out, sums + 2 * i * MCNN_CONV_TILE + 2 * j, at, c, n);
    }
  }
}

/* Kept out of line: one copy serves all ways, and the sums cost little to hand over. */
__attribute__((noinline)) static void store_tile(const mcnn_tile_output *out, size_t rows,
                                                 const vf *sums, size_t c, size_t n) {
  if (out->g->pool_height == 2) {
    store_pooled_tile(out, rows, sums, c, n);
  } else {
    store_whole_tile(out, rows, sums, c, n);
  }
}
