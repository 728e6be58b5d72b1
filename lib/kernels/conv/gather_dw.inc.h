/* The inner loops of the gradient of the weights for few input channels (gather_dw.c).
 * Included once per instruction set that has them. */

/* Of one input channel, a panel for each column of windows; any[column][row] |= whether a row of it
 * has a non-zero where patches reach. */
static void pack_columns(const mcnn_conv_geometry *g, const float *plane, float *panels,
                         uint8_t *any) {
  const unsigned reached = (2u << g->kernel_width) - 1u;
  for (size_t column = 0; column < mcnn_conv_pooled_width(g); ++column, plane += 2) {
    const float *from = plane;
    VF_LOOP (row, g->in_height) {
      const __m256 pixels = _mm256_loadu_ps(from);
      const __m256 nonzero = _mm256_cmp_ps(pixels, _mm256_setzero_ps(), _CMP_NEQ_UQ);
      _mm256_storeu_ps(panels, pixels);
      *any++ |= (uint8_t)((unsigned)_mm256_movemask_ps(nonzero) & reached);
      panels += MCNN_GATHER_WIDTH;
      from += g->in_width;
    }
  }
}

/* What each position of a 2x2 window adds to the offset of its patch in a panel. */
#if VF_LANES == 16
VF_INLINE void store_gather_offsets(uint32_t *p, const uint8_t *argmax, size_t n) {
  const __m128i bytes = n == VF_LANES ? _mm_loadu_si128((const void *)argmax)
                                      : _mm_maskz_loadu_epi8(vf_mask(n), argmax);
  const __m512i offsets = _mm512_setr_epi32(0, 1, MCNN_GATHER_WIDTH, MCNN_GATHER_WIDTH + 1, 0, 0, 0,
                                            0, 0, 0, 0, 0, 0, 0, 0, 0);
  _mm512_storeu_si512(p, _mm512_permutexvar_epi32(_mm512_cvtepu8_epi32(bytes), offsets));
}
#else
VF_INLINE void store_gather_offsets(uint32_t *p, const uint8_t *argmax, size_t n) {
  void *const to = p;
  const __m128i bytes = _mm_cvtsi64_si128((long long)load_bytes_some(argmax, n));
  const __m256i offsets =
      _mm256_setr_epi32(0, 1, MCNN_GATHER_WIDTH, MCNN_GATHER_WIDTH + 1, 0, 0, 0, 0);
  _mm256_storeu_si256(to, _mm256_permutevar8x32_epi32(offsets, _mm256_cvtepu8_epi32(bytes)));
}
#endif

/* Gradients and offsets of channels [c, c + n) in the listed windows; the gradients of all windows
 * are added to db. */
static void list_gather(const mcnn_conv_geometry *g, const uint8_t *nonzero,
                        const mcnn_grad_source *source, size_t c, const mcnn_gather_windows *list,
                        float *db) {
  const size_t windows = mcnn_conv_windows(g), step = g->out_channels, channels = list->channels;
  const size_t n = lanes_left(step, c);
  const int relu = g->activation == MCNN_ACTIVATION_RELU;
  const float *y = source->y + c, *dy = source->dy + c;
  const uint8_t *argmax = source->argmax + c;
  float *gradients = list->gradients + c;
  uint32_t *offsets = list->offsets + c;
  vf sum = vf_load(db + c);
  for (size_t i = 0; i < windows; ++i, y += step, dy += step, argmax += step) {
    vf gradient = vf_load_some(dy, n);
    if (relu)
      gradient = vf_where_positive(vf_load_some(y, n), gradient);
    sum = vf_add(sum, gradient);
    vf_store(gradients, gradient);
    store_gather_offsets(offsets, argmax, n);
    const size_t next = nonzero[i] ? channels : 0;
    gradients += next;
    offsets += next;
  }
  vf_store(db + c, sum);
}

#if VF_LANES == 16

/* One vector of output channels, `rows` rows of the kernel: dw += over all windows. Two rows of a
 * panel are one vector, from which each lane gathers its channel's pixel without a branch. */
VF_INLINE void accumulate_gather(const mcnn_conv_geometry *g, size_t rows, size_t width,
                                 const mcnn_gather_windows *list, size_t c, const float *panels,
                                 float *dw) {
  const size_t channels = list->channels;
  const size_t tap_step = g->in_channels * channels;
  vf sums[25];
  VF_EACH (r, rows)
    VF_EACH (k, width)
      sums[r * width + k] = vf_load(dw + (r * width + k) * tap_step);
  for (size_t i = 0; i < list->count; ++i) {
    const float *const corner = panels + list->corners[i];
    const vf gradient = vf_load(list->gradients + i * channels + c);
    const __m512i choice = _mm512_loadu_si512(list->offsets + i * channels + c);
    VF_EACH (r, rows) {
      const vf pixels = vf_load(corner + r * MCNN_GATHER_WIDTH);
      VF_EACH (k, width) {
        const __m512i lanes = _mm512_add_epi32(choice, _mm512_set1_epi32((int)k));
        sums[r * width + k] =
            vf_fma(gradient, _mm512_permutexvar_ps(lanes, pixels), sums[r * width + k]);
      }
    }
  }
  VF_EACH (r, rows)
    VF_EACH (k, width)
      vf_store(dw + (r * width + k) * tap_step, sums[r * width + k]);
}

#define DEFINE_GATHER(rows, width)                                                                 \
  static void accumulate_gather_##rows##x##width(const mcnn_conv_geometry *g,                      \
                                                 const mcnn_gather_windows *list, size_t c,        \
                                                 const float *panels, float *dw) {                 \
    accumulate_gather(g, rows, width, list, c, panels, dw);                                        \
  }
DEFINE_GATHER(1, 3)
DEFINE_GATHER(1, 5)
DEFINE_GATHER(5, 5)
#undef DEFINE_GATHER

/* The whole kernel at once where it is known to fit the registers, else row by row. */
static void accumulate_gather_any(const mcnn_conv_geometry *g, const mcnn_gather_windows *list,
                                  size_t c, const float *panels, float *dw) {
  dw += c;
  if (g->kernel_height == 5 && g->kernel_width == 5) {
    accumulate_gather_5x5(g, list, c, panels, dw);
    return;
  }
  for (size_t row = 0; row < g->kernel_height; ++row) {
    (g->kernel_width == 3 ? accumulate_gather_1x3 : accumulate_gather_1x5)(g, list, c, panels, dw);
    panels += MCNN_GATHER_WIDTH;
    dw += g->kernel_width * g->in_channels * list->channels;
  }
}

#else

/* A square kernel, `channels` output channels: dw += over all windows. The lanes are the pixels of
 * a row, for gathering across channels would take two permutations and a blend; what they hold
 * beyond the kernel's width the next row overwrites, and after the last one there is room. Several
 * channels go side by side, because a sum has to wait for itself. */
VF_INLINE void accumulate_gather(size_t size, size_t channels, const mcnn_gather_windows *list,
                                 size_t c, const float *panels, float *dw) {
  const size_t step = mcnn_round_up_cache_line(size * size);
  vf sums[10];
  VF_EACH (j, channels)
    VF_EACH (r, size)
      sums[j * size + r] = vf_load(dw + j * step + r * size);
  for (size_t i = 0; i < list->count; ++i) {
    const float *const corner = panels + list->corners[i];
    VF_EACH (j, channels) {
      const size_t at = i * list->channels + c + j;
      const vf gradient = vf_set1(list->gradients[at]);
      const float *patch = vf_one_register(corner + list->offsets[at]);
      VF_EACH (r, size)
        sums[j * size + r] =
            vf_fma(gradient, vf_load(patch + r * MCNN_GATHER_WIDTH), sums[j * size + r]);
    }
  }
  VF_EACH (j, channels)
    VF_EACH (r, size)
      store_some(r + 1 == size, dw + j * step + r * size, sums[j * size + r], size);
}

static void accumulate_gather_any(const mcnn_conv_geometry *g, const mcnn_gather_windows *list,
                                  size_t c, const float *panels, float *dw) {
  for (const size_t end = c + VF_LANES; c < end && c < g->out_channels; c += 2)
    if (g->kernel_height == 5)
      accumulate_gather(5, 2, list, c, panels, dw + c * mcnn_round_up_cache_line(25));
    else
      accumulate_gather(3, 2, list, c, panels, dw + c * mcnn_round_up_cache_line(9));
}

#endif
