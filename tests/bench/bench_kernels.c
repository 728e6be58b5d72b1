/* Time per image of the convolution kernels in the reference network, for each instruction set.
 *
 *   bench_kernels [IMAGES.idx [WEIGHTS.f32 [ISA]]]
 *
 * IMAGES.idx: 28x28 images as MNIST's (not compressed); without it strokes are drawn. WEIGHTS.f32:
 * the two convolutions' weights and biases, kernel before bias, as raw floats; without it they are
 * drawn at random. The images decide how much background there is to skip, the weights how many
 * units ReLU leaves alive, so figures to be quoted want real ones.
 * ISA: only this instruction set (portable, baseline, neon, avx2, avx512).
 * Every figure is the least of several runs on one core. */
#include "kernels/conv/conv.h"
#include "kernels/conv/shape.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IMAGES ((size_t)32)
#define PIXELS ((size_t)784)
#define RUNS   300

static const mcnn_conv_geometry first_block = {.in_height = 28,
                                               .in_width = 28,
                                               .in_channels = 1,
                                               .kernel_height = 5,
                                               .kernel_width = 5,
                                               .out_height = 24,
                                               .out_width = 24,
                                               .out_channels = 16,
                                               .activation = MCNN_ACTIVATION_RELU,
                                               .stride_height = 1,
                                               .stride_width = 1,
                                               .dilation_height = 1,
                                               .dilation_width = 1,
                                               .pool_stride_height = 2,
                                               .pool_stride_width = 2,
                                               .pool_height = 2,
                                               .pool_width = 2};
static const mcnn_conv_geometry second_block = {.in_height = 12,
                                                .in_width = 12,
                                                .in_channels = 16,
                                                .kernel_height = 5,
                                                .kernel_width = 5,
                                                .out_height = 8,
                                                .out_width = 8,
                                                .out_channels = 32,
                                                .activation = MCNN_ACTIVATION_RELU,
                                                .stride_height = 1,
                                                .stride_width = 1,
                                                .dilation_height = 1,
                                                .dilation_width = 1,
                                                .pool_stride_height = 2,
                                                .pool_stride_width = 2,
                                                .pool_height = 2,
                                                .pool_width = 2};

static void *allocate(size_t size) {
  void *p = NULL;
  if (posix_memalign(&p, 64, size) != 0) {
    fprintf(stderr, "out of memory\n");
    exit(1);
  }
  memset(p, 0, size);
  return p;
}

static float *allocate_floats(size_t count) {
  return allocate(count * sizeof(float));
}

static float uniform(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)(uint32_t)(state >> 33) / 1073741824.0f - 1.0f;
}

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

/* A few thick strokes within the middle 20x20 pixels. */
static void draw(float *image) {
  for (int stroke = 0; stroke < 3; ++stroke) {
    const float x0 = 14 + 8 * uniform(), y0 = 14 + 8 * uniform();
    const float x1 = 14 + 8 * uniform(), y1 = 14 + 8 * uniform();
    for (int step = 0; step <= 40; ++step) {
      const float t = (float)step / 40;
      const size_t x = (size_t)(x0 + t * (x1 - x0));
      const size_t y = (size_t)(y0 + t * (y1 - y0));
      image[y * 28 + x] = image[y * 28 + x + 1] = image[(y + 1) * 28 + x] = 1.0f;
    }
  }
}

static int read_images(const char *path, float *x) {
  unsigned char bytes[PIXELS];
  FILE *file = fopen(path, "rb");
  int ok = file && fseek(file, 16, SEEK_SET) == 0;
  for (size_t i = 0; ok && i < IMAGES; ++i) {
    ok = fread(bytes, sizeof bytes, 1, file) == 1;
    for (size_t p = 0; p < PIXELS; ++p)
      x[i * PIXELS + p] = (float)bytes[p] / 255.0f;
  }
  if (file)
    fclose(file);
  return ok;
}

/* One block with its weights and everything that passes through it. */
typedef struct block {
  const mcnn_conv_geometry *g;
  float *w, *bias, *packed, *x, *y, *dy, *dx, *grad, *scratch, *dw, *db;
  uint8_t *argmax;
} block;

static block new_block(const mcnn_conv_geometry *g) {
  block b = {.g = g};
  b.w = allocate_floats(mcnn_conv_weight_size(g));
  b.bias = allocate_floats(g->out_channels);
  b.x = allocate_floats(IMAGES * mcnn_conv_in_size(g));
  b.dx = allocate_floats(IMAGES * mcnn_conv_in_size(g));
  b.y = allocate_floats(IMAGES * mcnn_conv_pooled_size(g));
  b.dy = allocate_floats(IMAGES * mcnn_conv_pooled_size(g));
  b.argmax = allocate(IMAGES * mcnn_conv_pooled_size(g));
  b.dw = allocate_floats(mcnn_conv_weight_size(g));
  b.db = allocate_floats(g->out_channels);
  const float limit = sqrtf(6.0f / (float)(mcnn_conv_patch_size(g) + 25 * g->out_channels));
  for (size_t i = 0; i < mcnn_conv_weight_size(g); ++i)
    b.w[i] = limit * uniform();
  for (size_t i = 0; i < IMAGES * mcnn_conv_pooled_size(g); ++i)
    b.dy[i] = 1e-3f * uniform();
  return b;
}

static int read_weights(const char *path, const block *first, const block *second) {
  FILE *file = fopen(path, "rb");
  int ok = file != NULL;
  const block *const blocks[] = {first, second};
  for (size_t i = 0; ok && i < 2; ++i) {
    const size_t weights = mcnn_conv_weight_size(blocks[i]->g);
    ok = fread(blocks[i]->w, sizeof(float), weights, file) == weights &&
         fread(blocks[i]->bias, sizeof(float), blocks[i]->g->out_channels, file) ==
             blocks[i]->g->out_channels;
  }
  if (file)
    fclose(file);
  return ok;
}

typedef void (*stage)(const mcnn_kernels *kernels, const block *b, size_t images);

static void pack(const mcnn_kernels *kernels, const block *b, size_t images) {
  (void)images;
  mcnn_conv_pack(kernels, b->g, b->w, 1, b->packed);
}
static void forward(const mcnn_kernels *kernels, const block *b, size_t images) {
  mcnn_conv_forward(kernels, b->g, b->packed, b->bias, b->x, images, b->y, b->argmax, b->scratch);
}
static void backward_w(const mcnn_kernels *kernels, const block *b, size_t images) {
  mcnn_conv_backward(kernels, b->g, b->packed, b->x, b->y, b->argmax, b->dy, images, 0, b->grad,
                     NULL, b->scratch);
}
static void backward(const mcnn_kernels *kernels, const block *b, size_t images) {
  mcnn_conv_backward(kernels, b->g, b->packed, b->x, b->y, b->argmax, b->dy, images, 0, b->grad,
                     b->dx, b->scratch);
}
static void finish(const mcnn_kernels *kernels, const block *b, size_t images) {
  (void)images;
  mcnn_conv_grad_finish(kernels, b->g, b->grad, 1, 0, b->dw, b->db, 0, mcnn_conv_patch_size(b->g));
}

/* The least time per image of a stage, us; batch images at a time over all IMAGES different ones.
 */
static double measure(stage run, const mcnn_kernels *kernels, const block *b, size_t batch) {
  double least = 1e30;
  for (int i = 0; i < RUNS; ++i) {
    const double start = now_us();
    for (size_t image = 0; image + batch <= IMAGES; image += batch) {
      block piece = *b;
      piece.x += image * mcnn_conv_in_size(b->g);
      piece.dx += image * mcnn_conv_in_size(b->g);
      piece.y += image * mcnn_conv_pooled_size(b->g);
      piece.dy += image * mcnn_conv_pooled_size(b->g);
      piece.argmax += image * mcnn_conv_pooled_size(b->g);
      run(kernels, &piece, batch);
    }
    const double time = (now_us() - start) / (double)IMAGES;
    least = time < least ? time : least;
  }
  return least;
}

static void measure_block(const char *name, const mcnn_kernels *kernels, block *b) {
  const mcnn_conv_geometry *g = b->g;
  b->packed = allocate_floats(mcnn_conv_packed_floats(kernels, g, 1));
  b->grad = allocate_floats(mcnn_conv_grad_floats(kernels, g));
  b->scratch = allocate_floats(mcnn_conv_scratch_floats(kernels, g, 1));
  pack(kernels, b, 0);
  size_t alive = 0;
  forward(kernels, b, IMAGES);
  for (size_t i = 0; i < IMAGES * mcnn_conv_pooled_size(g); ++i)
    alive += b->y[i] > 0;
  printf("%-8s %s  forward %5.2f (1 image at a time %5.2f)  dW %5.2f  dW+dX %5.2f  | a step: "
         "pack %5.2f finish %5.2f | alive %.2f\n",
         mcnn_isa_name(kernels->isa), name, measure(forward, kernels, b, IMAGES),
         measure(forward, kernels, b, 1), measure(backward_w, kernels, b, IMAGES),
         measure(backward, kernels, b, IMAGES), measure(pack, kernels, b, IMAGES) * (double)IMAGES,
         measure(finish, kernels, b, IMAGES) * (double)IMAGES,
         (double)alive / (double)(IMAGES * mcnn_conv_pooled_size(g)));
  free(b->packed);
  free(b->grad);
  free(b->scratch);
}

int main(int argc, char **argv) {
  block first = new_block(&first_block);
  block second = new_block(&second_block);
  if (argc > 1 && !read_images(argv[1], first.x)) {
    fprintf(stderr, "bench_kernels: cannot read %zu images from %s\n", IMAGES, argv[1]);
    return 1;
  }
  for (size_t i = 0; argc <= 1 && i < IMAGES; ++i)
    draw(first.x + i * PIXELS);
  if (argc > 2 && !read_weights(argv[2], &first, &second)) {
    fprintf(stderr, "bench_kernels: cannot read the weights from %s\n", argv[2]);
    return 1;
  }
  free(second.x);
  second.x = first.y;
  printf("us per image (pack and finish: us per call)\n");
  for (int i = 0; i < (int)MCNN_ISA_COUNT; ++i) {
    const int wanted = argc <= 3 || strcmp(argv[3], mcnn_isa_name((mcnn_isa)i)) == 0;
    if (wanted && mcnn_isa_available((mcnn_isa)i)) {
      measure_block("conv1", mcnn_kernels_for((mcnn_isa)i), &first);
      measure_block("conv2", mcnn_kernels_for((mcnn_isa)i), &second);
    }
  }
  return 0;
}
