/* The inner loops of the gradient of the weights (sparse_dw.c). Included once per instruction
 * set. */

/* As many accumulators as the registers hold beside what the loop needs. */
#if VF_REGISTERS == 32
#define DW_ACCUMULATORS ((size_t)25)
#else
#define DW_ACCUMULATORS ((size_t)12)
#endif

/* dw += the sum over the units of gradient * patch. */
VF_INLINE void accumulate_block(const mcnn_patch_block *b, size_t rows, size_t vectors,
                                const mcnn_sparse_grad *entries, size_t count, const float *x,
                                float *dw) {
  vf sums[DW_ACCUMULATORS];
  VF_EACH (r, rows) {
    VF_EACH (v, vectors) {
      const float *from = dw + r * b->w_pitch + v * VF_LANES;
      sums[r * vectors + v] = v + 1 < vectors ? vf_load(from) : vf_load_some(from, b->last);
    }
  }
  for (size_t i = 0; i < count; ++i) {
    const vf_factor gradient = vf_load_factor(&entries[i].gradient);
    const float *patch = x + entries[i].offset;
    VF_EACH (r, rows) {
      VF_EACH (v, vectors) {
        const float *from = patch + r * b->x_pitch + v * VF_LANES;
        const int whole = v + 1 < vectors || b->last == VF_LANES;
        const vf pixels = whole ? vf_load(from) : vf_load_n(from, b->last);
        sums[r * vectors + v] = vf_fma_factor(gradient, pixels, sums[r * vectors + v]);
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

#define DEFINE_BLOCK(rows, vectors)                                                                \
  static void accumulate_##rows##x##vectors(const mcnn_patch_block *b,                             \
                                            const mcnn_sparse_grad *entries, size_t count,         \
                                            const float *x, float *dw) {                           \
    accumulate_block(b, rows, vectors, entries, count, x, dw);                                     \
  }
DEFINE_BLOCK(1, 1)
DEFINE_BLOCK(1, 2)
DEFINE_BLOCK(1, 4)
DEFINE_BLOCK(3, 2)
#if VF_REGISTERS == 32
DEFINE_BLOCK(1, 6)
DEFINE_BLOCK(3, 6)
DEFINE_BLOCK(5, 5)
#else
DEFINE_BLOCK(1, 10)
DEFINE_BLOCK(3, 4)
#endif
#undef DEFINE_BLOCK

/* A single channel under 5x5: of the second vector there is one lane, which is known when compiled.
 */
#if VF_REGISTERS == 32 && VF_LANES == 4
static void accumulate_5x2(const mcnn_patch_block *b, const mcnn_sparse_grad *entries, size_t count,
                           const float *x, float *dw) {
  mcnn_patch_block one = *b;
  one.last = 1;
  if (b->last == 1)
    accumulate_block(&one, 5, 2, entries, count, x, dw);
  else
    accumulate_block(b, 5, 2, entries, count, x, dw);
}
#endif

/* Larger ones first. */
#define BLOCK(rows, vectors)                                                                       \
  { rows, vectors, accumulate_##rows##x##vectors }
static const mcnn_block_kernel block_kernels[] = {
#if VF_REGISTERS == 32
    BLOCK(5, 5), BLOCK(3, 6), BLOCK(1, 6),
#else
    BLOCK(3, 4), BLOCK(1, 10),
#endif
#if VF_REGISTERS == 32 && VF_LANES == 4
    BLOCK(5, 2),
#endif
    BLOCK(3, 2), BLOCK(1, 4), BLOCK(1, 2), BLOCK(1, 1)};
#undef BLOCK
