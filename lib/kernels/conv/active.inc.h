/* What convolution needs beside its sums, whatever the width of a vector: segments that are all
 * zero, lists of active outputs, the filters of Winograd, and partial gradients added up. Included
 * once per instruction set. */

static int any_of(const float *x, size_t length) {
  unsigned any = 0;
  for (size_t i = 0; i < length; i += VF_LANES)
    any |= vf_nonzero_bits(vf_load_some(x + i, lanes_left(length, i)));
  return any != 0;
}

static void mark_nonzero_segments(const mcnn_conv_geometry *framed, size_t tiles, size_t columns,
                                  const float *x, uint8_t *nonzero) {
  const size_t pitch = (size_t)framed->in_width * framed->in_channels;
  const size_t length =
      (columns - 1) * framed->in_channels + (size_t)framed->kernel_width * framed->in_channels;
  for (size_t row = 0; row < framed->in_height; ++row) {
    for (size_t tile = 0; tile < tiles; ++tile) {
      const float *segment = x + row * pitch + tile * columns * framed->in_channels;
      *nonzero++ = (uint8_t)(length <= VF_LANES ? vf_nonzero_bits(vf_load_n(segment, length)) != 0
                                                : any_of(segment, length));
    }
  }
}

/* --- lists of active outputs ------------------------------------------------------------------ */

/* Channels of one 64-bit activity mask. */
#define MASK_CHANNELS ((size_t)64)

/* Which of the channels [c, c + MASK_CHANNELS) of a window are active, as bits: those whose
 * gradient is not zero and, with a ReLU, whose output is positive. Walking over the bits costs one
 * mispredicted branch a window; asking output by output would cost one for every other output. */
static uint64_t active_channels(const mcnn_conv_geometry *g, const float *y, const float *dy,
                                size_t c) {
  const size_t left = g->out_channels - c;
  const size_t count = left < MASK_CHANNELS ? left : MASK_CHANNELS;
  uint64_t active = 0;
  VF_LOOP (v, (count + VF_LANES - 1) / VF_LANES) {
    const size_t i = v * VF_LANES, n = lanes_left(count, i);
    vf gradient = vf_load_some(dy + c + i, n);
    if (g->activation == MCNN_ACTIVATION_RELU)
      gradient = vf_where_positive(vf_load_some(y + c + i, n), gradient);
    active |= (uint64_t)vf_nonzero_bits(gradient) << i;
  }
  return active;
}

static size_t first_channel(uint64_t active) {
  return (size_t)__builtin_ctzll(active);
}

/* Where a channel of a window has its maximum; without pooling there is one position. */
VF_INLINE size_t maximum_of(const mcnn_grad_source *window, size_t channel) {
  return window->argmax ? window->argmax[channel] : 0;
}

/* Sorts a window's active outputs into the lists, and adds to the gradient of the biases. `patch`:
 * offset of the patch of the window's first position; patch_of: what the position of the maximum
 * adds. */
static void list_by_channel(const mcnn_conv_geometry *g, const mcnn_grad_source *window,
                            size_t patch, const int32_t *patch_of, const mcnn_channel_lists *lists,
                            float *db) {
  for (size_t c = 0; c < g->out_channels; c += MASK_CHANNELS) {
    uint64_t active = active_channels(g, window->y, window->dy, c);
    for (; active != 0; active &= active - 1) {
      const size_t channel = c + first_channel(active);
      const mcnn_sparse_grad entry = {.offset =
                                          (int32_t)patch + patch_of[maximum_of(window, channel)],
                                      .gradient = window->dy[channel]};
      lists->entries[channel * lists->capacity + lists->counts[channel]++] = entry;
      db[channel] += entry.gradient;
    }
  }
}

static void patch_offsets(const mcnn_conv_geometry *g, int32_t *patch_of) {
  const size_t positions = (size_t)g->pool_height * g->pool_width;
  for (size_t i = 0; i < positions; ++i) {
    const size_t row = i / g->pool_width;
    patch_of[i] = (int32_t)((row * g->in_width + i % g->pool_width) * g->in_channels);
  }
}

/* One window further. */
static void next_window(const mcnn_conv_geometry *g, mcnn_grad_source *window) {
  window->y += g->out_channels;
  window->dy += g->out_channels;
  if (window->argmax)
    window->argmax += g->out_channels;
}

static void list_channels(const mcnn_conv_geometry *g, mcnn_grad_source source, size_t images,
                          const mcnn_channel_lists *lists, float *db) {
  int32_t patch_of[256];
  const size_t width = mcnn_conv_pooled_width(g);
  const size_t height = mcnn_conv_pooled_height(g);
  patch_offsets(g, patch_of);
  memset(lists->counts, 0, g->out_channels * sizeof *lists->counts);
  for (size_t row = 0; row < images * height; ++row) {
    const size_t top =
        row / height * g->in_height + row % height * g->pool_height * g->stride_height;
    for (size_t column = 0; column < width; ++column, next_window(g, &source)) {
      const size_t left = column * g->pool_width * g->stride_width;
      const size_t patch = (top * g->in_width + left) * g->in_channels;
      list_by_channel(g, &source, patch, patch_of, lists, db);
    }
  }
}

/* The active outputs of one position, each with the offset of its filter. Returns how many. */
static size_t list_outputs(const mcnn_conv_geometry *g, const float *y, const float *dy,
                           size_t filter, mcnn_sparse_grad *entries) {
  size_t count = 0;
  for (size_t c = 0; c < g->out_channels; c += MASK_CHANNELS) {
    uint64_t active = active_channels(g, y, dy, c);
    for (; active != 0; active &= active - 1) {
      const size_t channel = c + first_channel(active);
      const mcnn_sparse_grad entry = {.offset = (int32_t)(channel * filter),
                                      .gradient = dy[channel]};
      entries[count++] = entry;
    }
  }
  return count;
}

/* What follows from the position of the maximum within a window. */
typedef struct choice_place {
  int32_t filter; /* offset of the filter row, from that for the window's first row */
  uint32_t list;  /* offset of the list, from that for the window's first column */
} choice_place;

static void choice_places(const mcnn_conv_geometry *g, size_t filter_row, choice_place *places) {
  const size_t positions = (size_t)g->pool_height * g->pool_width;
  for (size_t i = 0; i < positions; ++i) {
    places[i].filter = -(int32_t)(i / g->pool_width * filter_row);
    places[i].list = (uint32_t)(i % g->pool_width);
  }
}

/* Sorts a window's active outputs into the lists. `column`: its first one; `filter_row`: offset of
 * the row that meets the top of the image. */
static void list_by_column(const mcnn_conv_geometry *g, const mcnn_grad_source *window,
                           size_t column, int32_t filter_row, const choice_place *places,
                           const mcnn_column_lists *lists) {
  const int32_t filter_size = (int32_t)lists->filter;
  for (size_t c = 0; c < g->out_channels; c += MASK_CHANNELS) {
    uint64_t active = active_channels(g, window->y, window->dy, c);
    for (; active != 0; active &= active - 1) {
      const size_t channel = c + first_channel(active);
      const choice_place *place = &places[window->argmax[channel]];
      const size_t list = column + place->list;
      const mcnn_sparse_grad entry = {.offset = (int32_t)channel * filter_size + filter_row +
                                                place->filter,
                                      .gradient = window->dy[channel]};
      lists->entries[list * lists->capacity + lists->counts[list]++] = entry;
    }
  }
}

static void list_columns(const mcnn_conv_geometry *g, mcnn_grad_source source,
                         const mcnn_column_lists *lists) {
  choice_place places[256];
  const size_t height = mcnn_conv_pooled_height(g);
  const size_t row_size = lists->columns * sizeof *lists->counts;
  choice_places(g, lists->filter_row, places);
  memset(lists->counts, 0, row_size);
  for (size_t row = 0; row < height; ++row) {
    const int32_t filter_row = -(int32_t)(row * g->pool_height * lists->filter_row);
    memcpy(lists->starts + row * lists->columns, lists->counts, row_size);
    for (size_t column = 0; column < lists->columns; column += g->pool_width) {
      list_by_column(g, &source, column, filter_row, places, lists);
      next_window(g, &source);
    }
  }
  memcpy(lists->starts + height * lists->columns, lists->counts, row_size);
}

/* --- gradients of the weights ----------------------------------------------------------------- */

/* Tiles of so many taps of so many channels are summed over the partial gradients, then transposed.
 */
#define TILE_TAPS     MCNN_CONV_ROWS
#define TILE_CHANNELS ((size_t)16)

/* One channel's taps. Those of the next one are fetched meanwhile: most were added up by another
 * processor core, far away. */
static void sum_taps(const float *grads, size_t count, size_t stride, size_t taps,
                     size_t next_channel, float *sums) {
  for (size_t tap = 0; tap < taps; tap += VF_LANES) {
    const float *from = grads + tap;
    const size_t n = lanes_left(taps, tap);
    vf sum = vf_load_some(from, n);
    __builtin_prefetch(from + next_channel);
    for (size_t i = 1; i < count; ++i) {
      from += stride;
      __builtin_prefetch(from + next_channel);
      sum = vf_add(sum, vf_load_some(from, n));
    }
    vf_store(sums + tap, sum);
  }
}

static void sparse_finish(const mcnn_conv_geometry *g, size_t channel_stride, const float *grads,
                          size_t count, size_t stride, float *dw, size_t begin, size_t end) {
  float tile[TILE_CHANNELS][TILE_TAPS];
  for (size_t tap = begin; tap < end; tap += TILE_TAPS) {
    const size_t taps = end - tap < TILE_TAPS ? end - tap : TILE_TAPS;
    for (size_t channel = 0; channel < g->out_channels; channel += TILE_CHANNELS) {
      const size_t left = g->out_channels - channel;
      const size_t channels = left < TILE_CHANNELS ? left : TILE_CHANNELS;
      for (size_t c = 0; c < channels; ++c) {
        sum_taps(grads + (channel + c) * channel_stride + tap, count, stride, taps, channel_stride,
                 tile[c]);
      }
      mcnn_transpose(channels, taps, tile[0], TILE_TAPS, dw + tap * g->out_channels + channel,
                     g->out_channels);
    }
  }
}

/* --- Winograd's filters ----------------------------------------------------------------------- */

DEFINE_LINES(filter_lines_5, winograd_filter_5, 5, 8, 1)
DEFINE_LINES(filter_lines_3, winograd_filter_3, 3, 6, 1)
#if VF_WINOGRAD_STRIDES
DEFINE_LINES(filter_lines_strided, winograd_filter_strided, 3, 6, 1)
#endif

static void winograd_pack(const mcnn_conv_geometry *g, const mcnn_winograd *plan, const float *w,
                          float *packed) {
  const size_t points = plan->filter_points;
  const size_t tap = (size_t)g->in_channels * g->out_channels;
  vf columns[WINOGRAD_MAX_POINTS];
  winograd_lines across = {.count = g->kernel_width,
                           .from_step = g->kernel_width * tap,
                           .from_line = tap,
                           .to = (float *)columns,
                           .to_step = VF_LANES,
                           .to_line = points * VF_LANES};
  winograd_lines down = {.count = points,
                         .from = (const float *)columns,
                         .from_step = points * VF_LANES,
                         .from_line = VF_LANES,
                         .lanes = VF_LANES,
                         .to_step = plan->filter_point,
                         .to_line = points * plan->filter_point};
  for (size_t first = 0, group; first < plan->channels; first += group) {
    group = mcnn_min(plan->filter_group, plan->channels - first);
    for (size_t ic = 0; ic < g->in_channels; ++ic, packed += group) {
      for (size_t oc = 0; oc < group; oc += VF_LANES) {
        across.from = w + ic * g->out_channels + first + oc;
        across.lanes = lanes_left(g->out_channels, first + oc);
        down.to = packed + oc;
        WINOGRAD_FORM(plan->points, filter_lines)(&across);
        WINOGRAD_FORM(plan->points, filter_lines)(&down);
      }
    }
  }
}
