/* Images with their border of zeros, so that the kernels proper know no edges. */

/* Geometry without padding: what the kernels proper see. */
static mcnn_conv_geometry conv_without_padding(const mcnn_conv_geometry *g) {
  mcnn_conv_geometry inner = *g;
  inner.in_height += g->pad_top + g->pad_bottom;
  inner.in_width += g->pad_left + g->pad_right;
  inner.pad_top = inner.pad_left = inner.pad_bottom = inner.pad_right = 0;
  return inner;
}

/* Floats of scratch for `images` padded images; none where there is no padding. */
static size_t conv_padded_floats(const mcnn_conv_geometry *g, size_t images) {
  const mcnn_conv_geometry inner = conv_without_padding(g);
  return mcnn_conv_is_padded(g) ? mcnn_align_floats(images * mcnn_conv_in_size(&inner)) : 0;
}

/* The images with their border: x itself where there is none, else a copy in `padded`. */
static const float *conv_pad(const mcnn_conv_geometry *g, const float *x, size_t images,
                             float *padded) {
  if (!mcnn_conv_is_padded(g)) {
    return x;
  }
  const mcnn_conv_geometry inner = conv_without_padding(g);
  const size_t row_size = (size_t)g->in_width * g->in_channels;
  const size_t pitch = (size_t)inner.in_width * g->in_channels;
  memset(padded, 0, images * mcnn_conv_in_size(&inner) * sizeof *padded);
  for (size_t image = 0; image < images; ++image) {
    float *to = padded + image * mcnn_conv_in_size(&inner) + g->pad_top * pitch +
                (size_t)g->pad_left * g->in_channels;
    for (size_t row = 0; row < g->in_height; ++row) {
      memcpy(to + row * pitch, x + row * row_size, row_size * sizeof *x);
    }
    x += mcnn_conv_in_size(g);
  }
  return padded;
}

/* One image without its border, from `padded` to dx. */
static void conv_crop(const mcnn_conv_geometry *g, const float *padded, float *dx) {
  const mcnn_conv_geometry inner = conv_without_padding(g);
  const size_t row_size = (size_t)g->in_width * g->in_channels;
  const size_t pitch = (size_t)inner.in_width * g->in_channels;
  const float *from = padded + g->pad_top * pitch + (size_t)g->pad_left * g->in_channels;
  for (size_t row = 0; row < g->in_height; ++row) {
    memcpy(dx + row * row_size, from + row * pitch, row_size * sizeof *dx);
  }
}
