/* The inner loops of the gradient of the input (sparse_dx.c). Included once per instruction
 * set. */

VF_INLINE void store_column(const mcnn_dx_band *b, size_t column, size_t height, size_t width,
                            const vf *sums) {
  const size_t pitch = (size_t)b->g->in_width * b->g->in_channels;
  VF_EACH (r, height)
    if (r < b->rows)
      vf_store_some(b->dx + r * pitch + column * b->g->in_channels, sums[r * width], b->n);
}

VF_INLINE void sweep_band(const mcnn_dx_band *b, size_t height, size_t width) {
  vf sums[16]; /* height * width are used */
  VF_EACH (i, height * width)
    sums[i] = vf_zero();
  for (size_t column = 0; column < b->g->in_width; ++column) {
    if (column < b->lists->columns) {
      const mcnn_sparse_grad *entries = b->lists->entries + column * b->lists->capacity;
      const uint32_t *starts = b->lists->starts + column;
      const size_t end = starts[(b->last + 1) * b->lists->columns];
      for (size_t i = starts[b->first * b->lists->columns]; i < end; ++i) {
        const vf_factor gradient = vf_load_factor(&entries[i].gradient);
        const float *filter = b->filters + entries[i].offset;
        VF_EACH (k, height * width)
          sums[k] = vf_fma_factor(gradient, vf_load(filter + k * VF_LANES), sums[k]);
      }
    }
    store_column(b, column, height, width, sums);
    VF_EACH (r, height) {
      VF_EACH (k, width - 1)
        sums[r * width + k] = sums[r * width + k + 1];
      sums[r * width + width - 1] = vf_zero();
    }
  }
}

#define DEFINE_SWEEP(height, width)                                                                \
  static void sweep_##height##x##width(const mcnn_dx_band *b) {                                    \
    sweep_band(b, height, width);                                                                  \
  }
DEFINE_SWEEP(2, 3)
DEFINE_SWEEP(2, 5)
#undef DEFINE_SWEEP

/* Any size: the sums stay in dx. */
static void add_entry(const mcnn_dx_band *b, const mcnn_sparse_grad *entry, float *dx) {
  const size_t pitch = (size_t)b->g->in_width * b->g->in_channels;
  const float *filter = b->filters + entry->offset;
  const vf gradient = vf_set1(entry->gradient);
  for (size_t r = 0; r < b->rows; ++r) {
    for (size_t k = 0; k < b->g->kernel_width; ++k, filter += VF_LANES) {
      float *const at = dx + r * pitch + k * b->g->in_channels;
      vf_store_some(at, vf_fma(gradient, vf_load(filter), vf_load_some(at, b->n)), b->n);
    }
  }
}

static void sweep_any(const mcnn_dx_band *b) {
  for (size_t i = 0; i < b->rows * b->g->in_width; ++i)
    vf_store_some(b->dx + i * b->g->in_channels, vf_zero(), b->n);
  for (size_t column = 0; column < b->lists->columns; ++column) {
    const mcnn_sparse_grad *entries = b->lists->entries + column * b->lists->capacity;
    const uint32_t *starts = b->lists->starts + column;
    const size_t end = starts[(b->last + 1) * b->lists->columns];
    for (size_t i = starts[b->first * b->lists->columns]; i < end; ++i)
      add_entry(b, entries + i, b->dx + column * b->g->in_channels);
  }
}

/* Sums stay in registers where their number is known when compiled. */
static void sweep(const mcnn_dx_band *b) {
  if (b->g->pool_height == 2 && b->g->kernel_width == 3)
    sweep_2x3(b);
  else if (b->g->pool_height == 2 && b->g->kernel_width == 5)
    sweep_2x5(b);
  else
    sweep_any(b);
}
