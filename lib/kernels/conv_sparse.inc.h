/* The backward pass of a pooled convolution through its live units. Included once per instruction
 * set, after the files for the gradient of the weights and of the input. */

/* Images whose units are listed together for the gradient of the weights: more make the loops over
 * a channel's units longer, fewer keep the images in the cache. */
#define DW_IMAGES ((size_t)2)

static int conv_sparse_serves(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g) && (size_t)g->pool_height * g->kernel_width <= DX_SUMS;
}

/* Gradient layout: [out_channels][patch], each padded to whole cache lines, then the biases. */
static size_t sparse_patch_stride(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(mcnn_conv_patch_size(g));
}

static size_t conv_sparse_grad_floats(const mcnn_conv_geometry *g) {
  return (size_t)g->out_channels * sparse_patch_stride(g) + mcnn_align_floats(g->out_channels);
}

/* The live units of a few images by channel. */
typedef struct channel_lists {
  live_unit *units; /* [out_channels][capacity] */
  uint32_t *counts; /* [out_channels] */
  size_t capacity;
} channel_lists;

static size_t channel_lists_floats(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(g->out_channels * DW_IMAGES * mcnn_conv_windows(g) * sizeof(live_unit) /
                           sizeof(float)) +
         mcnn_align_floats(g->out_channels);
}

static channel_lists channel_lists_in(const mcnn_conv_geometry *g, float *scratch) {
  const size_t capacity = DW_IMAGES * mcnn_conv_windows(g);
  void *const units = scratch;
  void *const counts =
      scratch + mcnn_align_floats(g->out_channels * capacity * sizeof(live_unit) / sizeof(float));
  const channel_lists lists = {.units = units, .counts = counts, .capacity = capacity};
  return lists;
}

/* What follows from the position within a window that was chosen. */
typedef struct choice_tables {
  int32_t patch[256];  /* offset of the patch, from that of the first position */
  int32_t filter[256]; /* the same for the filter rows */
  uint32_t column[256];
} choice_tables;

static void fill_choice_tables(const mcnn_conv_geometry *g, choice_tables *t) {
  const size_t positions = (size_t)g->pool_height * g->pool_width;
  for (size_t i = 0; i < positions; ++i) {
    const size_t row = i / g->pool_width;
    const size_t column = i % g->pool_width;
    t->patch[i] = (int32_t)((row * g->in_width + column) * g->in_channels);
    t->filter[i] = -(int32_t)(row * dx_row_floats(g));
    t->column[i] = (uint32_t)column;
  }
}

/* Everything one call works on. */
typedef struct sparse_backward {
  mcnn_conv_geometry g; /* without padding */
  choice_tables choices;
  live_window window;
  channel_lists channels;
  column_lists columns;
  float *bias_gradient;
} sparse_backward;

/* Sorts one window's live units into the lists by channel. */
static void list_by_channel(sparse_backward *s, const uint8_t *chosen, int32_t patch) {
  for (size_t i = 0; i < s->window.count; ++i) {
    const uint32_t channel = s->window.channels[i];
    const float gradient = s->window.gradients[i];
    const live_unit unit = {.offset = patch + s->choices.patch[chosen[channel]],
                            .gradient = gradient};
    s->channels.units[channel * s->channels.capacity + s->channels.counts[channel]++] = unit;
    s->bias_gradient[channel] += gradient;
  }
}

/* The same into the lists by column. */
static void list_by_column(sparse_backward *s, const uint8_t *chosen, int32_t filter_row,
                           size_t first_column) {
  const int32_t filter_size = (int32_t)dx_filter_floats(&s->g);
  for (size_t i = 0; i < s->window.count; ++i) {
    const uint32_t channel = s->window.channels[i];
    const uint8_t choice = chosen[channel];
    const size_t column = first_column + s->choices.column[choice];
    const live_unit unit = {.offset = (int32_t)channel * filter_size + filter_row +
                                      s->choices.filter[choice],
                            .gradient = s->window.gradients[i]};
    s->columns.units[column * s->columns.capacity + s->columns.counts[column]++] = unit;
  }
}

/* One image, which starts at `image_offset` floats of the images listed together. */
static void list_image(sparse_backward *s, size_t image_offset, const float *y,
                       const uint8_t *chosen, const float *dy, int want_dx) {
  const mcnn_conv_geometry *g = &s->g;
  const size_t width = mcnn_conv_pooled_width(g);
  const size_t row_bytes = s->columns.columns * sizeof *s->columns.counts;
  memset(s->columns.counts, 0, row_bytes);
  for (size_t i = 0; i < mcnn_conv_windows(g); ++i) {
    const size_t row = i / width;
    const size_t column = i % width * g->pool_width;
    const size_t patch = (row * g->pool_height * g->in_width + column) * g->in_channels;
    if (want_dx && i % width == 0) {
      memcpy(s->columns.starts + row * s->columns.columns, s->columns.counts, row_bytes);
    }
    find_live(g, y, dy, &s->window);
    list_by_channel(s, chosen, (int32_t)(image_offset + patch));
    if (want_dx) {
      list_by_column(s, chosen, -(int32_t)(row * g->pool_height * dx_row_floats(g)), column);
    }
    y += g->out_channels;
    dy += g->out_channels;
    chosen += g->out_channels;
  }
  memcpy(s->columns.starts + mcnn_conv_pooled_height(g) * s->columns.columns, s->columns.counts,
         row_bytes);
}

static void accumulate_channels(const sparse_backward *s, const float *x, float *grad) {
  for (size_t channel = 0; channel < s->g.out_channels; ++channel) {
    accumulate_patch(&s->g, s->channels.units + channel * s->channels.capacity,
                     s->channels.counts[channel], x, grad + channel * sparse_patch_stride(&s->g));
  }
}

/* Scratch, in this order. */
static size_t conv_sparse_scratch_floats(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry inner = conv_without_padding(g);
  return live_window_floats(&inner) + channel_lists_floats(&inner) + column_lists_floats(&inner) +
         conv_padded_floats(g, DW_IMAGES) + conv_padded_floats(g, 1);
}

static void conv_sparse_backward(const mcnn_conv_geometry *g, const float *packed, const float *x,
                                 const float *y, const uint8_t *chosen, const float *dy,
                                 size_t images, float *grad, float *dx, float *scratch) {
  sparse_backward s = {.g = conv_without_padding(g)};
  s.window = live_window_in(&s.g, scratch);
  scratch += live_window_floats(&s.g);
  s.channels = channel_lists_in(&s.g, scratch);
  scratch += channel_lists_floats(&s.g);
  s.columns = column_lists_in(&s.g, scratch);
  scratch += column_lists_floats(&s.g);
  s.bias_gradient = grad + g->out_channels * sparse_patch_stride(g);
  float *const padded_x = scratch;
  float *const padded_dx = scratch + conv_padded_floats(g, DW_IMAGES);
  const size_t out_size = mcnn_conv_pooled_size(g);
  fill_choice_tables(&s.g, &s.choices);
  for (size_t first = 0; first < images; first += DW_IMAGES) {
    const size_t count = images - first < DW_IMAGES ? images - first : DW_IMAGES;
    memset(s.channels.counts, 0, g->out_channels * sizeof *s.channels.counts);
    for (size_t i = first; i < first + count; ++i) {
      list_image(&s, (i - first) * mcnn_conv_in_size(&s.g), y + i * out_size, chosen + i * out_size,
                 dy + i * out_size, dx != NULL);
      if (dx != NULL) {
        float *const to = dx + i * mcnn_conv_in_size(g);
        const int padding = mcnn_conv_is_padded(g);
        dx_from_lists(&s.g, packed, &s.columns, padding ? padded_dx : to);
        if (padding) {
          conv_crop(g, padded_dx, to);
        }
      }
    }
    accumulate_channels(&s, conv_pad(g, x + first * mcnn_conv_in_size(g), count, padded_x), grad);
  }
}

/* A tile of VF_LANES taps of TILE_CHANNELS channels, summed over the parts, then turned around. */
#define TILE_CHANNELS ((size_t)16)

static void finish_tile(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                        size_t stride, size_t tap, size_t channel, float *dw) {
  float tile[TILE_CHANNELS][VF_LANES];
  const size_t patch = mcnn_conv_patch_size(g);
  const size_t taps = lanes_left(patch, tap);
  const size_t left = g->out_channels - channel;
  const size_t channels = left < TILE_CHANNELS ? left : TILE_CHANNELS;
  for (size_t c = 0; c < channels; ++c) {
    const float *from = grads + (channel + c) * sparse_patch_stride(g) + tap;
    vf sum = vf_load_some(from, taps);
    for (size_t part = 1; part < parts; ++part) {
      sum = vf_add(sum, vf_load_some(from + part * stride, taps));
    }
    vf_store(tile[c], sum);
  }
  for (size_t t = 0; t < taps; ++t) {
    for (size_t c = 0; c < channels; ++c) {
      dw[(tap + t) * g->out_channels + channel + c] = tile[c][t];
    }
  }
}

static void conv_sparse_grad_finish(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                                    size_t stride, float *dw, float *db) {
  for (size_t channel = 0; channel < g->out_channels; channel += TILE_CHANNELS) {
    for (size_t tap = 0; tap < mcnn_conv_patch_size(g); tap += VF_LANES) {
      finish_tile(g, grads, parts, stride, tap, channel, dw);
    }
  }
  add_parts(g->out_channels, grads + g->out_channels * sparse_patch_stride(g), parts, stride, db);
}
