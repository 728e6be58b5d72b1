/* The convolution entries where the matrix product serves every shape. Included instead of
 * conv.inc.h. */

/* The backward pass reads the same weights as the forward pass. */
size_t MCNN_ISA_SUFFIX(mcnn_conv_packed_floats)(const mcnn_conv_geometry *g, int training) {
  (void)training;
  return mcnn_conv_weight_size(g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_pack)(const mcnn_conv_geometry *g, const float *w, int training,
                                     float *packed, size_t begin, size_t end) {
  (void)training;
  conv_gemm_pack(g, w, packed, begin, end);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_scratch_floats)(const mcnn_conv_geometry *g, size_t images,
                                                 int training) {
  (void)images;
  (void)training;
  return conv_gemm_scratch_floats(g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_forward)(const mcnn_conv_geometry *g, const float *packed,
                                        const float *bias, const float *x, size_t images, float *y,
                                        uint8_t *chosen, float *scratch) {
  conv_gemm_forward(g, packed, bias, x, images, y, chosen, scratch);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_grad_floats)(const mcnn_conv_geometry *g) {
  return conv_gemm_grad_floats(g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_backward)(const mcnn_conv_geometry *g, const float *packed,
                                         const float *x, const float *y, const uint8_t *chosen,
                                         const float *dy, size_t images, float *grad, float *dx,
                                         float *scratch) {
  conv_gemm_backward(g, packed, x, y, chosen, dy, images, grad, dx, scratch);
}

void MCNN_ISA_SUFFIX(mcnn_conv_grad_finish)(const mcnn_conv_geometry *g, const float *grads,
                                            size_t parts, size_t stride, float *dw, float *db,
                                            size_t begin, size_t end) {
  conv_gemm_grad_finish(g, grads, parts, stride, dw, begin, end);
  if (begin == 0) {
    add_parts(g->out_channels, grads + mcnn_conv_weight_size(g), parts, stride, db);
  }
}
