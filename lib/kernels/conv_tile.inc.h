/* Tiles of outputs, CONV_TILE columns wide, that hold whole 2x2 pooling windows: bias, ReLU and
 * pooling happen while a tile's sums are in registers. Included once per instruction set. */

#define CONV_TILE ((size_t)4)

/* A loop of a constant count that stays a loop: what it indexes is in memory anyway, and unrolled
 * the transforms and the stores would be most of the library. */
#if defined(__clang__)
#define CONV_EACH(i, count)                                                                        \
  _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < (count); i++)
#else
#define CONV_EACH(i, count) _Pragma("GCC unroll 1") for (size_t i = 0; i < (count); i++)
#endif

/* Only rows and columns that end up in the output are computed. */
static size_t conv_used_rows(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_height(g) * g->pool_height;
}

static size_t conv_used_columns(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_width(g) * g->pool_width;
}

static size_t conv_tiles(size_t outputs, size_t size) {
  return (outputs + size - 1) / size;
}

/* 1 where store_tile() can finish the block. */
static int conv_tile_finishes(const mcnn_conv_geometry *g) {
  return g->pool_height == g->pool_width && g->pool_height <= 2;
}

/* With as much padding at the bottom and at the right as whole tiles of rows x columns need. */
static mcnn_conv_geometry conv_frame(const mcnn_conv_geometry *g, size_t rows, size_t columns) {
  mcnn_conv_geometry framed = *g;
  const size_t height = conv_tiles(conv_used_rows(g), rows) * rows + g->kernel_height - 1;
  const size_t width = conv_tiles(conv_used_columns(g), columns) * columns + g->kernel_width - 1;
  const size_t has_height = (size_t)g->pad_top + g->in_height;
  const size_t has_width = (size_t)g->pad_left + g->in_width;
  framed.pad_bottom = height > has_height ? (uint32_t)(height - has_height) : 0;
  framed.pad_right = width > has_width ? (uint32_t)(width - has_width) : 0;
  return framed;
}

/* Where a tile's outputs go. */
typedef struct tile_output {
  const mcnn_conv_geometry *g;
  size_t height, width; /* of the output, after pooling */
  const float *bias;
  size_t row, column; /* of the convolution */
  float *y;           /* of the image */
  uint8_t *chosen;
} tile_output;

static tile_output tile_output_of(const mcnn_conv_geometry *g, const float *bias, size_t image,
                                  float *y, uint8_t *chosen) {
  const size_t at = image * mcnn_conv_pooled_size(g);
  const tile_output out = {.g = g,
                           .height = mcnn_conv_pooled_height(g),
                           .width = mcnn_conv_pooled_width(g),
                           .bias = bias,
                           .y = y + at,
                           .chosen = chosen == NULL ? NULL : chosen + at};
  return out;
}

VF_INLINE vf finish_value(const tile_output *out, vf sum, size_t c, size_t n) {
  const vf value = vf_add(sum, vf_load_some(out->bias + c, n));
  return out->g->relu ? vf_max(vf_zero(), value) : value;
}

/* Without pooling: those of the sums that lie inside. */
static void store_whole_tile(const tile_output *out, size_t rows, const vf *sums, size_t c,
                             size_t n) {
  const size_t channels = out->g->out_channels;
  CONV_EACH(i, rows) {
    CONV_EACH(j, CONV_TILE) {
      if (out->row + i >= out->height || out->column + j >= out->width) {
        continue;
      }
      const size_t at = ((out->row + i) * out->width + out->column + j) * channels + c;
      vf_store_some(out->y + at, finish_value(out, sums[i * CONV_TILE + j], c, n), n);
    }
  }
}

/* One 2x2 window of the sums. */
VF_INLINE void store_window(const tile_output *out, const vf *sums, size_t at, size_t c, size_t n) {
  vf best = sums[0];
  vf position = vf_zero();
  vf_take_larger(&best, &position, sums[1], vf_set1(1.0f));
  vf_take_larger(&best, &position, sums[CONV_TILE], vf_set1(2.0f));
  vf_take_larger(&best, &position, sums[CONV_TILE + 1], vf_set1(3.0f));
  vf_store_some(out->y + at + c, finish_value(out, best, c, n), n);
  if (out->chosen != NULL) {
    vf_store_u8_some(out->chosen + at + c, position, n);
  }
}

/* With 2x2 pooling: those of the 2x2 windows that lie inside. */
static void store_pooled_tile(const tile_output *out, size_t rows, const vf *sums, size_t c,
                              size_t n) {
  CONV_EACH(i, rows / 2) {
    CONV_EACH(j, CONV_TILE / 2) {
      if (out->row / 2 + i >= out->height || out->column / 2 + j >= out->width) {
        continue;
      }
      const size_t at =
          ((out->row / 2 + i) * out->width + out->column / 2 + j) * out->g->out_channels;
      store_window(out, sums + 2 * i * CONV_TILE + 2 * j, at, c, n);
    }
  }
}

/* Kept out of line: one copy serves all ways, and the sums cost little to hand over. */
__attribute__((noinline)) static void store_tile(const tile_output *out, size_t rows,
                                                 const vf *sums, size_t c, size_t n) {
  if (out->g->pool_height == 2) {
    store_pooled_tile(out, rows, sums, c, n);
  } else {
    store_whole_tile(out, rows, sums, c, n);
  }
}
