/* Dense layers in reduced precision, for processors with AVX512_BF16: weights and inputs rounded to
 * bfloat16 (to nearest, ties to even, denormal numbers to 0), their products added up in float32.
 * The entries of mcnn_reduced_kernels, see kernels.h. */
#ifndef MCNN_KERNELS_DENSE_BF16_H
#define MCNN_KERNELS_DENSE_BF16_H

#include "kernels/kernels.h"

size_t mcnn_dense_bf16_packed_pairs(const mcnn_dense_geometry *g);
void mcnn_dense_bf16_pack(const mcnn_dense_geometry *g, const float *w, uint32_t *packed);
size_t mcnn_dense_bf16_scratch_pairs(const mcnn_dense_geometry *g);
void mcnn_dense_bf16_forward(const mcnn_dense_geometry *g, const uint32_t *packed,
                             const float *bias, const float *x, size_t rows, float *y,
                             uint32_t *scratch);

#endif
