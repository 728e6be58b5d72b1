/* Processor time of the dense kernels and optimisers, in microseconds for one image, beside
 * OpenBLAS on the same shapes: every column runs in turn, round after round, and the table shows
 * medians.
 *
 * "whole" is one call of cblas_sgemm on one thread; "pieces" is what the library may call, products
 * of at most 262,144 multiply-adds. Usage: bench_dense [rounds] */
#define _POSIX_C_SOURCE 200809L

#include "kernels/dense/dense.h"
#include "kernels/gemm/openblas.h"
#include "kernels/kernels.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if MCNN_WITH_OPENBLAS
#include <cblas.h>
#endif

#define COLUMNS ((size_t)(MCNN_ISA_COUNT + 2))
#define WHOLE   ((size_t)MCNN_ISA_COUNT)
#define PIECES  ((size_t)MCNN_ISA_COUNT + 1)

typedef enum task { FORWARD, BACKWARD_DW, BACKWARD_DX, RMSPROP, SGD, ADAM } task;

/* Optimisers: rows = images a step, inputs * outputs floats. */
typedef struct bench_case {
  const char *name;
  task task;
  mcnn_dense_geometry g;
  size_t rows;
} bench_case;

#define LAYER(inputs, outputs, relu, input_is_relu)                                                \
  { inputs, outputs, inputs, outputs, outputs, relu, input_is_relu }

static const bench_case cases[] = {
    {"512 -> 1000 forward", FORWARD, LAYER(512, 1000, 1, 1), 1},
    {"512 -> 1000 forward", FORWARD, LAYER(512, 1000, 1, 1), 4},
    {"512 -> 1000 forward", FORWARD, LAYER(512, 1000, 1, 1), 32},
    {"512 -> 1000 forward", FORWARD, LAYER(512, 1000, 1, 1), 1000},
    {"512 -> 1000 backward, dw", BACKWARD_DW, LAYER(512, 1000, 1, 1), 32},
    {"512 -> 1000 backward, dw and dx", BACKWARD_DX, LAYER(512, 1000, 1, 1), 32},
    {"512 -> 1000 backward, dw and dx", BACKWARD_DX, LAYER(512, 1000, 1, 1), 128},
    {"1000 -> 10 forward", FORWARD, LAYER(1000, 10, 0, 1), 1},
    {"1000 -> 10 forward", FORWARD, LAYER(1000, 10, 0, 1), 32},
    {"1000 -> 10 backward, dw and dx", BACKWARD_DX, LAYER(1000, 10, 0, 1), 32},
    {"5408 -> 128 forward", FORWARD, LAYER(5408, 128, 1, 1), 32},
    {"5408 -> 128 backward, dw and dx", BACKWARD_DX, LAYER(5408, 128, 1, 1), 32},
    {"RMSprop, 537,058 weights", RMSPROP, LAYER(1, 537058, 0, 1), 32},
    {"SGD, 537,058 weights", SGD, LAYER(1, 537058, 0, 1), 32},
    {"Adam, 537,058 weights", ADAM, LAYER(1, 537058, 0, 1), 32}};
#define CASES (sizeof cases / sizeof *cases)

typedef struct arrays {
  float *w, *dw, *m, *v, *bias, *x, *y, *dz, *dx, *partial;
} arrays;

static float *random_array(size_t n, int sparse) {
  const size_t bytes = (n * sizeof(float) + 4095) / 4096 * 4096;
  float *p = aligned_alloc(4096, bytes);
  if (!p)
    exit(EXIT_FAILURE);
  uint32_t state = 1;
  for (size_t i = 0; i < n; i++) {
    state = state * 1664525u + 1013904223u;
    p[i] = (float)(state >> 8) * (0.1f / 16777216.0f) - 0.05f;
    if (sparse && p[i] < 0.0f)
      p[i] = 0.0f;
  }
  return p;
}

static arrays arrays_create(const bench_case *c) {
  const size_t in = c->g.inputs, out = c->g.outputs, weights = in * out;
  arrays a = {random_array(weights, 0),       random_array(weights, 0),
              random_array(weights, 1),       random_array(weights, 1),
              random_array(out, 0),           random_array(c->rows * in, 1),
              random_array(c->rows * out, 0), random_array(c->rows * out, 1),
              random_array(c->rows * in, 0),  random_array((c->rows + 63) / 64 * 64 * in, 0)};
  return a;
}

static void arrays_free(const arrays *a) {
  float *all[] = {a->w, a->dw, a->m, a->v, a->bias, a->x, a->y, a->dz, a->dx, a->partial};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    free(all[i]);
}

static void run_kernels(const mcnn_kernels *k, const bench_case *c, const arrays *a) {
  const size_t n = (size_t)c->g.inputs * c->g.outputs;
  switch (c->task) {
  case FORWARD:
    mcnn_dense_forward(k, &c->g, a->w, a->bias, a->x, c->rows, a->y);
    break;
  case BACKWARD_DW:
  case BACKWARD_DX:
    mcnn_dense_backward(
        k, &c->g,
        &(mcnn_dense_block){
            .w = a->w, .dz = a->dz, .dw = a->dw, .outputs = c->g.outputs, .dz_step = c->g.dz_step},
        1, a->x, c->rows, c->task == BACKWARD_DX ? a->partial : NULL);
    if (c->task == BACKWARD_DX)
      mcnn_dense_dx_finish(k, &c->g, a->x, c->rows, a->partial, 1, 0, a->dx);
    break;
  case RMSPROP:
    k->rmsprop(n, 1e-9f, 0.9f, 1e-7f, a->dw, a->m, a->w);
    break;
  case SGD:
    k->sgd(n, 1e-9f, 0.9f, 0, 0.0f, a->dw, a->m, a->w);
    break;
  case ADAM:
    k->adam(n, 1e-9f, 0.9f, 0.999f, 1e-8f, 0.0f, 1.0f, 1.0f, a->dw, a->m, a->v, a->w);
    break;
  }
}

#if MCNN_WITH_OPENBLAS
typedef void (*gemm_function)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                              const float *a, size_t lda, const float *b, size_t ldb, float *c,
                              size_t ldc);

/* The products of the task; no bias, no ReLU. */
static void run_products(gemm_function gemm, const bench_case *c, const arrays *a) {
  const size_t in = c->g.inputs, out = c->g.outputs;
  if (c->task == FORWARD)
    gemm(0, 0, c->rows, out, in, a->x, in, a->w, out, a->y, out);
  if (c->task == BACKWARD_DW || c->task == BACKWARD_DX)
    gemm(1, 0, in, out, c->rows, a->x, in, a->dz, out, a->dw, out);
  if (c->task == BACKWARD_DX)
    gemm(0, 1, c->rows, in, out, a->dz, out, a->w, out, a->dx, in);
}

static void gemm_whole(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                       const float *a, size_t lda, const float *b, size_t ldb, float *c,
                       size_t ldc) {
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
              transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k, 1.0f, a, (int)lda, b,
              (int)ldb, 0.0f, c, (int)ldc);
}

static void gemm_pieces(int transpose_a, int transpose_b, size_t m, size_t n, size_t k,
                        const float *a, size_t lda, const float *b, size_t ldb, float *c,
                        size_t ldc) {
  mcnn_gemm_openblas(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, 0, c, ldc);
}

static int is_product(task t) {
  return t == FORWARD || t == BACKWARD_DW || t == BACKWARD_DX;
}
#endif

static int has_column(const bench_case *c, size_t column) {
  if (column < WHOLE)
    return mcnn_isa_available((mcnn_isa)column);
#if MCNN_WITH_OPENBLAS
  return is_product(c->task);
#else
  return 0;
#endif
}

static void run_column(const bench_case *c, size_t column, const arrays *a) {
  if (column < WHOLE)
    run_kernels(mcnn_kernels_for((mcnn_isa)column), c, a);
#if MCNN_WITH_OPENBLAS
  else
    run_products(column == WHOLE ? gemm_whole : gemm_pieces, c, a);
#endif
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
  qsort(values, n, sizeof *values, by_size);
  return values[n / 2];
}

/* Repetitions that take about half a millisecond. */
static size_t repetitions(const bench_case *c, size_t column, const arrays *a) {
  run_column(c, column, a);
  const double start = seconds();
  run_column(c, column, a);
  const double once = seconds() - start;
  return once > 5e-4 ? 1 : (size_t)(5e-4 / (once + 1e-8)) + 1;
}

static double time_once(const bench_case *c, size_t column, const arrays *a, size_t count) {
  run_column(c, column, a); /* what the column before left in the caches is not its fault */
  const double start = seconds();
  for (size_t i = 0; i < count; i++)
    run_column(c, column, a);
  return (seconds() - start) / (double)(count * c->rows) * 1e6;
}

static void run_case(const bench_case *c, size_t rounds, double *times) {
  const arrays a = arrays_create(c);
  size_t count[COLUMNS] = {0};
  for (size_t i = 0; i < COLUMNS; i++)
    count[i] = has_column(c, i) ? repetitions(c, i, &a) : 0;
  for (size_t round = 0; round < rounds; round++)
    for (size_t i = 0; i < COLUMNS; i++)
      if (count[i] > 0)
        times[i * rounds + round] = time_once(c, i, &a, count[i]);
  printf("%-34s %5zu", c->name, c->rows);
  for (size_t i = 0; i < COLUMNS; i++)
    if (count[i] > 0)
      printf(" %9.2f", median(times + i * rounds, rounds));
    else
      printf(" %9s", "-");
  printf("\n");
  fflush(stdout);
  arrays_free(&a);
}

int main(int argc, char **argv) {
  const int asked = argc > 1 ? atoi(argv[1]) : 31;
  const size_t rounds = asked > 0 ? (size_t)asked : 1;
  double *times = calloc(rounds * COLUMNS, sizeof *times);
  if (!times)
    return EXIT_FAILURE;
#if MCNN_WITH_OPENBLAS
  openblas_set_num_threads(1);
  (void)mcnn_openblas_load();
#endif
  printf("us/image, median of %zu rounds\n%-34s %5s", rounds, "", "rows");
  for (size_t i = 0; i < WHOLE; i++)
    printf(" %9s", mcnn_isa_name((mcnn_isa)i));
  printf(" %9s %9s\n", "whole", "pieces");
  for (size_t i = 0; i < CASES; i++)
    run_case(&cases[i], rounds, times);
  free(times);
  return EXIT_SUCCESS;
}
