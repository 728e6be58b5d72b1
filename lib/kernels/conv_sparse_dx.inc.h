/* The gradient of the input from live units, without adding into memory. Every unit adds gradient
 * times its channel's filter to the patch under it; here a band of pool_height rows of dx is swept
 * from left to right with kernel_width columns of sums in registers, so that each element of dx is
 * written once. Units are listed by their column, windows from top to bottom, which makes those
 * that reach a band a contiguous piece of each list. Included once per instruction set. */

/* Bands above the one a window lies in do not see it; of those below it this many do. */
static size_t dx_bands_below(const mcnn_conv_geometry *g) {
  return (g->kernel_height + g->pool_height - 2) / g->pool_height;
}

/* Filters are framed with rows of zeros, so that a unit reaches all rows of a band alike. */
static size_t dx_filter_rows(const mcnn_conv_geometry *g) {
  return g->pool_height * dx_bands_below(g) + 2 * (size_t)g->pool_height - 1;
}

/* Floats of one row of one filter: VF_LANES input channels at each column. */
static size_t dx_row_floats(const mcnn_conv_geometry *g) {
  return (size_t)g->kernel_width * VF_LANES;
}

static size_t dx_filter_floats(const mcnn_conv_geometry *g) {
  return dx_filter_rows(g) * dx_row_floats(g);
}

static size_t dx_channel_blocks(const mcnn_conv_geometry *g) {
  return (g->in_channels + VF_LANES - 1) / VF_LANES;
}

/* Filters as [block of VF_LANES input channels][output channel][row][column][VF_LANES]. */
static size_t dx_packed_floats(const mcnn_conv_geometry *g) {
  return dx_channel_blocks(g) * g->out_channels * dx_filter_floats(g);
}

static void dx_pack_tap(const mcnn_conv_geometry *g, const float *w, size_t kh, size_t kw,
                        float *packed, size_t begin, size_t end) {
  const size_t row = kh + g->pool_height - 1;
  float *const tap = packed + row * dx_row_floats(g) + kw * VF_LANES;
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    const size_t block = ic / VF_LANES * g->out_channels;
    const float *from = w + ((kh * g->kernel_width + kw) * g->in_channels + ic) * g->out_channels;
    for (size_t oc = begin; oc < end; ++oc) {
      tap[(block + oc) * dx_filter_floats(g) + ic % VF_LANES] = from[oc];
    }
  }
}

static void dx_pack(const mcnn_conv_geometry *g, const float *w, float *packed, size_t begin,
                    size_t end) {
  for (size_t block = 0; block < dx_channel_blocks(g); ++block) {
    memset(packed + (block * g->out_channels + begin) * dx_filter_floats(g), 0,
           (end - begin) * dx_filter_floats(g) * sizeof *packed);
  }
  for (size_t kh = 0; kh < g->kernel_height; ++kh) {
    for (size_t kw = 0; kw < g->kernel_width; ++kw) {
      dx_pack_tap(g, w, kh, kw, packed, begin, end);
    }
  }
}

/* The live units of one image by the column they were chosen from. */
typedef struct column_lists {
  live_unit *units; /* [columns][capacity] */
  uint32_t *counts; /* [columns] */
  uint32_t *starts; /* [rows of windows + 1][columns]: how many lie above each row of windows */
  size_t columns, capacity;
} column_lists;

static size_t column_capacity(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_height(g) * g->out_channels;
}

static size_t column_count(const mcnn_conv_geometry *g) {
  return mcnn_conv_pooled_width(g) * g->pool_width;
}

static size_t column_lists_floats(const mcnn_conv_geometry *g) {
  const size_t columns = column_count(g);
  return mcnn_align_floats(columns * column_capacity(g) * sizeof(live_unit) / sizeof(float)) +
         mcnn_align_floats(columns * (mcnn_conv_pooled_height(g) + 2));
}

static column_lists column_lists_in(const mcnn_conv_geometry *g, float *scratch) {
  void *const units = scratch;
  const size_t columns = column_count(g);
  const size_t capacity = column_capacity(g);
  void *const counts =
      scratch + mcnn_align_floats(columns * capacity * sizeof(live_unit) / sizeof(float));
  const column_lists lists = {.units = units,
                              .counts = counts,
                              .starts = (uint32_t *)counts + columns,
                              .columns = columns,
                              .capacity = capacity};
  return lists;
}

/* Rows [band * pool_height, ...) of dx, channels [c, c + n) of them. */
typedef struct dx_band {
  const mcnn_conv_geometry *g;
  const column_lists *lists;
  const float *filters; /* of this block of channels, at the band's row */
  size_t first, last;   /* rows of windows that reach the band, first <= last + 1 */
  size_t rows;          /* of dx, at most pool_height */
  size_t n;
  float *dx;
} dx_band;

VF_INLINE void store_column(const dx_band *b, size_t column, size_t height, size_t width,
                            const vf *sums) {
  const size_t pitch = (size_t)b->g->in_width * b->g->in_channels;
  VF_EACH (r, height) {
    if (r < b->rows) {
      vf_store_some(b->dx + r * pitch + column * b->g->in_channels, sums[r * width], b->n);
    }
  }
}

VF_INLINE void sweep_band(const dx_band *b, size_t height, size_t width) {
  vf sums[16]; /* height * width are used */
  VF_EACH (i, height * width) {
    sums[i] = vf_zero();
  }
  for (size_t column = 0; column < b->g->in_width; ++column) {
    if (column < b->lists->columns) {
      const live_unit *units = b->lists->units + column * b->lists->capacity;
      const uint32_t *starts = b->lists->starts + column;
      const size_t end = starts[(b->last + 1) * b->lists->columns];
      for (size_t i = starts[b->first * b->lists->columns]; i < end; ++i) {
        const vf gradient = vf_set1(units[i].gradient);
        const float *filter = b->filters + units[i].offset;
        VF_EACH (k, height * width) {
          sums[k] = vf_fma(gradient, vf_load(filter + k * VF_LANES), sums[k]);
        }
      }
    }
    store_column(b, column, height, width, sums);
    VF_EACH (r, height) {
      VF_EACH (k, width - 1) {
        sums[r * width + k] = sums[r * width + k + 1];
      }
      sums[r * width + width - 1] = vf_zero();
    }
  }
}

#define DEFINE_SWEEP(height, width)                                                                \
  static void sweep_##height##x##width(const dx_band *b) {                                         \
    sweep_band(b, height, width);                                                                  \
  }
DEFINE_SWEEP(2, 3)
DEFINE_SWEEP(2, 5)
#undef DEFINE_SWEEP

/* Any size: the sums stay in dx. */
static void add_unit(const dx_band *b, const live_unit *unit, float *dx) {
  const size_t pitch = (size_t)b->g->in_width * b->g->in_channels;
  const float *filter = b->filters + unit->offset;
  const vf gradient = vf_set1(unit->gradient);
  for (size_t r = 0; r < b->rows; ++r) {
    for (size_t k = 0; k < b->g->kernel_width; ++k, filter += VF_LANES) {
      float *const at = dx + r * pitch + k * b->g->in_channels;
      vf_store_some(at, vf_fma(gradient, vf_load(filter), vf_load_some(at, b->n)), b->n);
    }
  }
}

static void sweep_any(const dx_band *b) {
  for (size_t i = 0; i < b->rows * b->g->in_width; ++i) {
    vf_store_some(b->dx + i * b->g->in_channels, vf_zero(), b->n);
  }
  for (size_t column = 0; column < b->lists->columns; ++column) {
    const live_unit *units = b->lists->units + column * b->lists->capacity;
    const uint32_t *starts = b->lists->starts + column;
    const size_t end = starts[(b->last + 1) * b->lists->columns];
    for (size_t i = starts[b->first * b->lists->columns]; i < end; ++i) {
      add_unit(b, units + i, b->dx + column * b->g->in_channels);
    }
  }
}

typedef void (*sweep_function)(const dx_band *b);

/* Sums stay in registers where their number is known when compiled. */
static sweep_function sweep_for(const mcnn_conv_geometry *g) {
  if (g->pool_height != 2) {
    return sweep_any;
  }
  switch (g->kernel_width) {
  case 3:
    return sweep_2x3;
  case 5:
    return sweep_2x5;
  default:
    return sweep_any;
  }
}

/* One image's dx (overwritten), from the lists. */
static void dx_from_lists(const mcnn_conv_geometry *g, const float *packed,
                          const column_lists *lists, float *dx) {
  const size_t height = g->pool_height;
  const size_t windows = mcnn_conv_pooled_height(g);
  const sweep_function sweep = sweep_for(g);
  for (size_t c = 0; c < g->in_channels; c += VF_LANES) {
    for (size_t row = 0; row < g->in_height; row += height) {
      const size_t band = row / height;
      const size_t below = dx_bands_below(g);
      const size_t first = band > below ? band - below : 0;
      const dx_band b = {.g = g,
                         .lists = lists,
                         .filters = packed + (row + height - 1) * dx_row_floats(g),
                         .first = first < windows ? first : windows,
                         .last = band < windows ? band : windows - 1,
                         .rows = g->in_height - row < height ? g->in_height - row : height,
                         .n = lanes_left(g->in_channels, c),
                         .dx = dx + row * g->in_width * g->in_channels + c};
      sweep(&b);
    }
    packed += g->out_channels * dx_filter_floats(g);
  }
}

static size_t conv_sparse_dx_scratch_floats(const mcnn_conv_geometry *g) {
  return column_lists_floats(g);
}

/* What follows from the position within a window that was chosen. */
typedef struct choice_place {
  int32_t filter; /* offset of the filter row, from that for the window's first row */
  uint32_t list;  /* offset of the list, from that for the window's first column */
} choice_place;

static void choice_places(const mcnn_conv_geometry *g, choice_place *places) {
  const size_t positions = (size_t)g->pool_height * g->pool_width;
  for (size_t i = 0; i < positions; ++i) {
    places[i].filter = -(int32_t)(i / g->pool_width * dx_row_floats(g));
    places[i].list = (uint32_t)(i % g->pool_width);
  }
}

/* One window: its first column, and the filter row that meets the top of the image. */
typedef struct window_place {
  const float *y, *dy;
  const uint8_t *chosen;
  size_t column;
  int32_t filter_row;
} window_place;

/* Sorts a window's live units into the lists. */
static void list_by_column(const mcnn_conv_geometry *g, const window_place *window,
                           const choice_place *places, const column_lists *lists) {
  const int32_t filter_size = (int32_t)dx_filter_floats(g);
  for (size_t c = 0; c < g->out_channels; c += LIVE_CHANNELS) {
    uint64_t live = live_channels(g, window->y, window->dy, c);
    for (; live != 0; live &= live - 1) {
      const size_t channel = c + first_channel(live);
      const choice_place *place = &places[window->chosen[channel]];
      const size_t column = window->column + place->list;
      const live_unit unit = {.offset = (int32_t)channel * filter_size + window->filter_row +
                                        place->filter,
                              .gradient = window->dy[channel]};
      lists->units[column * lists->capacity + lists->counts[column]++] = unit;
    }
  }
}

static void list_columns(const mcnn_conv_geometry *g, window_place window,
                         const column_lists *lists) {
  choice_place places[256];
  const size_t height = mcnn_conv_pooled_height(g);
  const size_t row_size = lists->columns * sizeof *lists->counts;
  choice_places(g, places);
  memset(lists->counts, 0, row_size);
  for (size_t row = 0; row < height; ++row) {
    memcpy(lists->starts + row * lists->columns, lists->counts, row_size);
    window.filter_row = -(int32_t)(row * g->pool_height * dx_row_floats(g));
    for (window.column = 0; window.column < lists->columns; window.column += g->pool_width) {
      list_by_column(g, &window, places, lists);
      window.y += g->out_channels;
      window.dy += g->out_channels;
      window.chosen += g->out_channels;
    }
  }
  memcpy(lists->starts + height * lists->columns, lists->counts, row_size);
}

/* dx (overwritten) of one image, framed if it was padded. */
static void conv_sparse_dx(const mcnn_conv_geometry *g, const float *packed, const float *y,
                           const uint8_t *chosen, const float *dy, float *dx, float *scratch) {
  const column_lists lists = column_lists_in(g, scratch);
  const window_place first = {.y = y, .dy = dy, .chosen = chosen};
  list_columns(g, first, &lists);
  dx_from_lists(g, packed, &lists, dx);
}
