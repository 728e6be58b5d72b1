/* The backward pass of a pooled convolution through its live units: the border of zeros put on and
 * taken off, the images cut into the groups that the gradient of the weights wants. Included once
 * per instruction set, after the files for the gradients of weights and input. */

static int conv_sparse_serves(const mcnn_conv_geometry *g) {
  return mcnn_conv_is_pooled(g);
}

static size_t sparse_kernel_scratch_floats(const mcnn_conv_geometry *g) {
  const size_t dx = conv_sparse_dx_scratch_floats(g);
  const size_t dw =
      conv_picked_serves(g) ? conv_picked_scratch_floats(g) : conv_sparse_dw_scratch_floats(g);
  return mcnn_align_floats(dx > dw ? dx : dw);
}

static size_t conv_sparse_scratch_floats(const mcnn_conv_geometry *g) {
  const mcnn_conv_geometry framed = conv_without_padding(g);
  return sparse_kernel_scratch_floats(&framed) + conv_padded_floats(g, DW_IMAGES);
}

/* The gradient of the weights from all images, at most DW_IMAGES at a time. */
static void sparse_weights(const mcnn_conv_geometry *g, const float *x, const float *y,
                           const uint8_t *chosen, const float *dy, size_t images, float *grad,
                           float *padded, float *scratch) {
  const mcnn_conv_geometry framed = conv_without_padding(g);
  const int picked = conv_picked_serves(&framed);
  const size_t step = picked ? 1 : DW_IMAGES;
  for (size_t i = 0; i < images; i += step) {
    const size_t count = images - i < step ? images - i : step;
    const size_t at = i * mcnn_conv_pooled_size(g);
    const float *from = conv_pad(g, x + i * mcnn_conv_in_size(g), count, padded);
    if (picked) {
      conv_picked_dw(&framed, from, y + at, chosen + at, dy + at, grad, scratch);
    } else {
      conv_sparse_dw(&framed, from, y + at, chosen + at, dy + at, count, grad, scratch);
    }
  }
}

static void sparse_input(const mcnn_conv_geometry *g, const float *packed, const float *y,
                         const uint8_t *chosen, const float *dy, size_t images, float *dx,
                         float *padded, float *scratch) {
  const mcnn_conv_geometry framed = conv_without_padding(g);
  for (size_t i = 0; i < images; ++i) {
    const size_t at = i * mcnn_conv_pooled_size(g);
    float *const to = dx + i * mcnn_conv_in_size(g);
    const int is_padded = mcnn_conv_is_padded(g);
    conv_sparse_dx(&framed, packed, y + at, chosen + at, dy + at, is_padded ? padded : to, scratch);
    if (is_padded) {
      conv_crop(g, padded, to);
    }
  }
}

static void conv_sparse_backward(const mcnn_conv_geometry *g, const float *packed, const float *x,
                                 const float *y, const uint8_t *chosen, const float *dy,
                                 size_t images, float *grad, float *dx, float *scratch) {
  const mcnn_conv_geometry framed = conv_without_padding(g);
  float *const padded = scratch + sparse_kernel_scratch_floats(&framed);
  sparse_weights(g, x, y, chosen, dy, images, grad, padded, scratch);
  if (dx != NULL) {
    sparse_input(g, packed, y, chosen, dy, images, dx, padded, scratch);
  }
}
