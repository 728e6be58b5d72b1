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
  VF_EACH(r, rows) {
    VF_EACH(v, vectors) {
      const float *from = dw + r * b->w_pitch + v * VF_LANES;
      sums[r * vectors + v] = v + 1 < vectors ? vf_load(from) : vf_load_some(from, b->last);
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const vf gradient = vf_set1(units[i].gradient);
    const float *patch = x + units[i].offset;
    VF_EACH(r, rows) {
      VF_EACH(v, vectors) {
        const float *from = patch + r * b->x_pitch + v * VF_LANES;
        const vf pixels = v + 1 < vectors ? vf_load(from) : vf_load_some(from, b->last);
        sums[r * vectors + v] = vf_fma(gradient, pixels, sums[r * vectors + v]);
      }
    }
  }
  VF_EACH(r, rows) {
    VF_EACH(v, vectors) {
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
DEFINE_BLOCK(1, 3)
DEFINE_BLOCK(1, 4)
DEFINE_BLOCK(1, 5)
DEFINE_BLOCK(1, 6)
DEFINE_BLOCK(1, 8)
DEFINE_BLOCK(1, 10)
DEFINE_BLOCK(3, 1)
DEFINE_BLOCK(3, 2)
DEFINE_BLOCK(3, 3)
DEFINE_BLOCK(3, 4)
DEFINE_BLOCK(5, 1)
DEFINE_BLOCK(5, 2)
#if defined(MCNN_SIMD_AVX512)
DEFINE_BLOCK(3, 6)
DEFINE_BLOCK(5, 3)
DEFINE_BLOCK(5, 4)
DEFINE_BLOCK(5, 5)
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
    BLOCK(5, 5), BLOCK(5, 4), BLOCK(5, 3), BLOCK(3, 6),
#endif
    BLOCK(5, 2), BLOCK(5, 1), BLOCK(3, 4), BLOCK(3, 3), BLOCK(3, 2), BLOCK(3, 1), BLOCK(1, 10),
    BLOCK(1, 8), BLOCK(1, 6), BLOCK(1, 5), BLOCK(1, 4), BLOCK(1, 3), BLOCK(1, 2), BLOCK(1, 1)};
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
