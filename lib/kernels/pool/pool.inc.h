/* Max-pooling with stride = window and no padding, vectorised over the channels. */

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

static void pool_window(const mcnn_pool_geometry *g, const float *x, float *y, uint8_t *argmax) {
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    vf position;
    vf_store_some(y + c, window_largest(g, x + c, n, &position), n);
    if (argmax)
      vf_store_u8_some(argmax + c, position, n);
  }
}

static void maxpool_forward(const mcnn_pool_geometry *g, const float *x, size_t images, float *y,
                            uint8_t *argmax) {
  assert(g->stride_height == g->pool_height && g->stride_width == g->pool_width);
  const size_t height = g->in_height / g->pool_height;
  const size_t width = g->in_width / g->pool_width;
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t image = 0; image < images; ++image, x += g->in_height * pitch) {
    for (size_t row = 0; row < height; ++row) {
      for (size_t column = 0; column < width; ++column, y += g->channels) {
        const size_t corner = row * g->pool_height * pitch + column * g->pool_width * g->channels;
        pool_window(g, x + corner, y, argmax);
        argmax = !argmax ? NULL : argmax + g->channels;
      }
    }
  }
}

/* dx of one window: dy at the argmax position, zeros elsewhere. */
static void unpool_window(const mcnn_pool_geometry *g, const uint8_t *argmax, const float *dy,
                          float *dx) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const vf gradient = vf_load_some(dy + c, n);
    const vf position = vf_load_u8_some(argmax + c, n);
    for (size_t row = 0, offset = 0; row < g->pool_height; ++row) {
      for (size_t column = 0; column < g->pool_width; ++column, ++offset) {
        vf_store_some(dx + row * pitch + column * g->channels + c,
                      vf_keep_if_equal(gradient, position, vf_set1((float)offset)), n);
      }
    }
  }
}

static void maxpool_backward(const mcnn_pool_geometry *g, const uint8_t *argmax, const float *dy,
                             size_t images, float *dx) {
  assert(g->stride_height == g->pool_height && g->stride_width == g->pool_width);
  const size_t height = g->in_height / g->pool_height;
  const size_t width = g->in_width / g->pool_width;
  const size_t pitch = (size_t)g->in_width * g->channels;
  if (g->in_height % g->pool_height != 0 || g->in_width % g->pool_width != 0)
    memset(dx, 0, images * g->in_height * pitch * sizeof *dx); /* the dropped rows and columns */
  for (size_t i = 0; i < images * height * width; ++i) {
    const size_t row = i / width % height * g->pool_height;
    const size_t column = i % width * g->pool_width;
    const size_t corner = (i / width / height * g->in_height + row) * pitch + column * g->channels;
    unpool_window(g, argmax + i * g->channels, dy + i * g->channels, dx + corner);
  }
}

/* The members of an instruction set's table that are above. */
#define POOL_KERNELS .maxpool_forward = maxpool_forward, .maxpool_backward = maxpool_backward
