/* Where the time of a training step or a prediction goes: mnistcnn_bench_stages DATA_FOLDER
 *
 *   train, predict    as in ours.h; the note splits the figure: STAGE=MICROSECONDS ...
 *
 * The program is the library's own participant linked with the internal static library, in which
 * the linker (--wrap=mcnn_kernels_for) hands out a table of kernels whose entries are timed one by
 * one. What is left over is what no kernel does: assembling batches, the loss, bookkeeping. One
 * thread, and one instruction set at a time. */
#include "kernels/conv/conv.h"
#include "kernels/dense/dense.h"
#include "kernels/depthwise/depthwise.h"
#include "ours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STAGES_MAX = 128, NAME_BYTES = 48 };

/* The linker's names for the library's function and for what stands in for it. */
const mcnn_kernels *__real_mcnn_kernels_for(mcnn_isa isa);
const mcnn_kernels *__wrap_mcnn_kernels_for(mcnn_isa isa);

typedef struct stage {
  char name[NAME_BYTES];
  double seconds;
} stage;

/* A kernel has no context to pass anything in, so this program, unlike the library, has globals. */
static stage stages[STAGES_MAX];
static size_t num_stages;
static stage *current; /* not NULL inside a timed kernel: those it calls are part of it */
static size_t depth;
static mcnn_kernels inner;
static mcnn_kernels timed;

static stage *find_stage(const char *name) {
  size_t i = 0;
  while (i < num_stages && strcmp(stages[i].name, name) != 0)
    i++;
  if (i == num_stages && num_stages < STAGES_MAX - 1)
    snprintf(stages[num_stages++].name, NAME_BYTES, "%s", name);
  return &stages[i];
}

static double open_stage(const char *name) {
  if (depth++ == 0)
    current = find_stage(name);
  return bench_now();
}

static void close_stage(double start) {
  if (--depth == 0)
    current->seconds += bench_now() - start;
}

static double open_conv(const char *kernel, const mcnn_conv_geometry *g) {
  char name[NAME_BYTES];
  snprintf(name, sizeof name, "%s:%ux%ux%u:%u,%ux%u/%u", kernel, g->in_height, g->in_width,
           g->in_channels, g->out_channels, g->kernel_height, g->kernel_width, g->stride_height);
  return open_stage(name);
}

static double open_depthwise(const char *kernel, const mcnn_depthwise_geometry *g) {
  char name[NAME_BYTES];
  snprintf(name, sizeof name, "%s:%ux%ux%u,%ux%u/%u", kernel, g->in_height, g->in_width,
           g->channels, g->kernel_height, g->kernel_width, g->stride_height);
  return open_stage(name);
}

static double open_dense(const char *kernel, const mcnn_dense_geometry *g) {
  char name[NAME_BYTES];
  snprintf(name, sizeof name, "%s:%u:%u", kernel, g->x_step, g->y_step);
  return open_stage(name);
}

void __real_mcnn_conv_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                           int training, float *packed);
void __wrap_mcnn_conv_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                           int training, float *packed);

void __wrap_mcnn_conv_pack(const mcnn_kernels *kernels, const mcnn_conv_geometry *g, const float *w,
                           int training, float *packed) {
  const double start = open_conv("conv_pack", g);
  __real_mcnn_conv_pack(kernels, g, w, training, packed);
  close_stage(start);
}

void __real_mcnn_conv_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                              const float *packed, const float *bias, const float *x, size_t images,
                              float *y, uint8_t *argmax, float *scratch);
void __wrap_mcnn_conv_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                              const float *packed, const float *bias, const float *x, size_t images,
                              float *y, uint8_t *argmax, float *scratch);

void __wrap_mcnn_conv_forward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                              const float *packed, const float *bias, const float *x, size_t images,
                              float *y, uint8_t *argmax, float *scratch) {
  const double start = open_conv("conv_forward", g);
  __real_mcnn_conv_forward(kernels, g, packed, bias, x, images, y, argmax, scratch);
  close_stage(start);
}

void __real_mcnn_conv_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               const float *packed, const float *x, const float *y,
                               const uint8_t *argmax, const float *dy, size_t images,
                               int accumulate, float *grad, float *dx, float *scratch);
void __wrap_mcnn_conv_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               const float *packed, const float *x, const float *y,
                               const uint8_t *argmax, const float *dy, size_t images,
                               int accumulate, float *grad, float *dx, float *scratch);

void __wrap_mcnn_conv_backward(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                               const float *packed, const float *x, const float *y,
                               const uint8_t *argmax, const float *dy, size_t images,
                               int accumulate, float *grad, float *dx, float *scratch) {
  const double start = open_conv("conv_backward", g);
  __real_mcnn_conv_backward(kernels, g, packed, x, y, argmax, dy, images, accumulate, grad, dx,
                            scratch);
  close_stage(start);
}

void __real_mcnn_conv_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                  const float *grads, size_t partials, size_t stride, float *dw,
                                  float *db, size_t begin, size_t end);
void __wrap_mcnn_conv_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                  const float *grads, size_t partials, size_t stride, float *dw,
                                  float *db, size_t begin, size_t end);

void __wrap_mcnn_conv_grad_finish(const mcnn_kernels *kernels, const mcnn_conv_geometry *g,
                                  const float *grads, size_t partials, size_t stride, float *dw,
                                  float *db, size_t begin, size_t end) {
  const double start = open_conv("conv_grad_finish", g);
  __real_mcnn_conv_grad_finish(kernels, g, grads, partials, stride, dw, db, begin, end);
  close_stage(start);
}

void __real_mcnn_dense_forward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                               const float *w, const float *bias, const float *x, size_t rows,
                               float *y);
void __wrap_mcnn_dense_forward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                               const float *w, const float *bias, const float *x, size_t rows,
                               float *y);

void __wrap_mcnn_dense_forward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                               const float *w, const float *bias, const float *x, size_t rows,
                               float *y) {
  const double start = open_dense("dense_forward", g);
  __real_mcnn_dense_forward(kernels, g, w, bias, x, rows, y);
  close_stage(start);
}

static void timed_dense_mask(const mcnn_dense_geometry *g, const float *y, const float *dy,
                             size_t rows, float *dz, float *db) {
  const double start = open_dense("dense_mask", g);
  inner.dense_mask(g, y, dy, rows, dz, db);
  close_stage(start);
}

static void timed_dense_small_n_backward(const mcnn_dense_geometry *g, const float *w,
                                         const float *x, const float *dz, size_t rows, float *dw,
                                         float *prev_dz, float *prev_db) {
  const double start = open_dense("dense_small_n_backward", g);
  inner.dense_small_n_backward(g, w, x, dz, rows, dw, prev_dz, prev_db);
  close_stage(start);
}

void __real_mcnn_dense_backward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                const mcnn_dense_block *blocks, size_t count, const float *x,
                                size_t rows, float *partial_dx);
void __wrap_mcnn_dense_backward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                const mcnn_dense_block *blocks, size_t count, const float *x,
                                size_t rows, float *partial_dx);

void __wrap_mcnn_dense_backward(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                const mcnn_dense_block *blocks, size_t count, const float *x,
                                size_t rows, float *partial_dx) {
  const double start = open_dense("dense_backward", g);
  __real_mcnn_dense_backward(kernels, g, blocks, count, x, rows, partial_dx);
  close_stage(start);
}

void __real_mcnn_dense_dx_finish(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                 const float *x, size_t rows, const float *partial_dx,
                                 size_t partials, size_t stride, float *dx);
void __wrap_mcnn_dense_dx_finish(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                 const float *x, size_t rows, const float *partial_dx,
                                 size_t partials, size_t stride, float *dx);

void __wrap_mcnn_dense_dx_finish(const mcnn_kernels *kernels, const mcnn_dense_geometry *g,
                                 const float *x, size_t rows, const float *partial_dx,
                                 size_t partials, size_t stride, float *dx) {
  const double start = open_dense("dense_dx_finish", g);
  __real_mcnn_dense_dx_finish(kernels, g, x, rows, partial_dx, partials, stride, dx);
  close_stage(start);
}

void __real_mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                   const float *packed, const float *bias, const float *x,
                                   size_t images, float *y, float *scratch);
void __wrap_mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                   const float *packed, const float *bias, const float *x,
                                   size_t images, float *y, float *scratch);

void __wrap_mcnn_depthwise_forward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                   const float *packed, const float *bias, const float *x,
                                   size_t images, float *y, float *scratch) {
  const double start = open_depthwise("depthwise_forward", g);
  __real_mcnn_depthwise_forward(kernels, g, packed, bias, x, images, y, scratch);
  close_stage(start);
}

void __real_mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                    const float *packed, const float *x, const float *y,
                                    const float *dy, size_t images, int accumulate, float *grad,
                                    float *dx, float *scratch);
void __wrap_mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                    const float *packed, const float *x, const float *y,
                                    const float *dy, size_t images, int accumulate, float *grad,
                                    float *dx, float *scratch);

void __wrap_mcnn_depthwise_backward(const mcnn_kernels *kernels, const mcnn_depthwise_geometry *g,
                                    const float *packed, const float *x, const float *y,
                                    const float *dy, size_t images, int accumulate, float *grad,
                                    float *dx, float *scratch) {
  const double start = open_depthwise("depthwise_backward", g);
  __real_mcnn_depthwise_backward(kernels, g, packed, x, y, dy, images, accumulate, grad, dx,
                                 scratch);
  close_stage(start);
}

static void timed_norm_sums(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  const double start = open_stage("norm_sums");
  inner.norm_sums(norm, n, x, sums);
  close_stage(start);
}

static void timed_norm_squares(const mcnn_norm *norm, size_t n, const float *x, float *sums) {
  const double start = open_stage("norm_squares");
  inner.norm_squares(norm, n, x, sums);
  close_stage(start);
}

static void timed_norm_forward(const mcnn_norm *norm, size_t n, const float *x, float *y) {
  const double start = open_stage("norm_forward");
  inner.norm_forward(norm, n, x, y);
  close_stage(start);
}

static void timed_norm_gradient_sums(const mcnn_norm *norm, size_t n, const float *x,
                                     const float *dy, float *sums, float *products) {
  const double start = open_stage("norm_gradient_sums");
  inner.norm_gradient_sums(norm, n, x, dy, sums, products);
  close_stage(start);
}

static void timed_norm_backward(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                                float *dx) {
  const double start = open_stage("norm_backward");
  inner.norm_backward(norm, n, x, dy, dx);
  close_stage(start);
}

static void timed_norm_pool_forward(const mcnn_norm *norm, const mcnn_pool_geometry *g,
                                    const float *x, float *y, uint8_t *argmax) {
  const double start = open_stage("norm_pool_forward");
  inner.norm_pool_forward(norm, g, x, y, argmax);
  close_stage(start);
}

static void timed_norm_pool_gradient_sums(const mcnn_norm *norm, const mcnn_pool_geometry *g,
                                          size_t begin, size_t end, const float *x, const float *y,
                                          const uint8_t *argmax, const float *dy, float *sums,
                                          float *products) {
  const double start = open_stage("norm_pool_gradient_sums");
  inner.norm_pool_gradient_sums(norm, g, begin, end, x, y, argmax, dy, sums, products);
  close_stage(start);
}

static void timed_norm_pool_backward(const mcnn_norm *norm, const mcnn_pool_geometry *g,
                                     const float *x, const float *y, const uint8_t *argmax,
                                     const float *dy, float *dx) {
  const double start = open_stage("norm_pool_backward");
  inner.norm_pool_backward(norm, g, x, y, argmax, dy, dx);
  close_stage(start);
}

static void timed_add(size_t n, const float *src, float *dst) {
  const double start = open_stage("add");
  inner.add(n, src, dst);
  close_stage(start);
}

static void timed_scale_u8(size_t n, const uint8_t *src, float scale, float offset, float *dst) {
  const double start = open_stage("scale_u8");
  inner.scale_u8(n, src, scale, offset, dst);
  close_stage(start);
}

static void timed_scale_f32(size_t n, const float *src, float scale, float offset, float *dst) {
  const double start = open_stage("scale_f32");
  inner.scale_f32(n, src, scale, offset, dst);
  close_stage(start);
}

static void timed_rmsprop(size_t n, float lr, float rho, float epsilon, const float *g, float *a,
                          float *w) {
  const double start = open_stage("rmsprop");
  inner.rmsprop(n, lr, rho, epsilon, g, a, w);
  close_stage(start);
}

const mcnn_kernels *__wrap_mcnn_kernels_for(mcnn_isa isa) {
  inner = *__real_mcnn_kernels_for(isa);
  timed = inner;
  timed.dense_mask = timed_dense_mask;
  if (inner.dense_small_n_backward)
    timed.dense_small_n_backward = timed_dense_small_n_backward;
  timed.scale_u8 = timed_scale_u8;
  timed.scale_f32 = timed_scale_f32;
  timed.rmsprop = timed_rmsprop;
  timed.norm_sums = timed_norm_sums;
  timed.norm_squares = timed_norm_squares;
  timed.norm_forward = timed_norm_forward;
  timed.norm_gradient_sums = timed_norm_gradient_sums;
  timed.norm_backward = timed_norm_backward;
  timed.norm_pool_forward = timed_norm_pool_forward;
  timed.norm_pool_gradient_sums = timed_norm_pool_gradient_sums;
  timed.norm_pool_backward = timed_norm_pool_backward;
  timed.add = timed_add;
  return &timed;
}

static void describe(double microseconds, double seconds, char *note, size_t capacity) {
  size_t length = 0;
  for (size_t i = 0; i < num_stages && length < capacity; i++) {
    const double share = stages[i].seconds / seconds;
    if (share > 0)
      length += (size_t)snprintf(note + length, capacity - length, "%s=%.4g ", stages[i].name,
                                 share * microseconds);
  }
}

static void start_anew(void) {
  for (size_t i = 0; i < num_stages; i++)
    stages[i].seconds = 0;
}

static int split_request(const bench_request *request, void *context, bench_answer *answer) {
  return ours_split(request, context, answer, start_anew, describe);
}

int main(int argc, char **argv) {
  return ours_serve_split(argc, argv, "kernels timed one by one", split_request);
}
