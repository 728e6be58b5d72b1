/* The gradient of the weights of a convolution with few input channels under 2x2 pooling, such as
 * the first of a network. Its patches are too short to be vectors, so the lanes are the output
 * channels: each lane picks its pixels from where its channel's window was chosen. Windows over
 * nothing but zeros are left out. Included once per instruction set. */
#include "kernels/simd_pick.h"

#if VF_HAS_PICK

#define PICKED_CHANNELS ((uint32_t)3)

static int conv_picked_serves(const mcnn_conv_geometry *g) {
  return g->in_channels <= PICKED_CHANNELS && g->pool_height == 2 && g->pool_width == 2 &&
         (g->kernel_width == 3 || g->kernel_width == 5) && g->kernel_height < VF_PICK_WIDTH;
}

/* Output channels rounded up to whole vectors. */
static size_t picked_channels(const mcnn_conv_geometry *g) {
  return (g->out_channels + VF_LANES - 1) / VF_LANES * VF_LANES;
}

/* Gradient layout: [tap][output channels, rounded up], then the biases. */
static size_t conv_picked_weight_floats(const mcnn_conv_geometry *g) {
  return mcnn_conv_patch_size(g) * picked_channels(g);
}

static size_t conv_picked_grad_floats(const mcnn_conv_geometry *g) {
  return conv_picked_weight_floats(g) + picked_channels(g);
}

/* One image's windows that see anything, ready for the inner loop. */
typedef struct picked_windows {
  uint32_t *corners; /* offset of the window's first pixel in a plane */
  float *gradients;  /* [window][output channels, rounded up] */
  int32_t *choices;  /* the same shape */
  size_t count;
} picked_windows;

/* A plane is one channel of the image, with room to read a whole row of picks anywhere. */
static size_t plane_pitch(const mcnn_conv_geometry *g) {
  return g->in_width + VF_PICK_WIDTH;
}

static size_t plane_floats(const mcnn_conv_geometry *g) {
  return mcnn_align_floats(g->in_height * plane_pitch(g));
}

static size_t conv_picked_scratch_floats(const mcnn_conv_geometry *g) {
  const size_t windows = mcnn_conv_windows(g);
  return 2 * direct_filled_floats(g) + g->in_channels * plane_floats(g) +
         mcnn_align_floats(windows) + 2 * windows * picked_channels(g);
}

static void split_planes(const mcnn_conv_geometry *g, const float *x, float *planes) {
  const size_t channels = g->in_channels;
  for (size_t row = 0; row < g->in_height; ++row) {
    float *const to = planes + row * plane_pitch(g);
    if (channels == 1) {
      memcpy(to, x, g->in_width * sizeof *x);
    }
    for (size_t i = 0; channels > 1 && i < g->in_width * channels; ++i) {
      to[i % channels * plane_floats(g) + i / channels] = x[i];
    }
    for (size_t c = 0; c < channels; ++c) {
      memset(to + c * plane_floats(g) + g->in_width, 0, VF_PICK_WIDTH * sizeof *to);
    }
    x += g->in_width * channels;
  }
}

/* windows[i]: whether window i sees anything but zeros, from that of the segments it is made of. */
static void find_filled_windows(const mcnn_conv_geometry *g, const uint8_t *restrict segments,
                                uint8_t *restrict windows) {
  const size_t width = mcnn_conv_pooled_width(g);
  for (size_t row = 0; row < mcnn_conv_pooled_height(g); ++row, windows += width) {
    memcpy(windows, segments + 2 * row * width, width);
    for (size_t r = 1; r <= g->kernel_height; ++r) {
      const uint8_t *const from = segments + (2 * row + r) * width;
      for (size_t column = 0; column < width; ++column) {
        windows[column] |= from[column];
      }
    }
  }
}

static void list_corners(const mcnn_conv_geometry *g, const uint8_t *filled, picked_windows *list) {
  const size_t width = mcnn_conv_pooled_width(g);
  list->count = 0;
  for (size_t row = 0; row < mcnn_conv_pooled_height(g); ++row) {
    for (size_t column = 0; column < width; ++column) {
      list->corners[list->count] = (uint32_t)(2 * (row * plane_pitch(g) + column));
      list->count += *filled++;
    }
  }
}

/* Gradients and choices of channels [c, c + n) in the listed windows; those of all windows are
 * added to db. */
static void list_channel_vector(const mcnn_conv_geometry *g, const uint8_t *filled, const float *y,
                                const uint8_t *chosen, const float *dy, size_t c,
                                const picked_windows *list, float *db) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t n = lanes_left(g->out_channels, c);
  size_t at = c;
  vf sum = vf_load(db + c);
  for (size_t i = 0; i < windows; ++i) {
    vf gradient = vf_load_some(dy + i * g->out_channels + c, n);
    if (g->relu) {
      gradient = vf_where_positive(vf_load_some(y + i * g->out_channels + c, n), gradient);
    }
    sum = vf_add(sum, gradient);
    vf_store(list->gradients + at, gradient);
    vf_choice_store(list->choices + at, vf_choice_of(chosen + i * g->out_channels + c, n));
    at += filled[i] * picked_channels(g);
  }
  vf_store(db + c, sum);
}

/* One vector of output channels, `rows` rows of the kernel: dw += over all windows. */
VF_INLINE void accumulate_picked(const mcnn_conv_geometry *g, size_t rows, size_t width,
                                 const picked_windows *list, size_t c, const float *plane,
                                 float *dw) {
  const size_t pitch = plane_pitch(g);
  const size_t channels = picked_channels(g);
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

typedef void (*picked_function)(const mcnn_conv_geometry *g, const picked_windows *list, size_t c,
                                const float *plane, float *dw);

#define DEFINE_PICKED(rows, width)                                                                 \
  static void accumulate_picked_##rows##x##width(const mcnn_conv_geometry *g,                      \
                                                 const picked_windows *list, size_t c,             \
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
static picked_function picked_function_for(const mcnn_conv_geometry *g, size_t *rows) {
#if defined(MCNN_SIMD_AVX512)
  if (g->kernel_height == 5 && g->kernel_width == 5) {
    *rows = 5;
    return accumulate_picked_5x5;
  }
#endif
  *rows = 1;
  return g->kernel_width == 3 ? accumulate_picked_1x3 : accumulate_picked_1x5;
}

/* grad += from one image (framed, if it was padded). */
static void conv_picked_dw(const mcnn_conv_geometry *g, const float *x, const float *y,
                           const uint8_t *chosen, const float *dy, float *grad, float *scratch) {
  const size_t windows = mcnn_conv_windows(g);
  const size_t channels = picked_channels(g);
  void *const segments = scratch;
  void *const filled = scratch + direct_filled_floats(g);
  float *const planes = scratch + 2 * direct_filled_floats(g);
  void *const corners = planes + g->in_channels * plane_floats(g);
  float *const gradients = (float *)corners + mcnn_align_floats(windows);
  void *const choices = gradients + windows * channels;
  picked_windows list = {.corners = corners, .gradients = gradients, .choices = choices};
  find_filled(g, mcnn_conv_pooled_width(g), 2, x, segments);
  find_filled_windows(g, segments, filled);
  list_corners(g, filled, &list);
  split_planes(g, x, planes);
  for (size_t c = 0; c < g->out_channels; c += VF_LANES) {
    list_channel_vector(g, filled, y, chosen, dy, c, &list,
                        grad + mcnn_conv_patch_size(g) * channels);
  }
  size_t rows;
  const picked_function accumulate = picked_function_for(g, &rows);
  for (size_t ic = 0; ic < g->in_channels; ++ic) {
    for (size_t row = 0; row < g->kernel_height; row += rows) {
      const size_t tap = row * g->kernel_width * g->in_channels + ic;
      const float *const plane = planes + ic * plane_floats(g) + row * plane_pitch(g);
      for (size_t c = 0; c < g->out_channels; c += VF_LANES) {
        accumulate(g, &list, c, plane, grad + tap * channels + c);
      }
    }
  }
}

static void conv_picked_grad_finish(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                                    size_t stride, float *dw, size_t begin, size_t end) {
  const size_t channels = picked_channels(g);
  for (size_t tap = begin; tap < end; ++tap) {
    add_parts(g->out_channels, grads + tap * channels, parts, stride, dw + tap * g->out_channels);
  }
}

#else

static int conv_picked_serves(const mcnn_conv_geometry *g) {
  (void)g;
  return 0;
}
static size_t conv_picked_scratch_floats(const mcnn_conv_geometry *g) {
  (void)g;
  return 0;
}
static size_t conv_picked_weight_floats(const mcnn_conv_geometry *g) {
  (void)g;
  return 0;
}
static size_t conv_picked_grad_floats(const mcnn_conv_geometry *g) {
  (void)g;
  return 0;
}
static void conv_picked_dw(const mcnn_conv_geometry *g, const float *x, const float *y,
                           const uint8_t *chosen, const float *dy, float *grad, float *scratch) {
  (void)g, (void)x, (void)y, (void)chosen, (void)dy, (void)grad, (void)scratch;
}
static void conv_picked_grad_finish(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                                    size_t stride, float *dw, size_t begin, size_t end) {
  (void)g, (void)grads, (void)parts, (void)stride, (void)dw, (void)begin, (void)end;
}

#endif
