/* The kernels: pure functions on pointers and sizes. No allocation, no globals, no error codes, no
 * threads. What is compiled once for each instruction set is a pointer in the table below, which
 * isa/ has one file for each to fill; what is compiled once for all (conv/conv.h, dense/dense.h,
 * depthwise/depthwise.h, gemm/gemm.h) is a function that is given the table. The naive twins beside
 * the templates (conv/naive_conv.c, dense/naive_dense.c, depthwise/naive_depthwise.c,
 * pool/naive_pool.c) are what all of it is tested against.
 *
 * Conventions
 *   x, y      activations, NHWC, float32, images contiguous
 *   w         weights as stored: convolution HWIO = [KH*KW*IC][OC], depthwise [KH*KW][C*M], dense
 *             [in][out]
 *   scratch   of the size the matching *_scratch_floats() gives, 64-byte aligned, contents free
 *   images    any count >= 1; every result is the same bytes whatever the count, so callers may cut
 *             a batch as they like (the kernels may use the count to go faster, not to add in
 *             another order; of gradients of weights see conv/conv.h)
 *   argmax    of a pooling window: row * pool_width + column of its largest element, of equal ones
 *             the first
 *
 * Words for how work is cut up, here and in lib/nn
 *   task      what a thread of the pool runs at once
 *   block     rows, columns, inputs, outputs or images worked on together, so that they stay in a
 *             cache
 *   panel     weights or columns packed contiguously for a kernel
 *   tile      a block of a kernel's output that is held in registers
 *
 * ReLU and pooling let a NaN through rather than hide it where that costs nothing: relu(x) is
 * max(0, x) with the NaN operand kept.
 */
#ifndef MCNN_KERNELS_KERNELS_H
#define MCNN_KERNELS_KERNELS_H

#include "base/limits.h"
#include "kernels/conv/loops.h"
#include "kernels/depthwise/loops.h"
#include "kernels/gemm/loops.h"
#include "kernels/isa.h"
#include "kernels/warp/warp.h"

typedef struct mcnn_kernels mcnn_kernels;
struct mcnn_kernels {
  mcnn_isa isa;
  size_t lanes; /* floats of a vector */

  mcnn_conv_loops conv;
  mcnn_depthwise_loops depthwise;
  mcnn_product_loops product;

  /* --- max-pooling on its own (after anything but a convolution) ------------------------------
   * Stride = window, no padding. argmax of each window; NULL for prediction. dx is overwritten. */
  void (*maxpool_forward)(const mcnn_pool_geometry *g, const float *x, size_t images, float *y,
                          uint8_t *argmax);
  void (*maxpool_backward)(const mcnn_pool_geometry *g, const uint8_t *argmax, const float *dy,
                           size_t images, float *dx);

  /* --- pooling with any stride and padding ------------------------------------------------------
   * Padding belongs to no window: the largest is one of the image's elements, and the mean is that
   * of those inside. dx is overwritten. */
  void (*window_max_forward)(const mcnn_pool_geometry *g, const float *x, size_t images, float *y,
                             uint8_t *argmax);
  void (*window_max_backward)(const mcnn_pool_geometry *g, const uint8_t *argmax, const float *dy,
                              size_t images, float *dx);
  void (*window_mean_forward)(const mcnn_pool_geometry *g, const float *x, size_t images, float *y);
  void (*window_mean_backward)(const mcnn_pool_geometry *g, const float *dy, size_t images,
                               float *dx);
  /* Of window_max_forward() over one window that is the image, without argmax: the window may have
   * more positions than a byte can name. */
  void (*global_max_backward)(const mcnn_pool_geometry *g, const float *x, const float *y,
                              const float *dy, size_t images, float *dx);

  /* --- dense layers, beside dense/dense.h -------------------------------------------------------
   * How many outputs of a layer are best trained together: whole panels of w, few enough for what
   * belongs to them to stay in a cache. */
  size_t dense_block_n;
  /* A narrower panel of the forward pass, for layers that it fills; or the same. */
  size_t dense_narrow_n;

  /* dz = dy where y > 0, else 0 (in place is fine); without relu a copy. db[j] = sum of dz over the
   * rows, overwritten. */
  void (*dense_mask)(const mcnn_dense_geometry *g, const float *y, const float *dy, size_t rows,
                     float *dz, float *db);

  /* Fused backward pass of a dense layer of few outputs and the preceding ReLU (with input_is_relu;
   * else there is none). x: the outputs of the preceding layer, prev_dz: their gradient, rows of
   * `inputs` floats, prev_db: that of the preceding biases. The results are those of
   * dense_backward(), dense_dx_finish() and dense_mask(). At most MCNN_SMALL_N_INPUTS inputs and
   * MCNN_SMALL_N_OUTPUTS outputs. NULL where those three are called instead. */
  void (*dense_small_n_backward)(const mcnn_dense_geometry *g, const float *w, const float *x,
                                 const float *dz, size_t rows, float *dw, float *prev_dz,
                                 float *prev_db);

  /* --- elementwise, any n; the same bytes however a range is cut ------------------------------ */
  void (*relu_forward)(size_t n, const float *x, float *y);
  void (*relu_backward)(size_t n, const float *y, const float *dy, float *dx);
  /* y = f(x) and dx = dy f'(x) of any activation (activation.h); y may be x, and dx dy. */
  void (*activation_forward)(mcnn_activation activation, float parameter, size_t n, const float *x,
                             float *y);
  void (*activation_backward)(mcnn_activation activation, float parameter, size_t n, const float *x,
                              const float *dy, float *dx);
  /* dst = src * scale + offset */
  void (*scale_u8)(size_t n, const uint8_t *src, float scale, float offset, float *dst);
  void (*scale_f32)(size_t n, const float *src, float scale, float offset, float *dst);
  /* y = (x - mean) / deviation of each of 1 to MCNN_MAX_NORMALIZED channels, which alternate; cut
   * between pixels only. */
  void (*normalize)(size_t n, size_t channels, const float *x, const float *mean,
                    const float *deviation, float *y);
  void (*add)(size_t n, const float *src, float *dst); /* dst += src */

  /* sums[i] = the sum over b < terms of factors[b factor_step] vectors[b vector_step + i], without
   * contraction: the same bytes on every instruction set */
  void (*weighted_sum)(size_t terms, const float *factors, size_t factor_step, const float *vectors,
                       size_t vector_step, size_t n, float *sums);

  /* y = x scale where kept, which is 0 or 1, is 1, else 0; y may be x */
  void (*dropout)(size_t n, const uint8_t *kept, float scale, const float *x, float *y);

  /* a + b, or with relu max(0, a + b); y may be a or b */
  void (*add_forward)(size_t n, const float *a, const float *b, uint32_t relu, float *y);

  /* --- normalisation by channel: norm/norm.h ----------------------------------------------------
   * Over the first n floats of rows that are norm->period long, n >= 1. */
  /* sums[period] = x, or (x - mean)^2, added up over the rows */
  void (*norm_sums)(const mcnn_norm *norm, size_t n, const float *x, float *sums);
  void (*norm_squares)(const mcnn_norm *norm, size_t n, const float *x, float *sums);
  /* y = (x - mean) scale + shift, and its ReLU where asked for; y may be x */
  void (*norm_forward)(const mcnn_norm *norm, size_t n, const float *x, float *y);
  /* dz = dy, or with the ReLU where norm_forward() gives more than 0, else 0: sums[period] = dz,
   * products[period] = dz (x - mean), added up over the rows */
  void (*norm_gradient_sums)(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                             float *sums, float *products);
  /* dx = scale dz - constant - slope (x - mean) */
  void (*norm_backward)(const mcnn_norm *norm, size_t n, const float *x, const float *dy,
                        float *dx);

  /* The same of one image, with max-pooling behind it whose stride is its window, without padding;
   * argmax of each window, NULL for prediction; y and dy are of the windows. The sums are over the
   * windows [begin, end), `channels` floats each. */
  void (*norm_pool_forward)(const mcnn_norm *norm, const mcnn_pool_geometry *g, const float *x,
                            float *y, uint8_t *argmax);
  void (*norm_pool_gradient_sums)(const mcnn_norm *norm, const mcnn_pool_geometry *g, size_t begin,
                                  size_t end, const float *x, const float *y, const uint8_t *argmax,
                                  const float *dy, float *sums, float *products);
  void (*norm_pool_backward)(const mcnn_norm *norm, const mcnn_pool_geometry *g, const float *x,
                             const float *y, const uint8_t *argmax, const float *dy, float *dx);

  /* --- optimisers over flat arrays ---------------------------------------------------------------
   * Keras 2.0.3: a = rho a + (1 - rho) g^2; w -= lr g / (sqrt(a) + epsilon) */
  void (*rmsprop)(size_t n, float lr, float rho, float epsilon, const float *g, float *a, float *w);
  /* v = momentum v - lr g; w += v, or with nesterov w += momentum v - lr g; before either,
   * decoupled decay: w -= lr decay w */
  void (*sgd)(size_t n, float lr, float momentum, uint32_t nesterov, float decay, const float *g,
              float *v, float *w);
  /* m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; w -= lr decay w;
   * w -= lr (m * correction1) / (sqrt(v * correction2) + epsilon), correction = 1/(1 - b^t) */
  void (*adam)(size_t n, float lr, float b1, float b2, float epsilon, float decay,
               float correction1, float correction2, const float *g, float *m, float *v, float *w);
  /* ema = decay ema + (1 - decay) w */
  void (*ema)(size_t n, float decay, const float *w, float *ema);

  /* --- augmentation -----------------------------------------------------------------------------
   * mcnn_philox_blocks() of base/rng.h. */
  void (*philox)(const uint32_t counter[4], const uint32_t key[2], size_t blocks, uint32_t *out);

  /* The pixels nearest to where the warp leads, as offsets into the image; what lies outside is
   * moved onto the edge. The offsets go on to a multiple of MCNN_WARP_PIXELS. */
  void (*warp_nearest)(const mcnn_warp *w, int32_t *offset);

  /* target[rows][width][channels] = scale * the bilinear interpolation of the source where the
   * warps, one a row and alike but for their starts, and the field lead + shift; what lies more
   * than a pixel outside is 0. The same bytes on every instruction set, like the offsets above. */
  void (*warp_smooth)(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,
                      const mcnn_warp_source *source, float *target);
};

/* Of dense_small_n_backward(). */
#define MCNN_SMALL_N_INPUTS  ((size_t)128)
#define MCNN_SMALL_N_OUTPUTS ((size_t)32)

/* --- the instruction sets of this build ------------------------------------------------------- */

/* 1 where this build has kernels for `isa` and the processor runs them. */
int mcnn_isa_available(mcnn_isa isa);

/* The widest available one. */
mcnn_isa mcnn_isa_best(void);

/* The table of an available instruction set. */
const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa);

/* "portable", "baseline", "neon", "avx2", "avx512"; NULL for anything else. */
const char *mcnn_isa_name(mcnn_isa isa);

/* The reverse of mcnn_isa_name(); returns 0 where `name` is none of them. */
int mcnn_isa_from_name(const char *name, mcnn_isa *isa);

#endif
