/* The table of inner loops, and the entries of the kernel table that hand it on. Included once per
 * instruction set, last. `CONV_SHARED(name)` is the loop's name in the instruction set whose shared
 * ones serve this one. */

static const mcnn_conv_ops ops = {
    .isa = CONV_ISA,
    .lanes = VF_LANES,
#if defined(MCNN_CONV_GEMM_ONLY)
    .gemm_only = 1,
#else
    .find_filled = CONV_SHARED(mcnn_conv_find_filled),
    .direct_strip = direct_strip,
    .winograd_pack = CONV_SHARED(mcnn_winograd_pack),
    .winograd_input = winograd_input,
    .winograd_multiply = winograd_multiply,
    .winograd_output = winograd_output,
    .list_channels = CONV_SHARED(mcnn_list_channels),
    .list_columns = CONV_SHARED(mcnn_list_columns),
    .blocks = block_kernels,
    .sparse_finish = CONV_SHARED(mcnn_sparse_finish),
    .sweep = sweep,
#if defined(MCNN_SIMD_AVX512) || defined(MCNN_SIMD_AVX2)
    .cut_strips = mcnn_cut_strips_avx2,
    .list_picked = list_picked,
    .lanes_pick = VF_LANES > MCNN_STRIP,
    .accumulate_picked = accumulate_picked_any,
#endif
#endif
};

size_t MCNN_ISA_SUFFIX(mcnn_conv_packed_floats)(const mcnn_conv_geometry *g, int training) {
  return mcnn_conv_packed_floats(&ops, g, training);
}

void MCNN_ISA_SUFFIX(mcnn_conv_pack)(const mcnn_conv_geometry *g, const float *w, int training,
                                     float *packed) {
  mcnn_conv_pack(&ops, g, w, training, packed);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_scratch_floats)(const mcnn_conv_geometry *g, size_t images,
                                                 int training) {
  (void)images;
  return mcnn_conv_scratch_floats(&ops, g, training);
}

void MCNN_ISA_SUFFIX(mcnn_conv_forward)(const mcnn_conv_geometry *g, const float *packed,
                                        const float *bias, const float *x, size_t images, float *y,
                                        uint8_t *chosen, float *scratch) {
  mcnn_conv_forward(&ops, g, packed, bias, x, images, y, chosen, scratch);
}

size_t MCNN_ISA_SUFFIX(mcnn_conv_grad_floats)(const mcnn_conv_geometry *g) {
  return mcnn_conv_grad_floats(&ops, g);
}

void MCNN_ISA_SUFFIX(mcnn_conv_backward)(const mcnn_conv_geometry *g, const float *packed,
                                         const float *x, const float *y, const uint8_t *chosen,
                                         const float *dy, size_t images, int accumulate,
                                         float *grad, float *dx, float *scratch) {
  mcnn_conv_backward(&ops, g, packed, x, y, chosen, dy, images, accumulate, grad, dx, scratch);
}

void MCNN_ISA_SUFFIX(mcnn_conv_grad_finish)(const mcnn_conv_geometry *g, const float *grads,
                                            size_t parts, size_t stride, float *dw, float *db,
                                            size_t begin, size_t end) {
  mcnn_conv_grad_finish(&ops, g, grads, parts, stride, dw, db, begin, end);
}
