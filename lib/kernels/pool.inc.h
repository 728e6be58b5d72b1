/* Max-pooling with stride = window, vectorised over the channels. Also the last pass of those
 * convolutions that do not pool in registers. Included once per instruction set. */
#include "kernels/conv_entries.h"
#include "kernels/simd_select.h"

/* What happens to a window's largest value on its way out. */
typedef struct pool_finish {
  const float *bias; /* one per channel, or NULL */
  int relu;
} pool_finish;

static size_t lanes_left(size_t total, size_t done) {
  return total - done < VF_LANES ? total - done : VF_LANES;
}

/* The pool_height x pool_width positions starting at x, channels [c, c + n). */
VF_INLINE vf window_largest(const mcnn_pool_geometry *g, const float *x, size_t n, vf *position) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  vf best = vf_load_some(x, n);
  *position = vf_zero();
  for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
    for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
      const vf value = vf_load_some(x + row * pitch + column * g->channels, n);
      vf_take_larger(&best, position, value, vf_set1((float)offset));
    }
  }
  return best;
}

static void pool_window(const mcnn_pool_geometry *g, const pool_finish *finish, const float *x,
                        float *y, uint8_t *chosen) {
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    vf position;
    vf value = window_largest(g, x + c, n, &position);
    if (finish->bias != NULL) {
      value = vf_add(value, vf_load_some(finish->bias + c, n));
    }
    vf_store_some(y + c, finish->relu ? vf_max(vf_zero(), value) : value, n);
    if (chosen != NULL) {
      vf_store_u8_some(chosen + c, position, n);
    }
  }
}

static void pool_images(const mcnn_pool_geometry *g, const pool_finish *finish, const float *x,
                        size_t images, float *y, uint8_t *chosen) {
  const size_t height = g->in_height / g->pool_height;
  const size_t width = g->in_width / g->pool_width;
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t image = 0; image < images; ++image, x += g->in_height * pitch) {
    for (size_t row = 0; row < height; ++row) {
      for (size_t column = 0; column < width; ++column, y += g->channels) {
        const size_t corner = row * g->pool_height * pitch + column * g->pool_width * g->channels;
        pool_window(g, finish, x + corner, y, chosen);
        chosen = chosen == NULL ? NULL : chosen + g->channels;
      }
    }
  }
}

/* dx of one window: dy at the chosen position, zeros elsewhere. With y, only where y > 0. */
static void unpool_window(const mcnn_pool_geometry *g, const float *y, const uint8_t *chosen,
                          const float *dy, float *dx) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    vf gradient = vf_load_some(dy + c, n);
    if (y != NULL) {
      gradient = vf_where_positive(vf_load_some(y + c, n), gradient);
    }
    const vf position = chosen == NULL ? vf_zero() : vf_load_u8_some(chosen + c, n);
    for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
      for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
        vf_store_some(dx + row * pitch + column * g->channels + c,
                      vf_keep_if_equal(gradient, position, vf_set1((float)offset)), n);
      }
    }
  }
}

/* chosen may be NULL for windows of one position, y where there is no ReLU to undo. */
static void unpool_images(const mcnn_pool_geometry *g, const float *y, const uint8_t *chosen,
                          const float *dy, size_t images, float *dx) {
  const size_t height = g->in_height / g->pool_height;
  const size_t width = g->in_width / g->pool_width;
  const size_t pitch = (size_t)g->in_width * g->channels;
  if (g->in_height % g->pool_height != 0 || g->in_width % g->pool_width != 0) {
    memset(dx, 0, images * g->in_height * pitch * sizeof *dx); /* the dropped rows and columns */
  }
  for (size_t i = 0; i < images * height * width; ++i) {
    const size_t row = i / width % height * g->pool_height;
    const size_t column = i % width * g->pool_width;
    const size_t corner = (i / width / height * g->in_height + row) * pitch + column * g->channels;
    const size_t at = i * g->channels;
    unpool_window(g, y == NULL ? NULL : y + at, chosen == NULL ? NULL : chosen + at, dy + at,
                  dx + corner);
  }
}

void MCNN_ISA_SUFFIX(mcnn_maxpool_forward)(const mcnn_pool_geometry *g, const float *x,
                                           size_t images, float *y, uint8_t *chosen) {
  const pool_finish finish = {.bias = NULL, .relu = 0};
  pool_images(g, &finish, x, images, y, chosen);
}

void MCNN_ISA_SUFFIX(mcnn_maxpool_backward)(const mcnn_pool_geometry *g, const uint8_t *chosen,
                                            const float *dy, size_t images, float *dx) {
  unpool_images(g, NULL, chosen, dy, images, dx);
}
