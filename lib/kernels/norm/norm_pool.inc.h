/* Normalisation by channel together with the max-pooling behind it, whose windows lie side by side:
 * what is normalised is never stored, and its gradient is of use at one position of a window only.
 * Vectorised over the channels, the first of the norm's repetitions. */

/* What is needed of n channels from `c` on. */
typedef struct norm_channels {
  vf mean, scale, shift;
} norm_channels;

VF_INLINE norm_channels channels_of(const mcnn_norm *norm, size_t c, size_t n) {
  const norm_channels channels = {.mean = vf_load_some(norm->mean + c, n),
                                  .scale = vf_load_some(norm->scale + c, n),
                                  .shift = vf_load_some(norm->shift + c, n)};
  return channels;
}

VF_INLINE vf normalized(const norm_channels *channels, const float *x, size_t n) {
  return vf_fma(vf_sub(vf_load_some(x, n), channels->mean), channels->scale, channels->shift);
}

/* The largest of the window at x, its first position among equals. */
VF_INLINE vf largest_normalized(const norm_channels *channels, const mcnn_pool_geometry *g,
                                const float *x, size_t n, vf *position) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  vf best = normalized(channels, x, n);
  *position = vf_zero();
  for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
    for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
      const vf value = normalized(channels, x + row * pitch + column * g->channels, n);
      vf_take_larger(&best, position, value, vf_set1((float)offset));
    }
  }
  return best;
}

/* Window `window` of the image: where it begins. */
VF_INLINE size_t window_corner(const mcnn_pool_geometry *g, size_t window) {
  const size_t width = g->in_width / g->pool_width;
  const size_t row = window / width * g->pool_height, column = window % width * g->pool_width;
  return (row * g->in_width + column) * g->channels;
}

/* Window by window, so that x is read as it lies in memory. */
static void norm_pool_forward(const mcnn_norm *norm, const mcnn_pool_geometry *g, const float *x,
                              float *y, uint8_t *argmax) {
  const size_t windows = (size_t)(g->in_height / g->pool_height) * (g->in_width / g->pool_width);
  const vf least = vf_set1(norm->relu ? 0.0f : -INFINITY);
  for (size_t window = 0; window < windows; ++window) {
    const float *const from = x + window_corner(g, window);
    const size_t to = window * g->channels;
    for (size_t c = 0; c < g->channels; c += VF_LANES) {
      const size_t n = lanes_left(g->channels, c);
      const norm_channels channels = channels_of(norm, c, n);
      vf position;
      const vf best = largest_normalized(&channels, g, from + c, n, &position);
      vf_store_some(y + to + c, vf_max(least, best), n);
      if (argmax)
        vf_store_u8_some(argmax + to + c, position, n);
    }
  }
}

/* x - mean where the window's largest is. */
VF_INLINE vf centered_largest(const mcnn_pool_geometry *g, const float *x, vf mean, vf position,
                              size_t n) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  vf centered = vf_zero();
  for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
    for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
      const vf value = vf_sub(vf_load_some(x + row * pitch + column * g->channels, n), mean);
      centered = vf_add(centered, vf_keep_if_equal(value, position, vf_set1((float)offset)));
    }
  }
  return centered;
}

VF_INLINE vf pooled_dz(const mcnn_norm *norm, const float *y, const float *dy, size_t n) {
  const vf dz = vf_load_some(dy, n);
  return norm->relu ? vf_where_positive(vf_load_some(y, n), dz) : dz;
}

/* sums[c] and products[c] += what one window gives to n channels. */
VF_INLINE void add_window(const mcnn_norm *norm, const mcnn_pool_geometry *g, size_t c,
                          const float *x, const float *y, const uint8_t *argmax, const float *dy,
                          float *sums, float *products) {
  const size_t n = lanes_left(g->channels, c);
  const vf dz = pooled_dz(norm, y + c, dy + c, n);
  const vf centered = centered_largest(g, x + c, vf_load_some(norm->mean + c, n),
                                       vf_load_u8_some(argmax + c, n), n);
  vf_store_some(sums + c, vf_add(vf_load_some(sums + c, n), dz), n);
  vf_store_some(products + c, vf_fma(dz, centered, vf_load_some(products + c, n)), n);
}

/* Windows [begin, end) of an image. */
static void norm_pool_gradient_sums(const mcnn_norm *norm, const mcnn_pool_geometry *g,
                                    size_t begin, size_t end, const float *x, const float *y,
                                    const uint8_t *argmax, const float *dy, float *sums,
                                    float *products) {
  memset(sums, 0, g->channels * sizeof *sums);
  memset(products, 0, g->channels * sizeof *products);
  for (size_t window = begin; window < end; ++window) {
    const float *const from = x + window_corner(g, window);
    const size_t at = window * g->channels;
    for (size_t c = 0; c < g->channels; c += VF_LANES)
      add_window(norm, g, c, from, y + at, argmax + at, dy + at, sums, products);
  }
}

/* dx = scale dz at the window's largest, - constant - slope (x - mean) everywhere. */
VF_INLINE void norm_unpool_window(const mcnn_norm *norm, const mcnn_pool_geometry *g, size_t c,
                                  const float *x, vf gradient, vf position, float *dx) {
  const size_t pitch = (size_t)g->in_width * g->channels, n = lanes_left(g->channels, c);
  const vf mean = vf_load_some(norm->mean + c, n), slope = vf_load_some(norm->slope + c, n);
  const vf constant = vf_load_some(norm->constant + c, n);
  for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
    for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
      const size_t at = row * pitch + column * g->channels;
      const vf own = vf_keep_if_equal(gradient, position, vf_set1((float)offset));
      const vf common = vf_fma(vf_sub(vf_load_some(x + at, n), mean), slope, constant);
      vf_store_some(dx + at, vf_sub(own, common), n);
    }
  }
}

static void norm_pool_backward(const mcnn_norm *norm, const mcnn_pool_geometry *g, const float *x,
                               const float *y, const uint8_t *argmax, const float *dy, float *dx) {
  const size_t windows = (size_t)(g->in_height / g->pool_height) * (g->in_width / g->pool_width);
  for (size_t window = 0; window < windows; ++window) {
    const size_t corner = window_corner(g, window);
    for (size_t c = 0; c < g->channels; c += VF_LANES) {
      const size_t n = lanes_left(g->channels, c), at = window * g->channels + c;
      const vf dz = pooled_dz(norm, y + at, dy + at, n);
      norm_unpool_window(norm, g, c, x + corner + c, vf_mul(dz, vf_load_some(norm->scale + c, n)),
                         vf_load_u8_some(argmax + at, n), dx + corner + c);
    }
  }
}

/* The members of an instruction set's table that are above. */
#define NORM_POOL_KERNELS                                                                          \
  .norm_pool_forward = norm_pool_forward, .norm_pool_gradient_sums = norm_pool_gradient_sums,      \
  .norm_pool_backward = norm_pool_backward
