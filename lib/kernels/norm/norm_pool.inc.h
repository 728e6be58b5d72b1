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

static void norm_pool_forward(const mcnn_norm *norm, const mcnn_pool_geometry *g, const float *x,
                              float *y, uint8_t *argmax) {
  const size_t windows = (size_t)(g->in_height / g->pool_height) * (g->in_width / g->pool_width);
  const vf least = vf_set1(norm->relu ? 0.0f : -INFINITY);
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const norm_channels channels = channels_of(norm, c, n);
    for (size_t window = 0; window < windows; ++window) {
      const size_t to = window * g->channels + c;
      vf position;
      const vf best =
          largest_normalized(&channels, g, x + window_corner(g, window) + c, n, &position);
      vf_store_some(y + to, vf_max(least, best), n);
      if (argmax)
        vf_store_u8_some(argmax + to, position, n);
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

/* Windows [begin, end) of an image. */
static void norm_pool_gradient_sums(const mcnn_norm *norm, const mcnn_pool_geometry *g,
                                    size_t begin, size_t end, const float *x, const float *y,
                                    const uint8_t *argmax, const float *dy, float *sums,
                                    float *products) {
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const vf mean = vf_load_some(norm->mean + c, n);
    vf sum = vf_zero(), product = vf_zero();
    for (size_t window = begin; window < end; ++window) {
      const size_t at = window * g->channels + c;
      const vf dz = norm_dz(norm->relu, y + at, dy + at, n);
      const vf position = vf_load_u8_some(argmax + at, n);
      sum = vf_add(sum, dz);
      product = vf_fma(dz, centered_largest(g, x + window_corner(g, window) + c, mean, position, n),
                       product);
    }
    vf_store_some(sums + c, sum, n);
    vf_store_some(products + c, product, n);
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
      const vf dz = norm_dz(norm->relu, y + at, dy + at, n);
      norm_unpool_window(norm, g, c, x + corner + c, vf_mul(dz, vf_load_some(norm->scale + c, n)),
                         vf_load_u8_some(argmax + at, n), dx + corner + c);
    }
  }
}

/* The members of an instruction set's table that are above. */
#define NORM_POOL_KERNELS                                                                          \
  .norm_pool_forward = norm_pool_forward, .norm_pool_gradient_sums = norm_pool_gradient_sums,      \
  .norm_pool_backward = norm_pool_backward
