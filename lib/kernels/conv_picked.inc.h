/* The inner loops of the gradient of the weights for few input channels (conv_picked_dw.c).
 * Included once per instruction set. */
#include "kernels/simd_pick.h"

#if VF_HAS_PICK

/* Gradients and choices of channels [c, c + n) in the listed windows; those of all windows are
 * added to db. */
static void list_picked(const mcnn_conv_geometry *g, const uint8_t *filled,
                        const mcnn_window_units *units, size_t c, const mcnn_picked_windows *list,
                        float *db) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t n = lanes_left(g->out_channels, c);
  size_t at = c;
  vf sum = vf_load(db + c);
  for (size_t i = 0; i < windows; ++i) {
    vf gradient = vf_load_some(units->dy + i * g->out_channels + c, n);
    if (g->relu) {
      gradient = vf_where_positive(vf_load_some(units->y + i * g->out_channels + c, n), gradient);
    }
    sum = vf_add(sum, gradient);
    vf_store(list->gradients + at, gradient);
    vf_choice_store(list->choices + at, vf_choice_of(units->chosen + i * g->out_channels + c, n));
    at += filled[i] * list->channels;
  }
  vf_store(db + c, sum);
}

/* One vector of output channels, `rows` rows of the kernel: dw += over all windows. */
VF_INLINE void accumulate_picked(const mcnn_conv_geometry *g, size_t rows, size_t width,
                                 const mcnn_picked_windows *list, size_t c, const float *plane,
                                 float *dw) {
  const size_t pitch = mcnn_picked_pitch(g);
  const size_t channels = list->channels;
  const size_t tap_step = g->in_channels * channels;
  vf sums[32];
  VF_EACH (i, rows * width) {
    sums[i] = vf_load(dw + i * tap_step);
  }
  for (size_t i = 0; i < list->count; ++i) {
    const float *const corner = plane + list->corners[i];
    const vf gradient = vf_load(list->gradients + i * channels + c);
    const vf_choice choice = vf_choice_load(list->choices + i * channels + c);
    VF_EACH (r, rows) {
      const vf_rows pixels = vf_rows_load(corner + r * pitch, corner + (r + 1) * pitch);
      VF_EACH (k, width) {
        sums[r * width + k] = vf_fma(gradient, vf_pick(pixels, choice, k), sums[r * width + k]);
      }
    }
  }
  VF_EACH (i, rows * width) {
    vf_store(dw + i * tap_step, sums[i]);
  }
}

#define DEFINE_PICKED(rows, width)                                                                 \
  static void accumulate_picked_##rows##x##width(const mcnn_conv_geometry *g,                      \
                                                 const mcnn_picked_windows *list, size_t c,        \
                                                 const float *plane, float *dw) {                  \
    accumulate_picked(g, rows, width, list, c, plane, dw);                                         \
  }
DEFINE_PICKED(1, 3)
DEFINE_PICKED(1, 5)
#if defined(MCNN_SIMD_AVX512)
DEFINE_PICKED(5, 5)
#endif
#undef DEFINE_PICKED

/* The whole kernel at once where the registers hold it, else row by row. */
static size_t picked_rows(const mcnn_conv_geometry *g) {
#if defined(MCNN_SIMD_AVX512)
  if (g->kernel_height == 5 && g->kernel_width == 5) {
    return 5;
  }
#endif
  (void)g;
  return 1;
}

static void accumulate_picked_any(const mcnn_conv_geometry *g, const mcnn_picked_windows *list,
                                  size_t c, const float *plane, float *dw) {
#if defined(MCNN_SIMD_AVX512)
  if (picked_rows(g) == 5) {
    accumulate_picked_5x5(g, list, c, plane, dw);
    return;
  }
#endif
  if (g->kernel_width == 3) {
    accumulate_picked_1x3(g, list, c, plane, dw);
  } else {
    accumulate_picked_1x5(g, list, c, plane, dw);
  }
}

#endif
