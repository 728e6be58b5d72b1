/* The inner loops of convolution through what is not 0 in the input (nonzero.c). Included once per
 * instruction set that has them. */

#define NONZERO_VECTORS (MCNN_NONZERO_COLUMNS / VF_LANES)

/* Channels are looked at a word of bits at a time. */
static void find_nonzero(size_t pixels, size_t channels, const float *x, const float *flat,
                         uint64_t *bits, uint8_t *is_flat) {
  for (size_t i = 0; i < pixels; i++) {
    unsigned other = 0;
    for (size_t c = 0; c < channels; bits++) {
      *bits = 0;
      for (size_t at = 0; at < 64 && c < channels; at += VF_LANES, c += VF_LANES) {
        const size_t n = lanes_left(channels, c);
        const vf value = vf_load_some(x + c, n);
        *bits |= (uint64_t)vf_nonzero_bits(value) << at;
        other |= vf_nonzero_bits(vf_sub(value, vf_load_some(flat + c, n)));
      }
    }
    x += channels;
    *is_flat++ = other == 0;
  }
}

/* All taps of one position, of a whole panel. A flat one is a single element, which is 1. */
VF_INLINE void nonzero_taps(const mcnn_nonzero_row *p, const float *x, const uint64_t *bits,
                            const uint8_t *is_flat, const float *start, float *c) {
  static const float one = 1;
  const float *w = p->w, *flat = p->flat;
  const vf least = vf_set1(p->least);
  vf sum[NONZERO_VECTORS];
  VF_EACH (v, NONZERO_VECTORS)
    sum[v] = vf_load(start + v * VF_LANES);
  for (size_t tap = p->taps; tap > 0; tap--) {
    uint64_t left = *is_flat ? 1 : *bits;
    const float *const elements = vf_one_register(*is_flat ? &one : x);
    const float *const rows = *is_flat ? flat : w;
    while (left != 0) {
      const size_t k = (size_t)__builtin_ctzll(left);
      const float *const row = vf_one_register(rows + k * MCNN_NONZERO_COLUMNS);
      const vf_factor element = vf_load_factor(elements + k);
      left &= left - 1;
      add_multiples(NONZERO_VECTORS, element, row, sum);
    }
    x += p->x_tap;
    bits += p->words;
    is_flat++;
    w += p->w_tap;
    flat += MCNN_NONZERO_COLUMNS;
  }
  VF_EACH (v, NONZERO_VECTORS)
    vf_store(c + v * VF_LANES, vf_max(least, vf_add(sum[v], vf_zero())));
}

/* Where columns are missing, a whole panel lies elsewhere. */
static void nonzero_row(const mcnn_nonzero_row *p) {
  float panel[MCNN_NONZERO_COLUMNS] = {0};
  const float *x = p->x, *start = p->start;
  const uint64_t *bits = p->bits;
  const uint8_t *is_flat = p->is_flat;
  const int is_whole = p->columns == MCNN_NONZERO_COLUMNS;
  float *c = p->c;
  for (size_t i = p->positions; i > 0; i--) {
    if (!is_whole)
      memcpy(panel, start, p->columns * sizeof *panel);
    nonzero_taps(p, x, bits, is_flat, is_whole ? start : panel, is_whole ? c : panel);
    if (!is_whole)
      memcpy(c, panel, p->columns * sizeof *panel);
    x += p->step * p->x_tap;
    bits += p->step * p->words;
    is_flat += p->step;
    start += p->start_step;
    c += p->c_step;
  }
}
