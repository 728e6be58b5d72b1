/* The dense limit: this machine's own OpenBLAS doing the matrix products of a step, and nothing
 * else. No im2col, bias, ReLU, pooling, loss or optimiser, and buffers that are already warm: what
 * a dense implementation could reach if all of that were free.
 *
 * Convolutions are measured image by image and as one product over the whole batch; the better
 * counts. One BLAS thread. */
#include "serve.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>

enum { KERNEL = 5, FILTERS1 = 16, FILTERS2 = 32, HIDDEN = 1000, CLASSES = 10 };
enum { PRODUCTS_MAX = 12 };

/* C[rows][columns] = A B over `depth`, `repeats` times (once an image, or once a batch). */
typedef struct product {
  CBLAS_TRANSPOSE transpose_a;
  CBLAS_TRANSPOSE transpose_b;
  size_t rows, columns, depth, repeats;
} product;

typedef struct product_list {
  product products[PRODUCTS_MAX];
  size_t count;
  float *a, *b, *c; /* large enough for every product */
} product_list;

static void add(product_list *list, CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b,
                size_t rows, size_t columns, size_t depth, size_t repeats) {
  list->products[list->count++] =
      (product){transpose_a, transpose_b, rows, columns, depth, repeats};
}

/* Y = cols W; dW = cols' dY; dcols = dY W'. */
static void add_convolution(product_list *list, size_t positions, size_t filters, size_t patch,
                            size_t repeats, int backward, int input_gradient) {
  add(list, CblasNoTrans, CblasNoTrans, positions, filters, patch, repeats);
  if (backward)
    add(list, CblasTrans, CblasNoTrans, patch, filters, positions, repeats);
  if (backward && input_gradient)
    add(list, CblasNoTrans, CblasTrans, positions, patch, filters, repeats);
}

/* A dense layer's products are those of a convolution with one position per image. */
static void add_dense(product_list *list, size_t batch, size_t inputs, size_t outputs,
                      int backward) {
  add_convolution(list, batch, outputs, inputs, 1, backward, 1);
}

static void plan(product_list *list, size_t size, size_t channels, size_t batch,
                 size_t images_at_once, int backward) {
  const size_t side1 = size - KERNEL + 1;
  const size_t side2 = side1 / 2 - KERNEL + 1;
  const size_t flat = (side2 / 2) * (side2 / 2) * FILTERS2;
  const size_t repeats = batch / images_at_once;
  list->count = 0;
  add_convolution(list, side1 * side1 * images_at_once, FILTERS1, KERNEL * KERNEL * channels,
                  repeats, backward, 0);
  add_convolution(list, side2 * side2 * images_at_once, FILTERS2, KERNEL * KERNEL * FILTERS1,
                  repeats, backward, 1);
  add_dense(list, batch, flat, HIDDEN, backward);
  add_dense(list, batch, HIDDEN, CLASSES, backward);
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static float *ones(size_t count) {
  float *const values = malloc(count * sizeof *values);
  for (size_t i = 0; values && i < count; i++)
    values[i] = 1.0f + (float)(i % 7) * 0.125f;
  return values;
}

static int allocate(product_list *list) {
  size_t a = 0;
  size_t b = 0;
  size_t c = 0;
  for (size_t i = 0; i < list->count; i++) {
    const product *const p = &list->products[i];
    a = larger(a, p->rows * p->depth);
    b = larger(b, p->depth * p->columns);
    c = larger(c, p->rows * p->columns);
  }
  list->a = ones(a);
  list->b = ones(b);
  list->c = ones(c);
  return list->a && list->b && list->c;
}

static void release(product_list *list) {
  free(list->a);
  free(list->b);
  free(list->c);
}

static void multiply(const product *p, const product_list *list) {
  const size_t lda = p->transpose_a == CblasTrans ? p->rows : p->depth;
  const size_t ldb = p->transpose_b == CblasTrans ? p->depth : p->columns;
  cblas_sgemm(CblasRowMajor, p->transpose_a, p->transpose_b, (blasint)p->rows, (blasint)p->columns,
              (blasint)p->depth, 1.0f, list->a, (blasint)lda, list->b, (blasint)ldb, 0.0f, list->c,
              (blasint)p->columns);
}

static int run(void *context) {
  const product_list *const list = context;
  for (size_t i = 0; i < list->count; i++)
    for (size_t repeat = 0; repeat < list->products[i].repeats; repeat++)
      multiply(&list->products[i], list);
  return 1;
}

static double measure(size_t size, size_t channels, size_t batch, size_t images_at_once,
                      int backward, double seconds) {
  product_list list = {.count = 0};
  double result = -1;
  plan(&list, size, channels, batch, images_at_once, backward);
  if (allocate(&list))
    result = bench_seconds_per_call(run, &list, seconds);
  release(&list);
  return result;
}

static int answer_request(const bench_request *request, void *context, bench_answer *answer) {
  (void)context;
  const int backward = request->job[0] == 't'; /* train, else predict */
  const size_t size = bench_number(request, "size", 28);
  const size_t channels = bench_number(request, "channels", 1);
  const size_t batch = bench_number(request, "batch", 32);
  const double seconds = bench_real(request, "seconds", 0.3);

  const double one = measure(size, channels, batch, 1, backward, seconds);
  const double all = measure(size, channels, batch, batch, backward, seconds);
  if (one < 0 || all < 0) {
    snprintf(answer->note, sizeof answer->note, "out of memory");
    return 0;
  }
  answer->figure = (one < all ? one : all) / (double)batch * 1e6;
  snprintf(answer->note, sizeof answer->note, "convolutions %s",
           one < all ? "image by image" : "as one product");
  return 1;
}

int main(void) {
  char description[256];
  openblas_set_num_threads(1);
  snprintf(description, sizeof description, "%s, %s kernels, 1 thread", openblas_get_config(),
           openblas_get_corename());
  return bench_serve(description, answer_request, NULL);
}
