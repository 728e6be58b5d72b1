/* The inner loops of direct convolution (direct.c). Included once per instruction set. */

/* What one segment of input adds to the tile's rows: to the first row through kernel row w0, to the
 * second through w1; which of them it reaches is known when compiled. */
VF_INLINE void add_segment(const float *x, size_t channels, size_t run, int first, const float *w0,
                           int second, const float *w1, vf *sums) {
  for (size_t k = 0; k < run; ++k) {
    VF_EACH (j, MCNN_CONV_TILE) {
      const vf_factor pixel = vf_load_factor(x + j * channels + k);
      if (first)
        sums[j] = vf_fma_factor(pixel, vf_load(w0 + k * VF_LANES), sums[j]);
      if (second) {
        sums[MCNN_CONV_TILE + j] =
            vf_fma_factor(pixel, vf_load(w1 + k * VF_LANES), sums[MCNN_CONV_TILE + j]);
      }
    }
  }
}

/* One tile of one vector of output channels; nonzero[row * step] tells whether a row of the input
 * has a non-zero under this tile. */
VF_INLINE void direct_tile(const mcnn_conv_geometry *g, const uint8_t *nonzero, size_t step,
                           const float *w, const float *x, vf *done) {
  const size_t channels = g->in_channels, run = g->kernel_width * channels;
  const size_t pitch = g->in_width * channels;
  const size_t row_floats = run * VF_LANES;
  vf sums[MCNN_DIRECT_ROWS * MCNN_CONV_TILE];
  VF_EACH (i, MCNN_DIRECT_ROWS * MCNN_CONV_TILE)
    sums[i] = vf_zero();
  if (nonzero[0])
    add_segment(x, channels, run, 1, w, 0, w, sums);
  for (size_t row = 1; row < g->kernel_height; ++row) {
    if (nonzero[row * step]) {
      const float *const w0 = w + row * row_floats;
      add_segment(x + row * pitch, channels, run, 1, w0, 1, w0 - row_floats, sums);
    }
  }
  if (nonzero[g->kernel_height * step]) {
    const float *const last = w + (g->kernel_height - 1) * row_floats;
    add_segment(x + g->kernel_height * pitch, channels, run, 0, last, 1, last, sums);
  }
  VF_EACH (i, MCNN_DIRECT_ROWS * MCNN_CONV_TILE)
    done[i] = sums[i];
}

#if VF_PIXELS

/* --- one channel, 5x5, pixel by pixel -----------------------------------------------------------
 * Four fifths of a drawing are background, of one value: what that gives at all taps is added to
 * the bias, and every other pixel adds what it differs by to the 25 sums that it reaches, which are
 * in the first-level cache. */

#define PIXEL_KERNEL MCNN_PIXEL_KERNEL
#define PIXEL_TAPS   (PIXEL_KERNEL * PIXEL_KERNEL)

/* What a pixel differs by, and the first of the sums that it reaches. */
typedef struct other_pixel {
  float difference;
  uint32_t sum;
} other_pixel;

static size_t list_pixels(const mcnn_conv_geometry *framed, size_t pitch, const float *x,
                          float background, other_pixel *list) {
  const size_t width = framed->in_width;
  size_t count = 0;
  for (size_t row = 0; row < framed->in_height; ++row) {
    for (size_t column = 0; column < width; ++column) {
      const float difference = *x++ - background;
      list[count] = (other_pixel){difference, (uint32_t)(row * pitch + column)};
      count += !(difference == 0);
    }
  }
  return count;
}

static void add_pixels(const other_pixel *list, size_t count, size_t pitch, const float *w,
                       vf *sums) {
  for (; count > 0; --count, ++list) {
    const vf_factor difference = vf_load_factor(&list->difference);
    vf *to = sums + list->sum;
    VF_EACH (i, PIXEL_KERNEL) {
      VF_EACH (j, PIXEL_KERNEL) { /* the last tap reaches the first sum */
        const size_t tap = PIXEL_TAPS - 1 - i * PIXEL_KERNEL - j;
        to[j] = vf_fma_factor(difference, vf_load(w + tap * VF_LANES), to[j]);
      }
      to += pitch;
    }
  }
}

static vf sum_of_taps(const float *w) {
  vf sum = vf_zero();
  VF_LOOP (tap, PIXEL_TAPS)
    sum = vf_add(sum, vf_load(w + tap * VF_LANES));
  return sum;
}

/* Sums are in a frame of a kernel less one around the image, where those go that are no outputs. */
static int direct_pixels(const mcnn_conv_geometry *framed, const float *w, const float *x,
                         const mcnn_tile_output *out, float *scratch) {
  const mcnn_conv_geometry *g = out->g;
  const float background = x[0];
  const size_t rows = mcnn_conv_used_rows(g), columns = mcnn_conv_used_columns(g);
  const size_t pitch = framed->in_width + PIXEL_KERNEL - 1;
  const size_t size = (framed->in_height + PIXEL_KERNEL - 1) * pitch;
  float *const bias = scratch + size * VF_LANES;
  void *const for_sums = scratch;
  void *const for_list = bias + mcnn_round_up_cache_line(g->out_channels);
  vf *const sums = for_sums, *const first = sums + (PIXEL_KERNEL - 1) * (pitch + 1);
  other_pixel *const list = for_list;
  mcnn_tile_output tile = *out;
  tile.bias = bias;
  const size_t count = list_pixels(framed, pitch, x, background, list);
  if (4 * count > 3 * (size_t)framed->in_height * framed->in_width)
    return 0;
  for (size_t c = 0; c < g->out_channels; c += VF_LANES, w += PIXEL_TAPS * VF_LANES) {
    const size_t lanes = lanes_left(g->out_channels, c);
    vf_store(bias + c,
             vf_fma(vf_set1(background), sum_of_taps(w), vf_load_some(out->bias + c, lanes)));
    memset(sums, 0, size * sizeof *sums);
    add_pixels(list, count, pitch, w, sums);
    for (tile.column = 0; tile.column < columns; tile.column += MCNN_CONV_TILE)
      store_tile_of(&tile, rows, pitch, first + tile.column, c, lanes);
  }
  return 1;
}

#else

/* --- one channel, 5x5 ------------------------------------------------------------------------
 * A few columns are processed one input row at a time: the sums of the five rows of outputs that it
 * reaches are in registers, then they move up by one. So one branch asks about each segment, not
 * one for every tile that reads it, and in a drawing it is seldom mispredicted. The sums are those
 * of the tiles, to the last bit. */

#define STREAM_KERNEL ((size_t)5)
#define STREAM_ROWS   ((size_t)32) /* of outputs at a time; even, for windows */
/* Columns whose sums fit into registers together. */
#if VF_LANES == 8
#define STREAM_COLUMNS ((size_t)2)
#else
#define STREAM_COLUMNS MCNN_CONV_TILE
#endif
#define STREAM_SUMS (STREAM_KERNEL * STREAM_COLUMNS)

/* What the five pixels of STREAM_COLUMNS patches add: the first row of sums sees them through the
 * last row of the kernel. */
VF_INLINE void stream_segment(const float *x, const float *w, vf *sums) {
  VF_EACH (k, STREAM_KERNEL) {
    vf_factor pixels[STREAM_COLUMNS];
    VF_EACH (j, STREAM_COLUMNS)
      pixels[j] = vf_load_factor(x + k + j);
    VF_EACH (i, STREAM_KERNEL) {
      const size_t tap = (STREAM_KERNEL - 1 - i) * STREAM_KERNEL + k;
      const vf weight = vf_in_register(vf_load(w + tap * VF_LANES));
      VF_EACH (j, STREAM_COLUMNS)
        sums[i * STREAM_COLUMNS + j] =
            vf_fma_factor(pixels[j], weight, sums[i * STREAM_COLUMNS + j]);
    }
  }
}

/* `rows` rows of the input. Each ends a row of outputs, whose sums go to done[row][MCNN_CONV_TILE];
 * those of the first STREAM_KERNEL - 1 lack rows above and are of no use. */
static void stream_columns(size_t pitch, size_t rows, const uint8_t *nonzero, size_t step,
                           const float *w, const float *x, vf *done) {
  vf sums[STREAM_SUMS];
  VF_EACH (i, STREAM_SUMS)
    sums[i] = vf_zero();
  for (size_t row = 0; row < rows; ++row, x += pitch, nonzero += step, done += MCNN_CONV_TILE) {
    if (*nonzero)
      stream_segment(x, w, sums);
    VF_EACH (j, STREAM_COLUMNS)
      done[j] = sums[j];
    VF_EACH (i, STREAM_SUMS - STREAM_COLUMNS)
      sums[i] = sums[i + STREAM_COLUMNS];
    VF_EACH (j, STREAM_COLUMNS)
      sums[STREAM_SUMS - STREAM_COLUMNS + j] = vf_zero();
  }
}

static void stream_tile_columns(const mcnn_conv_geometry *framed, const uint8_t *nonzero,
                                size_t step, const float *w, const float *x, mcnn_tile_output *out,
                                size_t rows, size_t c) {
  vf done[(STREAM_ROWS + STREAM_KERNEL - 1) * MCNN_CONV_TILE];
  const size_t pitch = framed->in_width, lanes = lanes_left(out->g->out_channels, c);
  for (size_t first = 0; first < rows; first += STREAM_ROWS) {
    const size_t count = mcnn_min(rows - first, STREAM_ROWS);
    for (size_t j = 0; j < MCNN_CONV_TILE; j += STREAM_COLUMNS) {
      stream_columns(pitch, count + STREAM_KERNEL - 1, nonzero + first * step, step, w,
                     x + first * pitch + j, done + j);
    }
    out->row = first;
    store_tile(out, count, done + (STREAM_KERNEL - 1) * MCNN_CONV_TILE, c, lanes);
  }
}

#endif

/* --- columns of any shape --------------------------------------------------------------------- */

/* Rows of sums that are finished together. */
#define STORED_ROWS ((size_t)8)

/* `all` is copied while nothing in it is new: a store to a member just before would have to reach
 * the cache before the copy could be read. */
static void direct_columns(const mcnn_conv_geometry *framed, const uint8_t *nonzero, size_t step,
                           const float *w, const float *x, const mcnn_tile_output *all,
                           size_t column, size_t rows, size_t c) {
  mcnn_tile_output out = *all;
  out.column = column;
#if !VF_PIXELS
  if (framed->in_channels == 1 && framed->kernel_width == STREAM_KERNEL &&
      framed->kernel_height == STREAM_KERNEL) {
    stream_tile_columns(framed, nonzero, step, w, x, &out, rows, c);
    return;
  }
#endif
  const size_t pitch = framed->in_width * framed->in_channels;
  for (out.row = 0; out.row < rows;) {
    vf sums[STORED_ROWS * MCNN_CONV_TILE];
    size_t row = 0;
    for (; row < STORED_ROWS && out.row + row < rows; row += MCNN_DIRECT_ROWS) {
      direct_tile(framed, nonzero, step, w, x, sums + row * MCNN_CONV_TILE);
      nonzero += MCNN_DIRECT_ROWS * step;
      x += MCNN_DIRECT_ROWS * pitch;
    }
    store_tile(&out, row, sums, c, lanes_left(out.g->out_channels, c));
    out.row += row;
  }
}
