/* The convolution entries: which way serves which shape. Included once per instruction set by
 * conv_<isa>.c, after the files with the ways themselves. */

typedef enum conv_way { CONV_GEMM, CONV_WINOGRAD, CONV_DIRECT } conv_way;

static conv_way forward_way(const mcnn_conv_geometry *g) {
  if (conv_winograd_serves(g)) {
    return CONV_WINOGRAD;
  }
  return conv_direct_serves(g) ? CONV_DIRECT : CONV_GEMM;
}

/* Packed weights: what the forward pass reads, then what the backward pass reads. */
static size_t forward_packed_floats(const mcnn_conv_geometry *g) {
  switch (forward_way(g)) {
  case CONV_WINOGRAD:
    return mcnn_align_floats(conv_winograd_packed_floats(g));
  case CONV_DIRECT:
    return mcnn_align_floats(conv_direct_packed_floats(g));
  case CONV_GEMM:
    break;
  }
  return mcnn_align_floats(mcnn_conv_weight_size(g));
}

static size_t backward_packed_floats(const mcnn_conv_geometry *g) {
  return conv_sparse_serves(g) ? dx_packed_floats(g) : mcnn_conv_weight_size(g);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_packed_floats)(const mcnn_conv_geometry *g, int training) {
  return forward_packed_floats(g) + (training ? backward_packed_floats(g) : 0);
}

static void pack_forward(const mcnn_conv_geometry *g, const float *w, float *packed, size_t begin,
                         size_t end) {
  switch (forward_way(g)) {
  case CONV_WINOGRAD:
    conv_winograd_pack(g, w, packed, begin, end);
    break;
  case CONV_DIRECT:
    conv_direct_pack(g, w, packed, begin, end);
    break;
  case CONV_GEMM:
    conv_gemm_pack(g, w, packed, begin, end);
    break;
  }
}

static void pack_backward(const mcnn_conv_geometry *g, const float *w, float *packed, size_t begin,
                          size_t end) {
  if (conv_sparse_serves(g)) {
    dx_pack(g, w, packed, begin, end);
  } else {
    conv_gemm_pack(g, w, packed, begin, end);
  }
}

void MCNN_ISA_SUFFIX(mcnn_conv_pack)(const mcnn_conv_geometry *g, const float *w, int training,
                                     float *packed, size_t begin, size_t end) {
  pack_forward(g, w, packed, begin, end);
  if (training) {
    pack_backward(g, w, packed + forward_packed_floats(g), begin, end);
  }
}

static size_t forward_scratch_floats(const mcnn_conv_geometry *g) {
  switch (forward_way(g)) {
  case CONV_WINOGRAD:
    return conv_winograd_scratch_floats(g);
  case CONV_DIRECT:
    return conv_direct_scratch_floats(g);
  case CONV_GEMM:
    break;
  }
  return conv_gemm_scratch_floats(g);
}

static size_t backward_scratch_floats(const mcnn_conv_geometry *g) {
  return conv_sparse_serves(g) ? conv_sparse_scratch_floats(g) : conv_gemm_scratch_floats(g);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_scratch_floats)(const mcnn_conv_geometry *g, size_t images,
                                                 int training) {
  (void)images;
  const size_t forward = forward_scratch_floats(g);
  const size_t backward = training ? backward_scratch_floats(g) : 0;
  return forward > backward ? forward : backward;
}

void MCNN_ISA_SUFFIX(mcnn_conv_forward)(const mcnn_conv_geometry *g, const float *packed,
                                        const float *bias, const float *x, size_t images, float *y,
                                        uint8_t *chosen, float *scratch) {
  switch (forward_way(g)) {
  case CONV_WINOGRAD:
    conv_winograd_forward(g, packed, bias, x, images, y, chosen, scratch);
    break;
  case CONV_DIRECT:
    conv_direct_forward(g, packed, bias, x, images, y, chosen, scratch);
    break;
  case CONV_GEMM:
    conv_gemm_forward(g, packed, bias, x, images, y, chosen, scratch);
    break;
  }
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_grad_floats)(const mcnn_conv_geometry *g) {
  if (!conv_sparse_serves(g)) {
    return conv_gemm_grad_floats(g);
  }
  return conv_picked_serves(g) ? conv_picked_grad_floats(g) : conv_sparse_grad_floats(g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_backward)(const mcnn_conv_geometry *g, const float *packed,
                                         const float *x, const float *y, const uint8_t *chosen,
                                         const float *dy, size_t images, float *grad, float *dx,
                                         float *scratch) {
  packed += forward_packed_floats(g);
  if (conv_sparse_serves(g)) {
    conv_sparse_backward(g, packed, x, y, chosen, dy, images, grad, dx, scratch);
  } else {
    conv_gemm_backward(g, packed, x, y, chosen, dy, images, grad, dx, scratch);
  }
}

/* Where the gradients of the biases begin. */
static size_t grad_bias_offset(const mcnn_conv_geometry *g) {
  if (!conv_sparse_serves(g)) {
    return mcnn_conv_weight_size(g);
  }
  return conv_picked_serves(g) ? conv_picked_weight_floats(g) : conv_sparse_weight_floats(g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_grad_finish)(const mcnn_conv_geometry *g, const float *grads,
                                            size_t parts, size_t stride, float *dw, float *db,
                                            size_t begin, size_t end) {
  if (!conv_sparse_serves(g)) {
    conv_gemm_grad_finish(g, grads, parts, stride, dw, begin, end);
  } else if (conv_picked_serves(g)) {
    conv_picked_grad_finish(g, grads, parts, stride, dw, begin, end);
  } else {
    conv_sparse_grad_finish(g, grads, parts, stride, dw, begin, end);
  }
  if (begin == 0) {
    add_parts(g->out_channels, grads + grad_bias_offset(g), parts, stride, db);
  }
}
