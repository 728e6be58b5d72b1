/* The inner loops of direct convolution (direct.c). Included once per instruction set. */

#if VF_PIXELS

/* --- tiles, of kernels of any height ---------------------------------------------------------- */

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
                           const float *w, const float *x, vf *sums) {
  const size_t channels = g->in_channels, run = g->kernel_width * channels;
  const size_t pitch = g->in_width * channels;
  const size_t row_floats = run * VF_LANES;
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
}

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

/* --- row by row ----------------------------------------------------------------------------------
 * A few columns are processed one input row at a time: the sums of the rows of outputs that it
 * reaches, as many as the kernel has, are in registers, then they move up by one. So one branch
 * asks about each segment, not one for every tile that reads it, and in a drawing it is seldom
 * mispredicted. Three or five rows of a kernel are in registers at once; what more there are go
 * over the sums in memory again. */

#define STREAM_KERNEL ((size_t)5)  /* the most rows at once */
#define STREAM_ROWS   ((size_t)32) /* of outputs at a time; even, for windows */
/* Columns whose sums fit into registers together. */
#if VF_REGISTERS == 16
#define STREAM_COLUMNS(kernel) ((kernel) == 3 ? MCNN_CONV_TILE : (size_t)2)
#else
#define STREAM_COLUMNS(kernel) MCNN_CONV_TILE
#endif

/* Some columns of an image and some rows of weights above them, `run` vectors of each. */
typedef struct stream_source {
  const float *x, *w;
  const uint8_t *nonzero;
  size_t pitch, channels, run, nonzero_step;
  int again; /* rows of the kernel came before these */
} stream_source;

/* What the pixels of one row add: the first row of sums sees them through the last row of the
 * kernel. What there is less of, weights or pixels, is in registers all at once. */
VF_INLINE void stream_pixels(const size_t kernel, const size_t columns, const float *x,
                             size_t channels, const float *w, size_t w_row, vf *sums) {
  vf weights[STREAM_KERNEL];
  vf_factor pixels[MCNN_CONV_TILE];
  if (kernel < columns) {
    VF_EACH (i, kernel)
      weights[i] = vf_in_register(vf_load(w + (kernel - 1 - i) * w_row));
    VF_EACH (j, columns) {
      const vf_factor pixel = vf_load_factor(x + j * channels);
      VF_EACH (i, kernel)
        sums[i * columns + j] = vf_fma_factor(pixel, weights[i], sums[i * columns + j]);
    }
    return;
  }
  VF_EACH (j, columns)
    pixels[j] = vf_load_factor(x + j * channels);
  VF_EACH (i, kernel) {
    const vf weight = vf_in_register(vf_load(w + (kernel - 1 - i) * w_row));
    VF_EACH (j, columns)
      sums[i * columns + j] = vf_fma_factor(pixels[j], weight, sums[i * columns + j]);
  }
}

/* The pixels of a whole row. `one_channel`: known to be as many as the kernel has rows. */
VF_INLINE void stream_row(const size_t kernel, const size_t columns, const int one_channel,
                          const stream_source *s, const float *x, vf *sums) {
  const float *w = s->w;
  size_t k = s->run;
  if (one_channel) {
    VF_EACH (i, kernel)
      stream_pixels(kernel, columns, x + i, 1, w + i * VF_LANES, kernel * VF_LANES, sums);
    return;
  }
  do {
    stream_pixels(kernel, columns, x++, s->channels, w, s->run * VF_LANES, sums);
    w += VF_LANES;
  } while (--k > 0);
}

/* `rows` rows of the input. Each begins a row of outputs, from what is in sums[row], and ends the
 * one that lies kernel - 1 before it; the first of those lack rows above and are of no use. */
VF_INLINE void stream(const size_t kernel, const size_t columns, const int one_channel,
                      const stream_source *from, size_t column, size_t rows, vf *all) {
  vf sums[STREAM_KERNEL * MCNN_CONV_TILE];
  const stream_source s = *from;
  const float *x = s.x + column * s.channels;
  const uint8_t *nonzero = s.nonzero;
  VF_EACH (i, (kernel - 1) * columns)
    sums[i] = vf_zero();
  do {
    VF_EACH (j, columns)
      sums[(kernel - 1) * columns + j] = vf_zero();
    if (s.again)
      VF_EACH (j, columns)
        sums[(kernel - 1) * columns + j] = all[j];
    if (*nonzero)
      stream_row(kernel, columns, one_channel, &s, x, sums);
    VF_EACH (j, columns)
      (all - (kernel - 1) * MCNN_CONV_TILE)[j] = sums[j];
    VF_EACH (i, (kernel - 1) * columns)
      sums[i] = sums[i + columns];
    x += s.pitch;
    nonzero += s.nonzero_step;
    all += MCNN_CONV_TILE;
  } while (--rows > 0);
}

/* `count` rows of outputs. */
static void stream_3(const stream_source *from, size_t count, vf *sums) {
  stream(3, STREAM_COLUMNS(3), 0, from, 0, count + 2, sums);
}

static void stream_5(const stream_source *from, size_t count, vf *sums) {
  for (size_t j = 0; j < MCNN_CONV_TILE; j += STREAM_COLUMNS(5))
    stream(5, STREAM_COLUMNS(5), 0, from, j, count + 4, sums + j);
}

/* Without a loop over pixels, whose branches are in the way of guessing which row is all zeros;
 * with all columns at a time, that is seldom asked. */
#if VF_REGISTERS == 16
static void stream_5x5(const stream_source *from, size_t count, vf *sums) {
  for (size_t j = 0; j < MCNN_CONV_TILE; j += STREAM_COLUMNS(5))
    stream(5, STREAM_COLUMNS(5), 1, from, j, count + 4, sums + j);
}
#endif

/* Three or five rows of the kernel, which may be all of one of 5x5 on one channel. */
static void stream_rows(size_t kernel, int is_5x5, const stream_source *from, size_t count,
                        vf *sums) {
  (void)is_5x5;
  if (kernel == 3)
    stream_3(from, count, sums);
#if VF_REGISTERS == 16
  else if (is_5x5)
    stream_5x5(from, count, sums);
#endif
  else
    stream_5(from, count, sums);
}

static void stream_tile_columns(const mcnn_conv_geometry *framed, const uint8_t *nonzero,
                                size_t step, const float *w, const float *x, mcnn_tile_output *out,
                                size_t rows, size_t c) {
  vf all[(STREAM_ROWS + 2 * (STREAM_KERNEL - 1)) * MCNN_CONV_TILE];
  vf *const sums = all + (STREAM_KERNEL - 1) * MCNN_CONV_TILE;
  const size_t lanes = lanes_left(out->g->out_channels, c), height = framed->kernel_height;
  const int is_5x5 = framed->in_channels == 1 && height == 5 && framed->kernel_width == 5;
  stream_source from = {.pitch = framed->in_width * framed->in_channels,
                        .channels = framed->in_channels,
                        .run = framed->kernel_width * framed->in_channels,
                        .nonzero_step = step};
  for (out->row = 0; out->row < rows; out->row += STREAM_ROWS) {
    const size_t count = mcnn_min(rows - out->row, STREAM_ROWS);
    from.w = w;
    from.again = 0;
    for (size_t done = 0, some; done < height; done += some) {
      some = mcnn_direct_rows(height - done);
      from.x = x + (out->row + done) * from.pitch;
      from.nonzero = nonzero + (out->row + done) * step;
      stream_rows(some, is_5x5, &from, count, sums);
      from.w += some * from.run * VF_LANES;
      from.again = 1;
    }
    store_tile(out, count, sums, c, lanes);
  }
}

#endif

/* --- some columns ----------------------------------------------------------------------------- */

/* `all` is copied while nothing in it is new: a store to a member just before would have to reach
 * the cache before the copy could be read. */
static void direct_columns(const mcnn_conv_geometry *framed, const uint8_t *nonzero, size_t step,
                           const float *w, const float *x, const mcnn_tile_output *all,
                           size_t column, size_t rows, size_t c) {
  mcnn_tile_output out = *all;
  out.column = column;
#if VF_PIXELS
  for (out.row = 0; out.row < rows; out.row += MCNN_DIRECT_ROWS) {
    vf sums[MCNN_DIRECT_ROWS * MCNN_CONV_TILE];
    direct_tile(framed, nonzero + out.row * step, step, w,
                x + out.row * framed->in_width * framed->in_channels, sums);
    store_tile(&out, MCNN_DIRECT_ROWS, sums, c, lanes_left(out.g->out_channels, c));
  }
#else
  stream_tile_columns(framed, nonzero, step, w, x, &out, rows, c);
#endif
}
