/* Dense layers. Measured on one core of a shared Zen 4 with an earlier state of these kernels,
 * processor time in us/image: the medians that tests/bench/bench_dense.c prints (41 rounds), with
 * half of x 0 as behind a ReLU; OpenBLAS 0.3.21 whole, and in blocks that stay on the calling
 * thread. 32 x 512 x 1000 at the processor's peak of 118 GF/s takes 8.8.
 *
 *                                   AVX-512   AVX2   OpenBLAS   in blocks
 *   512 -> 1000 forward, 1 row         13.0   12.5       26.6        26.3
 *   512 -> 1000 forward, 32 rows        9.8   11.5       12.1        10.4
 *   512 -> 1000 forward, 1000 rows      9.7    8.2       10.5        11.4
 *   512 -> 1000 dw, 32 rows             7.0    9.7       10.8         9.4
 *   512 -> 1000 dw and dx, 32 rows     13.6   15.2       24.6        23.1
 *   1000 -> 10 forward, 32 rows         0.28   0.34       0.30        0.30
 *   1000 -> 10 dw and dx, 32 rows       0.61   0.78       0.65        0.70
 *
 * So these kernels serve every dense layer; OpenBLAS would also tie results to the batch.
 */
#include "kernels/dense/dense.h"

#include "kernels/gemm/product.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* Of layers whose input is the output of a ReLU: narrower ones, and fewer rows, gain less from
 * leaving zeros out than it costs. */
#define SPARSE_MIN_COLUMNS ((size_t)64)
#define SPARSE_MIN_ROWS    ((size_t)16)

/* y_step: blocks of a layer are all sparse or none is, so that their gradients of x can be added
 * up.
 */
static int is_sparse(const mcnn_kernels *kernels, const mcnn_dense_geometry *g) {
  return kernels->product.multiply_sparse && g->input_is_relu && g->y_step >= SPARSE_MIN_COLUMNS;
}

/* Tiles for all rows that fill them, the others one by one where there is a kernel for one row. */
static void multiply_forward(const mcnn_kernels *kernels, mcnn_product p, size_t rows,
                             size_t columns) {
  const size_t tiled = !kernels->product.multiply_row ? rows : rows / 4 * 4;
  if (tiled > 0)
    mcnn_multiply(kernels, p, tiled, columns);
  p.a += tiled * p.a_row;
  p.c += tiled * p.c_row;
  for (size_t r = tiled; r < rows; r++, p.a += p.a_row, p.c += p.c_row)
    kernels->product.multiply_row(&p, columns);
}

static mcnn_product forward_product(const mcnn_dense_geometry *g, const float *w, const float *bias,
                                    const float *x, float *y) {
  assert(g->x_step >= g->inputs && g->y_step >= g->outputs);
  return (mcnn_product){.a = x,
                        .a_row = g->x_step,
                        .a_step = 1,
                        .b = w,
                        .b_step = g->outputs,
                        .c = y,
                        .c_row = g->y_step,
                        .start = bias,
                        .start_row = 0,
                        .depth = g->inputs,
                        .least = g->activation == MCNN_ACTIVATION_RELU ? 0.0f : -INFINITY};
}

void mcnn_dense_forward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g, const float *w,
                        const float *bias, const float *x, size_t rows, float *y) {
  const mcnn_product p = forward_product(g, w, bias, x, y);
  if (is_sparse(kernels, g) && rows >= SPARSE_MIN_ROWS)
    kernels->product.multiply_sparse(p, rows, g->outputs);
  else
    multiply_forward(kernels, p, rows, g->outputs);
}

void mcnn_dense_forward_outputs(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                const float *w, const float *bias, const float *x, size_t begin,
                                size_t end, float *y) {
  assert(begin < end && end <= g->outputs);
  multiply_forward(kernels, forward_product(g, w + begin, bias ? bias + begin : NULL, x, y + begin),
                   1, end - begin);
}

/* Partial gradients of x are [rows][inputs], but sparse ones, see sparse.inc.h. */
void mcnn_dense_backward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                         const mcnn_dense_block *blocks, size_t count, const float *x, size_t rows,
                         float *partial_dx) {
  assert(count > 0 && rows > 0 && g->x_step >= g->inputs);
  if (is_sparse(kernels, g)) {
    kernels->product.backward_sparse(g, blocks, count, x, rows, partial_dx);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const mcnn_dense_block *p = &blocks[i];
    if (partial_dx) { /* dz w^T */
      mcnn_gemm_builtin(kernels, 0, 1, rows, g->inputs, p->outputs, p->dz, p->dz_step, p->w,
                        p->outputs, i > 0, partial_dx, g->inputs);
    }
    /* x^T dz */
    mcnn_gemm_builtin(kernels, 1, 0, g->inputs, p->outputs, rows, x, g->x_step, p->dz, p->dz_step,
                      0, p->dw, p->outputs);
  }
}

size_t mcnn_dense_dx_floats(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                            size_t rows) {
  const size_t whole = (rows + MCNN_SPARSE_ROWS - 1) / MCNN_SPARSE_ROWS * MCNN_SPARSE_ROWS;
  return g->inputs * (is_sparse(kernels, g) ? whole : rows);
}

void mcnn_dense_dx_finish(const mcnn_kernels *kernels, const mcnn_dense_geometry *g, const float *x,
                          size_t rows, const float *partial_dx, size_t count, size_t stride,
                          float *dx) {
  if (is_sparse(kernels, g)) {
    kernels->product.finish_sparse_dx(g, x, rows, partial_dx, count, stride, dx);
    return;
  }
  for (size_t r = 0; r < rows; r++, partial_dx += g->inputs, dx += g->x_step) {
    memcpy(dx, partial_dx, g->inputs * sizeof *dx);
    for (size_t n = 1; n < count; n++)
      for (size_t i = 0; i < g->inputs; i++)
        dx[i] += partial_dx[n * stride + i];
  }
}
