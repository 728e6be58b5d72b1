/* Time per image of convolutions without pooling, as deep networks train them: the layers of
 * MnistSimpleCNN M3 and of ResNet-8, and first layers of few input channels.
 *
 *   bench_conv [ISA [IMAGES [LAYER]]]
 *
 * ISA: only this instruction set (portable, baseline, neon, avx2, avx512). IMAGES: of one call, 16
 * unless told. LAYER: only this line of the table. Every figure is the least of several runs on one
 * core; behind it the speed that plain sums would need for it, in 10^9 multiplications and
 * additions a second.
 */
#include "kernels/conv/conv.h"
#include "kernels/conv/shape.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LEAST_RUNS 5
#define LEAST_US   60000.0

typedef struct layer {
  uint32_t side, channels, filters, kernel, same;
  mcnn_activation activation;
  uint32_t stride;
} layer;

#define LINEAR MCNN_ACTIVATION_LINEAR
#define RELU   MCNN_ACTIVATION_RELU

static const layer layers[] = {
    {28, 1, 32, 3, 0, LINEAR, 1},    {26, 32, 48, 3, 0, LINEAR, 1},
    {24, 48, 64, 3, 0, LINEAR, 1},   {22, 64, 80, 3, 0, LINEAR, 1},
    {20, 80, 96, 3, 0, LINEAR, 1},   {18, 96, 112, 3, 0, LINEAR, 1},
    {16, 112, 128, 3, 0, LINEAR, 1}, {14, 128, 144, 3, 0, LINEAR, 1},
    {12, 144, 160, 3, 0, LINEAR, 1}, {10, 160, 176, 3, 0, LINEAR, 1},
    {32, 16, 16, 3, 1, LINEAR, 1},   {16, 32, 32, 3, 1, LINEAR, 1},
    {8, 64, 64, 3, 1, LINEAR, 1},    {28, 1, 32, 3, 0, RELU, 1},
    {32, 3, 16, 3, 1, LINEAR, 1},    {128, 3, 32, 3, 1, RELU, 1},
    {28, 1, 32, 5, 0, RELU, 1},      {24, 32, 32, 5, 0, LINEAR, 1},
    {12, 64, 64, 5, 1, RELU, 1},     {28, 8, 16, 3, 1, RELU, 1},
    {14, 64, 64, 1, 0, LINEAR, 1},   {14, 16, 16, 7, 0, LINEAR, 1},
    {32, 16, 32, 3, 1, LINEAR, 2},   {16, 32, 64, 3, 1, LINEAR, 2},
    {32, 16, 32, 1, 1, LINEAR, 2},   {16, 32, 64, 1, 1, LINEAR, 2},
};

enum { LAYERS = sizeof layers / sizeof layers[0] };

static mcnn_conv_geometry geometry_of(const layer *l) {
  const uint32_t stride = l->stride;
  const uint32_t wanted = l->same ? (l->side - 1) / stride * stride + l->kernel : 0;
  const uint32_t pad = wanted > l->side ? wanted - l->side : 0;
  const uint32_t out = (l->side + pad - l->kernel) / stride + 1;
  const mcnn_conv_geometry g = {.in_height = l->side,
                                .in_width = l->side,
                                .in_channels = l->channels,
                                .kernel_height = l->kernel,
                                .kernel_width = l->kernel,
                                .pad_top = pad / 2,
                                .pad_left = pad / 2,
                                .pad_bottom = pad - pad / 2,
                                .pad_right = pad - pad / 2,
                                .out_height = out,
                                .out_width = out,
                                .out_channels = l->filters,
                                .stride_height = stride,
                                .stride_width = stride,
                                .activation = l->activation,
                                .dilation_height = 1,
                                .dilation_width = 1,
                                .pool_height = 1,
                                .pool_width = 1,
                                .pool_stride_height = 1,
                                .pool_stride_width = 1};
  return g;
}

static float *uniform_floats(size_t count) {
  static uint64_t state = 1;
  void *p = NULL;
  if (posix_memalign(&p, 64, count * sizeof(float)) != 0) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  float *const floats = p;
  for (size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    floats[i] = (float)(uint32_t)(state >> 33) / 1073741824.0f - 1.0f;
  }
  return floats;
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* One layer with everything that passes through it. */
typedef struct problem {
  const mcnn_kernels *kernels;
  mcnn_conv_geometry g;
  size_t images;
  float *w, *bias, *packed, *x, *y, *dy, *dx, *grad, *scratch;
} problem;

typedef void (*stage)(const problem *p);

static void pack(const problem *p) {
  mcnn_conv_pack(p->kernels, &p->g, p->w, 1, p->packed);
}
static void forward(const problem *p) {
  mcnn_conv_forward(p->kernels, &p->g, p->packed, p->bias, p->x, p->images, p->y, NULL, p->scratch);
}
static void backward_x(const problem *p) {
  mcnn_conv_backward(p->kernels, &p->g, p->packed, p->x, p->y, NULL, p->dy, p->images, 0, NULL,
                     p->dx, p->scratch);
}
static void backward(const problem *p) {
  mcnn_conv_backward(p->kernels, &p->g, p->packed, p->x, p->y, NULL, p->dy, p->images, 0, p->grad,
                     p->dx, p->scratch);
}
static void backward_w(const problem *p) {
  mcnn_conv_backward(p->kernels, &p->g, p->packed, p->x, p->y, NULL, p->dy, p->images, 0, p->grad,
                     NULL, p->scratch);
}

/* The least time of a call, us. */
static double measure(stage run, const problem *p) {
  double least = 1e30, spent = 0;
  for (int i = 0; i < LEAST_RUNS || spent < LEAST_US; ++i) {
    const double start = now_us();
    run(p);
    const double time = now_us() - start;
    spent += time;
    least = time < least ? time : least;
  }
  return least;
}

static void print_stage(const char *name, stage run, const problem *p) {
  const double us = measure(run, p) / (double)p->images;
  const double flops =
      2.0 * (double)mcnn_conv_out_size(&p->g) * (double)mcnn_conv_patch_size(&p->g);
  printf("  %s %8.1f (%5.0f)", name, us, flops / us * 1e-3);
}

static void measure_layer(const mcnn_kernels *kernels, const layer *l, size_t images) {
  problem p = {.kernels = kernels, .g = geometry_of(l), .images = images};
  const mcnn_conv_geometry *g = &p.g;
  p.w = uniform_floats(mcnn_conv_weight_size(g));
  p.bias = uniform_floats(g->out_channels);
  p.packed = uniform_floats(mcnn_conv_packed_floats(kernels, g, 1));
  p.x = uniform_floats(images * mcnn_conv_in_size(g));
  p.dx = uniform_floats(images * mcnn_conv_in_size(g));
  p.y = uniform_floats(images * mcnn_conv_out_size(g));
  p.dy = uniform_floats(images * mcnn_conv_out_size(g));
  p.grad = uniform_floats(mcnn_conv_grad_floats(kernels, g));
  p.scratch = uniform_floats(mcnn_conv_scratch_floats(kernels, g, 1));
  printf("%-8s %3ux%-3u %3u -> %3u %ux%u/%u %s%s", mcnn_isa_name(kernels->isa), l->side, l->side,
         l->channels, l->filters, l->kernel, l->kernel, g->stride_height,
         l->same ? "same " : "valid", l->activation == MCNN_ACTIVATION_RELU ? " relu" : "     ");
  printf("  pack %6.1f", measure(pack, &p));
  print_stage("forward", forward, &p);
  print_stage("dx", backward_x, &p);
  print_stage("dw", backward_w, &p);
  print_stage("both", backward, &p);
  printf("\n");
  float *const all[] = {p.w, p.bias, p.packed, p.x, p.dx, p.y, p.dy, p.grad, p.scratch};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i)
    free(all[i]);
}

int main(int argc, char **argv) {
  const size_t images = argc > 2 ? strtoul(argv[2], NULL, 10) : 16;
  const size_t only = argc > 3 ? strtoul(argv[3], NULL, 10) : LAYERS;
  if (images == 0)
    return 1;
  printf("us per image (pack: us per call)\n");
  for (int i = 0; i < (int)MCNN_ISA_COUNT; ++i) {
    const int wanted = argc <= 1 || strcmp(argv[1], mcnn_isa_name((mcnn_isa)i)) == 0;
    for (size_t l = 0; wanted && mcnn_isa_available((mcnn_isa)i) && l < LAYERS; ++l)
      if (only == LAYERS || only == l)
        measure_layer(mcnn_kernels_for((mcnn_isa)i), &layers[l], images);
  }
  return 0;
}
