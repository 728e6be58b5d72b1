/* Naive twins of the dense, elementwise and optimiser kernels: the plainest loops, sums in double.
 * What the kernels are tested against; nothing else calls them. */
#ifndef MCNN_KERNELS_DENSE_NAIVE_DENSE_H
#define MCNN_KERNELS_DENSE_NAIVE_DENSE_H

#include "kernels/kernels.h"

void mcnn_naive_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a,
                     size_t lda, const float *b, size_t ldb, int accumulate, float *c, size_t ldc);

void mcnn_naive_dense_forward(const mcnn_dense_geometry *g, const float *w, const float *bias,
                              const float *x, size_t rows, float *y);
/* dx may be NULL. */
void mcnn_naive_dense_backward(const mcnn_dense_geometry *g, const float *w, const float *x,
                               const float *dz, size_t rows, float *dw, float *dx);
void mcnn_naive_dense_mask(const mcnn_dense_geometry *g, const float *y, const float *dy,
                           size_t rows, float *dz, float *db);

void mcnn_naive_relu_forward(size_t n, const float *x, float *y);
void mcnn_naive_relu_backward(size_t n, const float *y, const float *dy, float *dx);
void mcnn_naive_scale_u8(size_t n, const uint8_t *src, float scale, float offset, float *dst);
void mcnn_naive_scale_f32(size_t n, const float *src, float scale, float offset, float *dst);
void mcnn_naive_normalize(size_t n, size_t channels, const float *x, const float *mean,
                          const float *deviation, float *y);
void mcnn_naive_add(size_t n, const float *src, float *dst);

void mcnn_naive_rmsprop(size_t n, float lr, float rho, float epsilon, const float *g, float *a,
                        float *w);
void mcnn_naive_sgd(size_t n, float lr, float momentum, uint32_t nesterov, float decay,
                    const float *g, float *v, float *w);
void mcnn_naive_adam(size_t n, float lr, float b1, float b2, float epsilon, float decay,
                     float correction1, float correction2, const float *g, float *m, float *v,
                     float *w);
void mcnn_naive_ema(size_t n, float decay, const float *w, float *ema);

#endif
