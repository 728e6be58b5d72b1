/* Dense layers in reduced precision, for processors with AVX512_VNNI and inputs that came out of a
 * ReLU: the inputs of a row as whole numbers of 255ths of its largest, the weights of a column as
 * whole numbers of 127ths of its largest by magnitude, both to the nearest, ties to even. Their
 * products are added up in integers, exactly; the sum times both steps, the bias and the ReLU are
 * float32. A row or a column with a NaN or an infinity gives NaNs. The entries of
 * mcnn_int8_kernels, see kernels.h. */
#ifndef MCNN_KERNELS_DENSE_INT8_H
#define MCNN_KERNELS_DENSE_INT8_H

#include "kernels/kernels.h"

size_t mcnn_dense_int8_packed_words(const mcnn_dense_geometry *g);
void mcnn_dense_int8_pack(const mcnn_dense_geometry *g, const float *w, uint32_t *packed);
size_t mcnn_dense_int8_scratch_words(const mcnn_dense_geometry *g);
void mcnn_dense_int8_forward(const mcnn_dense_geometry *g, const uint32_t *packed,
                             const float *bias, const float *x, size_t rows, float *y,
                             uint32_t *scratch);

#endif
