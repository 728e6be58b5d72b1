/* Pooling with any stride and padding, vectorised over the channels. A window is cut where it
 * reaches over the image's edge, so that padding is never looked at. */

/* What of a window lies inside the image, along one axis. */
typedef struct window_span {
  size_t begin;   /* the first row or column of the image */
  size_t count;   /* at least 1 */
  size_t skipped; /* those of the window before it, in the padding */
} window_span;

VF_INLINE window_span window_span_of(size_t position, size_t stride, size_t window, size_t padding,
                                     size_t size) {
  const size_t begin = position * stride; /* from the padding's edge */
  const size_t first = begin < padding ? padding : begin;
  const size_t end = begin + window < padding + size ? begin + window : padding + size;
  return (window_span){first - padding, end - first, first - begin};
}

/* The same along both, for the output position (row, column). */
typedef struct window_part {
  size_t begin;         /* the first element's offset in the image */
  size_t rows, columns; /* inside the image */
  size_t first;         /* the first element's number in the window */
} window_part;

VF_INLINE window_part window_part_of(const mcnn_pool_geometry *g, size_t row, size_t column) {
  const window_span rows =
      window_span_of(row, g->stride_height, g->pool_height, g->pad_top, g->in_height);
  const window_span columns =
      window_span_of(column, g->stride_width, g->pool_width, g->pad_left, g->in_width);
  return (window_part){.begin = (rows.begin * g->in_width + columns.begin) * g->channels,
                       .rows = rows.count,
                       .columns = columns.count,
                       .first = rows.skipped * g->pool_width + columns.skipped};
}

/* Floats of one image before pooling. */
VF_INLINE size_t window_in_floats(const mcnn_pool_geometry *g) {
  return (size_t)g->in_height * g->in_width * g->channels;
}

/* --- the largest ------------------------------------------------------------------------------ */

/* Of the channels [c, c + n) at x, the first element of the part. */
VF_INLINE vf part_largest(const mcnn_pool_geometry *g, const window_part *part, const float *x,
                          size_t n, vf *position) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  vf best = vf_load_some(x, n);
  *position = vf_set1((float)part->first);
  for (size_t row = 0; row < part->rows; ++row) {
    const size_t at = part->first + row * g->pool_width;
    for (size_t column = 0; column < part->columns; ++column) {
      const vf value = vf_load_some(x + row * pitch + column * g->channels, n);
      vf_take_larger(&best, position, value, vf_set1((float)(at + column)));
    }
  }
  return best;
}

static void window_max(const mcnn_pool_geometry *g, const window_part *part, const float *x,
                       float *y, uint8_t *argmax) {
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    vf position;
    vf_store_some(y + c, part_largest(g, part, x + part->begin + c, n, &position), n);
    if (argmax)
      vf_store_u8_some(argmax + c, position, n);
  }
}

static void window_max_forward(const mcnn_pool_geometry *g, const float *x, size_t images, float *y,
                               uint8_t *argmax) {
  for (size_t image = 0; image < images; ++image, x += window_in_floats(g)) {
    for (size_t row = 0; row < g->out_height; ++row) {
      for (size_t column = 0; column < g->out_width; ++column, y += g->channels) {
        const window_part part = window_part_of(g, row, column);
        window_max(g, &part, x, y, argmax);
        argmax = !argmax ? NULL : argmax + g->channels;
      }
    }
  }
}

/* Adds dy to dx where the largest element was. */
static void window_max_add(const mcnn_pool_geometry *g, const window_part *part,
                           const uint8_t *argmax, const float *dy, float *dx) {
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const vf gradient = vf_load_some(dy + c, n);
    const vf position = vf_load_u8_some(argmax + c, n);
    for (size_t row = 0; row < part->rows; ++row) {
      const size_t first = part->first + row * g->pool_width;
      float *to = dx + part->begin + row * pitch + c;
      for (size_t column = 0; column < part->columns; ++column, to += g->channels) {
        const vf own = vf_keep_if_equal(gradient, position, vf_set1((float)(first + column)));
        vf_store_some(to, vf_add(vf_load_some(to, n), own), n);
      }
    }
  }
}

/* Windows may lie over one another: their gradients are added up, in the order of the windows. */
static void window_max_backward(const mcnn_pool_geometry *g, const uint8_t *argmax, const float *dy,
                                size_t images, float *dx) {
  memset(dx, 0, images * window_in_floats(g) * sizeof *dx);
  for (size_t image = 0; image < images; ++image, dx += window_in_floats(g)) {
    for (size_t row = 0; row < g->out_height; ++row) {
      for (size_t column = 0; column < g->out_width; ++column) {
        const window_part part = window_part_of(g, row, column);
        window_max_add(g, &part, argmax, dy, dx);
        argmax += g->channels;
        dy += g->channels;
      }
    }
  }
}

/* --- the mean --------------------------------------------------------------------------------- */

/* A sum of each row, then the sum of these: a window may be a whole image. */
VF_INLINE vf part_sum(const mcnn_pool_geometry *g, const window_part *part, const float *x,
                      size_t n) {
  vf sum = vf_zero();
  for (size_t row = 0; row < part->rows; ++row, x += (size_t)g->in_width * g->channels) {
    vf row_sum = vf_zero();
    for (size_t column = 0; column < part->columns; ++column)
      row_sum = vf_add(row_sum, vf_load_some(x + column * g->channels, n));
    sum = vf_add(sum, row_sum);
  }
  return sum;
}

VF_INLINE vf part_count(const window_part *part) {
  return vf_set1((float)(part->rows * part->columns));
}

static void window_mean(const mcnn_pool_geometry *g, const window_part *part, const float *x,
                        float *y) {
  const vf count = part_count(part);
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    vf_store_some(y + c, vf_div(part_sum(g, part, x + part->begin + c, n), count), n);
  }
}

static void window_mean_forward(const mcnn_pool_geometry *g, const float *x, size_t images,
                                float *y) {
  for (size_t image = 0; image < images; ++image, x += window_in_floats(g)) {
    for (size_t row = 0; row < g->out_height; ++row) {
      for (size_t column = 0; column < g->out_width; ++column, y += g->channels) {
        const window_part part = window_part_of(g, row, column);
        window_mean(g, &part, x, y);
      }
    }
  }
}

/* Adds to dx of each element its part of dy. */
static void window_mean_add(const mcnn_pool_geometry *g, const window_part *part, const float *dy,
                            float *dx) {
  const vf count = part_count(part);
  const size_t pitch = (size_t)g->in_width * g->channels;
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const vf own = vf_div(vf_load_some(dy + c, n), count);
    for (size_t row = 0; row < part->rows; ++row) {
      float *to = dx + part->begin + row * pitch + c;
      for (size_t column = 0; column < part->columns; ++column, to += g->channels)
        vf_store_some(to, vf_add(vf_load_some(to, n), own), n);
    }
  }
}

static void window_mean_backward(const mcnn_pool_geometry *g, const float *dy, size_t images,
                                 float *dx) {
  memset(dx, 0, images * window_in_floats(g) * sizeof *dx);
  for (size_t image = 0; image < images; ++image, dx += window_in_floats(g)) {
    for (size_t row = 0; row < g->out_height; ++row) {
      for (size_t column = 0; column < g->out_width; ++column, dy += g->channels) {
        const window_part part = window_part_of(g, row, column);
        window_mean_add(g, &part, dy, dx);
      }
    }
  }
}

/* --- the largest of an image ------------------------------------------------------------------ */

/* dy goes to the first element that is y, and what is left of it, 0, to all others. */
static void image_max_backward(const mcnn_pool_geometry *g, const float *x, const float *y,
                               const float *dy, float *dx) {
  const size_t positions = (size_t)g->in_height * g->in_width;
  for (size_t c = 0; c < g->channels; c += VF_LANES) {
    const size_t n = lanes_left(g->channels, c);
    const vf largest = vf_load_some(y + c, n);
    vf left = vf_load_some(dy + c, n);
    for (size_t i = 0, at = c; i < positions; ++i, at += g->channels) {
      const vf own = vf_keep_if_equal(left, vf_load_some(x + at, n), largest);
      vf_store_some(dx + at, own, n);
      left = vf_sub(left, own);
    }
  }
}

/* A position in an image need not fit in a byte, but the largest can be looked up. */
static void global_max_backward(const mcnn_pool_geometry *g, const float *x, const float *y,
                                const float *dy, size_t images, float *dx) {
  for (size_t image = 0; image < images; ++image) {
    const size_t in = image * window_in_floats(g), out = image * g->channels;
    image_max_backward(g, x + in, y + out, dy + out, dx + in);
  }
}

/* The members of an instruction set's table that are above. */
#define WINDOW_KERNELS                                                                             \
  .global_max_backward = global_max_backward, .window_max_forward = window_max_forward,            \
  .window_max_backward = window_max_backward, .window_mean_forward = window_mean_forward,          \
  .window_mean_backward = window_mean_backward
