/* Dense layers in 8-bit integers, for prediction: tables of their own, as few processors have the
 * instructions.
 *
 * For layers whose input is the output of a ReLU and has at most 65536 elements. Inputs are
 * quantised to uint8 with a scale of max / 255 for each row, weights to symmetric int8 with a scale
 * of max|w| / 127 for each column, both to the nearest, ties to even. Products are added up in
 * integers, exactly; the sum times both scales, the bias and the ReLU are float32. A row or a
 * column with a NaN or an infinity gives NaNs. */
#ifndef MCNN_KERNELS_DENSE_INT8_H
#define MCNN_KERNELS_DENSE_INT8_H

#include "kernels/geometry.h"
#include "kernels/isa.h"

typedef struct mcnn_int8_kernels {
  size_t (*dense_packed_words)(const mcnn_dense_geometry *g);
  void (*dense_pack)(const mcnn_dense_geometry *g, const float *w, uint32_t *packed);
  size_t (*dense_scratch_words)(const mcnn_dense_geometry *g); /* whatever the rows */
  void (*dense_forward)(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                        const float *x, size_t rows, float *y, uint32_t *scratch);
} mcnn_int8_kernels;

/* NULL where this build or this processor has none. */
const mcnn_int8_kernels *mcnn_int8_kernels_of(mcnn_int8_isa isa);

/* The widest that go with `isa`; NULL where there are none. */
const mcnn_int8_kernels *mcnn_int8_kernels_for(mcnn_isa isa);

#endif
