/* The gradient of the weights from live units: for each output channel, the sum over its live units
 * of gradient times patch, in registers. Included once per instruction set. */

/* As many accumulators as the registers hold beside what the loop needs. */
#if defined(MCNN_SIMD_AVX512)
#define DW_ACCUMULATORS ((size_t)25)
#else
#define DW_ACCUMULATORS ((size_t)12)
#endif

/* A block of the patch: `rows` runs of `vectors` vectors, the last of them of `last` lanes. */
typedef struct patch_block {
  size_t rows, vectors, last;
  size_t x_pitch; /* floats from run to run in the image ... */
  size_t w_pitch; /* ... and in the gradient */
} patch_block;

/* dw += the sum over the units of gradient * patch. */
VF_INLINE void accumulate_block(const patch_block *b, size_t rows, size_t vectors,
                                const live_unit *units, size_t count, const float *x, float *dw) {
  vf sums[DW_ACCUMULATORS];
  VF_EACH (r, rows) {
    VF_EACH (v, vectors) {
      const float *from = dw + r * b->w_pitch + v * VF_LANES;
      sums[r * vectors + v] = v + 1 < vectors ? vf_load(from) : vf_load_some(from, b->last);
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const vf gradient = vf_set1(units[i].gradient);
    const float *patch = x + units[i].offset;
    VF_EACH (r, rows) {
      VF_EACH (v, vectors) {
        const float *from = patch + r * b->x_pitch + v * VF_LANES;
        const int whole = v + 1 < vectors || b->last == VF_LANES;
        const vf pixels = whole ? vf_load(from) : vf_load_n(from, b->last);
        sums[r * vectors + v] = vf_fma(gradient, pixels, sums[r * vectors + v]);
      }
    }
  }
  VF_EACH (r, rows) {
    VF_EACH (v, vectors) {
      float *to = dw + r * b->w_pitch + v * VF_LANES;
      vf_store_some(to, sums[r * vectors + v], v + 1 < vectors ? VF_LANES : b->last);
    }
  }
}

typedef void (*block_function)(const patch_block *b, const live_unit *units, size_t count,
                               const float *x, float *dw);

#define DEFINE_BLOCK(rows, vectors)                                                                \
  static void accumulate_##rows##x##vectors(const patch_block *b, const live_unit *units,          \
                                            size_t count, const float *x, float *dw) {             \
    accumulate_block(b, rows, vectors, units, count, x, dw);                                       \
  }
DEFINE_BLOCK(1, 1)
DEFINE_BLOCK(1, 2)
DEFINE_BLOCK(1, 4)
DEFINE_BLOCK(3, 2)
#if defined(MCNN_SIMD_AVX512)
DEFINE_BLOCK(3, 6)
DEFINE_BLOCK(5, 5)
#else
DEFINE_BLOCK(1, 10)
DEFINE_BLOCK(3, 4)
#endif
#undef DEFINE_BLOCK

typedef struct block_kernel {
  size_t rows, vectors;
  block_function accumulate;
} block_kernel;

/* Larger ones first: the first that fits what is left of the patch is taken. */
#define BLOCK(rows, vectors)                                                                       \
  { rows, vectors, accumulate_##rows##x##vectors }
static const block_kernel block_kernels[] = {
#if defined(MCNN_SIMD_AVX512)
    BLOCK(5, 5), BLOCK(3, 6),
#else
    BLOCK(3, 4), BLOCK(1, 10),
#endif
    BLOCK(3, 2), BLOCK(1, 4), BLOCK(1, 2), BLOCK(1, 1)};
#undef BLOCK

/* Rows are cut only into whole kernels or single rows, so that a run is never read twice as wide
 * as it is. */
static const block_kernel *widest_block(size_t rows, size_t vectors) {
  const block_kernel *kernel = block_kernels;
  while (kernel->vectors > vectors || (kernel->rows != rows && kernel->rows != 1)) {
    ++kernel;
  }
  return kernel;
}

/* One channel's whole patch: dw += the sum over its live units. */
static void accumulate_patch(const mcnn_conv_geometry *g, const live_unit *units, size_t count,
                             const float *x, float *dw) {
  const size_t run = (size_t)g->kernel_width * g->in_channels;
  const size_t vectors = (run + VF_LANES - 1) / VF_LANES;
  for (size_t v = 0; v < vectors;) {
    const block_kernel *kernel = widest_block(g->kernel_height, vectors - v);
    const size_t end = (v + kernel->vectors) * VF_LANES;
    const patch_block block = {.rows = kernel->rows,
                               .vectors = kernel->vectors,
                               .last = end <= run ? VF_LANES : run + VF_LANES - end,
                               .x_pitch = (size_t)g->in_width * g->in_channels,
                               .w_pitch = run};
    for (size_t row = 0; row < g->kernel_height; row += kernel->rows) {
      kernel->accumulate(&block, units, count, x + row * block.x_pitch + v * VF_LANES,
                         dw + row * run + v * VF_LANES);
    }
    v += kernel->vectors;
  }
}

/* Images whose units are listed together: more make the loops over a channel's units longer, fewer
 * keep the images in the cache. */
#define DW_IMAGES ((size_t)4)

/* Gradient layout: [out_channels][patch], each padded to whole cache lines, then the biases. */
static size_t sparse_patch_stride(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(mcnn_conv_patch_size(g));
}

static size_t conv_sparse_weight_floats(const mcnn_conv_geometry *g) {
  return g->out_channels * sparse_patch_stride(g);
}

static size_t conv_sparse_grad_floats(const mcnn_conv_geometry *g) {
  return conv_sparse_weight_floats(g) + mcnn_align_floats(g->out_channels);
}

/* The live units of a few images by channel. */
typedef struct channel_lists {
  live_unit *units; /* [out_channels][capacity] */
  uint32_t *counts; /* [out_channels] */
  size_t capacity;
} channel_lists;

static size_t channel_units_floats(const mcnn_conv_geometry *g) {
  const size_t units = g->out_channels * DW_IMAGES * mcnn_conv_windows(g);
  return mcnn_align_floats(units * sizeof(live_unit) / sizeof(float));
}

static size_t conv_sparse_dw_scratch_floats(const mcnn_conv_geometry *g) {
  return channel_units_floats(g) + mcnn_align_floats(g->out_channels);
}

/* One window, whose first patch is at offset `patch`. */
typedef struct window_units {
  const float *y, *dy;
  const uint8_t *chosen;
  size_t patch;
} window_units;

/* Sorts a window's live units into the lists, and adds to the gradient of the biases. patch_of:
 * from the position chosen to the offset of its patch, from that of the window's first. */
static void list_by_channel(const mcnn_conv_geometry *g, const window_units *window,
                            const int32_t *patch_of, const channel_lists *lists, float *db) {
  for (size_t c = 0; c < g->out_channels; c += LIVE_CHANNELS) {
    uint64_t live = live_channels(g, window->y, window->dy, c);
    for (; live != 0; live &= live - 1) {
      const size_t channel = c + first_channel(live);
      const live_unit unit = {.offset = (int32_t)window->patch + patch_of[window->chosen[channel]],
                              .gradient = window->dy[channel]};
      lists->units[channel * lists->capacity + lists->counts[channel]++] = unit;
      db[channel] += unit.gradient;
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

/* Lists the live units of at most DW_IMAGES images, and adds to the gradient of the biases. */
static void list_channels(const mcnn_conv_geometry *g, window_units window, size_t images,
                          const channel_lists *lists, float *db) {
  int32_t patch_of[256];
  const size_t width = mcnn_conv_pooled_width(g);
  const size_t height = mcnn_conv_pooled_height(g);
  patch_offsets(g, patch_of);
  memset(lists->counts, 0, g->out_channels * sizeof *lists->counts);
  for (size_t row = 0; row < images * height; ++row) {
    const size_t top = row / height * g->in_height + row % height * g->pool_height;
    for (size_t column = 0; column < width; ++column) {
      window.patch = (top * g->in_width + column * g->pool_width) * g->in_channels;
      list_by_channel(g, &window, patch_of, lists, db);
      window.y += g->out_channels;
      window.dy += g->out_channels;
      window.chosen += g->out_channels;
    }
  }
}

/* grad += from at most DW_IMAGES images (framed, if they were padded). */
static void conv_sparse_dw(const mcnn_conv_geometry *g, const float *x, const float *y,
                           const uint8_t *chosen, const float *dy, size_t images, float *grad,
                           float *scratch) {
  const size_t stride = sparse_patch_stride(g);
  const window_units first = {.y = y, .dy = dy, .chosen = chosen};
  void *const units = scratch;
  void *const counts = scratch + channel_units_floats(g);
  const channel_lists lists = {
      .units = units, .counts = counts, .capacity = DW_IMAGES * mcnn_conv_windows(g)};
  list_channels(g, first, images, &lists, grad + g->out_channels * stride);
  for (size_t channel = 0; channel < g->out_channels; ++channel) {
    accumulate_patch(g, lists.units + channel * lists.capacity, lists.counts[channel], x,
                     grad + channel * stride);
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
                                    size_t stride, float *dw, size_t begin, size_t end) {
  for (size_t channel = 0; channel < g->out_channels; channel += TILE_CHANNELS) {
    for (size_t tap = begin; tap < end; tap += VF_LANES) {
      finish_tile(g, grads, parts, stride, tap, channel, dw);
    }
  }
}
