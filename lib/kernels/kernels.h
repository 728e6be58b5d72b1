/* The kernels: pure functions on pointers and sizes. No allocation, no globals, no error codes, no
 * threads. One table per instruction set (isa.h), chosen at run time; the naive twins in
 * tests/unit are what each entry is tested against.
 *
 * Conventions
 *   x, y      activations, NHWC, float32, images contiguous
 *   w         weights as stored: convolution HWIO = [KH*KW*IC][OC], dense [in][out]
 *   scratch   of the size the matching *_scratch_floats() gives, 64-byte aligned, contents free
 *   images    any count >= 1; every result is the same bytes whatever the count, so callers may cut
 *             a batch as they like (the kernels may use the count to go faster, not to add in
 *             another order)
 * ReLU and pooling let a NaN through rather than hide it where that costs nothing: relu(x) is
 * max(0, x) with the NaN operand kept.
 */
#ifndef MCNN_KERNELS_KERNELS_H
#define MCNN_KERNELS_KERNELS_H

#include "kernels/activation.h"
#include "kernels/isa.h"
#include "kernels/warp.h"

#include <stddef.h>
#include <stdint.h>

/* Convolution plus bias, then an activation, then (optionally) max-pooling; rows and columns that
 * do not fill a window are dropped, as Keras' "valid". Strides taken so far: 1 of a convolution,
 * the window's size of a pooling. */
typedef struct mcnn_conv_geometry {
  uint32_t in_height, in_width, in_channels;
  uint32_t kernel_height, kernel_width;
  uint32_t pad_top, pad_left, pad_bottom, pad_right; /* zeros around the input */
  uint32_t out_height, out_width, out_channels;      /* of the convolution, before pooling */
  uint32_t stride_height, stride_width;              /* of the convolution: 1, 1 */
  mcnn_activation activation;
  uint32_t pool_height, pool_width;               /* 1, 1: no pooling */
  uint32_t pool_stride_height, pool_stride_width; /* as the window */
} mcnn_conv_geometry;

typedef struct mcnn_pool_geometry {
  uint32_t in_height, in_width, channels;
  uint32_t pool_height, pool_width;
  uint32_t stride_height, stride_width; /* as the window */
} mcnn_pool_geometry;

/* A rectangle of a layer, some of its inputs and some of its outputs, is a layer of its own: with
 * the same steps but, if need be, of dz, and weights that lie together. */
typedef struct mcnn_dense_geometry {
  uint32_t inputs, outputs;
  uint32_t x_step, y_step; /* floats from row to row of x and dx, and of y and dy ... */
  uint32_t dz_step;        /* ... and of dz */
  mcnn_activation activation;
  uint32_t input_is_relu; /* 1: x came out of a ReLU, so that dx is of no use where x is 0 */
} mcnn_dense_geometry;

/* Some outputs of a layer, on the way back. dz is dy with the ReLU mask already applied by
 * dense_mask(). */
typedef struct mcnn_dense_part {
  const float *w, *dz;
  float *dw;
  size_t outputs, dz_step; /* floats from row to row of dz */
} mcnn_dense_part;

typedef struct mcnn_kernels mcnn_kernels;
struct mcnn_kernels {
  mcnn_isa isa;

  /* --- convolution block ---------------------------------------------------------------------
   * Weights are first brought into the kernel's own layout (packed): once per weight change for
   * prediction (training == 0), once per step for training (training == 1: whatever the backward
   * pass needs too). */
  size_t (*conv_packed_floats)(const mcnn_conv_geometry *g, int training);
  void (*conv_pack)(const mcnn_conv_geometry *g, const float *w, int training, float *packed);

  /* For up to `images` images per call. */
  size_t (*conv_scratch_floats)(const mcnn_conv_geometry *g, size_t images, int training);

  /* y: [images][out_height/pool_height][out_width/pool_width][out_channels].
   * chosen: the same shape, for conv_backward: which position of each window was the largest (the
   * first in row-major order when equal), as the window's row * pool_width + column; NULL for
   * prediction or where there is no pooling. pool_height * pool_width <= 256 holds.
   * The sums are compared before bias and ReLU. By Winograd's way (3x3 and 5x5 kernels of four and
   * more channels) they carry up to 1e-5 of the largest sum in error instead of about 1e-6, and
   * sums that ought to be equal may differ in their last bits. */
  void (*conv_forward)(const mcnn_conv_geometry *g, const float *packed, const float *bias,
                       const float *x, size_t images, float *y, uint8_t *chosen, float *scratch);

  /* Partial gradients in the kernel's own layout, so that callers can give each piece of a batch
   * its own and add them up in a fixed order. */
  size_t (*conv_grad_floats)(const mcnn_conv_geometry *g);

  /* grad = the gradient of weights and bias from these images, one image after the other, or is
   * added to where `accumulate`; NULL when nobody needs it.
   * dy: gradient of y; where relu, units with y <= 0 pass nothing on. dx: overwritten with the
   * gradient of x; NULL when nobody needs it, else `packed` is from conv_pack(training = 1). */
  void (*conv_backward)(const mcnn_conv_geometry *g, const float *packed, const float *x,
                        const float *y, const uint8_t *chosen, const float *dy, size_t images,
                        int accumulate, float *grad, float *dx, float *scratch);

  /* dw (HWIO) and db = the sum of `parts` partial gradients lying `stride` floats apart, added in
   * their order: the rows [begin, end) of dw, which has one a tap and input channel, begin a
   * multiple of MCNN_CONV_ROWS, and db together with the first of them. Both are overwritten. */
  void (*conv_grad_finish)(const mcnn_conv_geometry *g, const float *grads, size_t parts,
                           size_t stride, float *dw, float *db, size_t begin, size_t end);

  /* --- max-pooling on its own (after anything but a convolution) ------------------------------
   * chosen as above; NULL for prediction. dx is overwritten. */
  void (*maxpool_forward)(const mcnn_pool_geometry *g, const float *x, size_t images, float *y,
                          uint8_t *chosen);
  void (*maxpool_backward)(const mcnn_pool_geometry *g, const uint8_t *chosen, const float *dy,
                           size_t images, float *dx);

  /* --- dense ----------------------------------------------------------------------------------
   * y[rows][outputs] = relu?(x[rows][inputs] w[inputs][outputs] + bias). An output is the same
   * bytes whatever rows and outputs it is computed with. */
  void (*dense_forward)(const mcnn_dense_geometry *g, const float *w, const float *bias,
                        const float *x, size_t rows, float *y);

  /* How many outputs of a layer are best trained together: whole panels of w, few enough for what
   * belongs to them to stay in a cache. */
  size_t dense_part;

  /* dw[inputs][outputs] = x^T dz of each of the parts, overwritten, and what all of them give to
   * the gradient of x, in the kernel's own layout (dense_dx_floats() of them; NULL when nobody
   * needs it); the geometry's outputs and dz_step do not matter. Two parts at once take less than
   * one by one. */
  void (*dense_backward)(const mcnn_dense_geometry *g, const mcnn_dense_part *parts, size_t count,
                         const float *x, size_t rows, float *partial_dx);
  size_t (*dense_dx_floats)(const mcnn_dense_geometry *g, size_t rows);

  /* dx[rows][inputs] = dz w^T: the sum of `parts` partial ones, those of layers that are alike but
   * for their outputs, lying `stride` floats apart, added in their order. With input_is_relu either
   * that or 0 where x is 0. */
  void (*dense_dx_finish)(const mcnn_dense_geometry *g, const float *x, size_t rows,
                          const float *partial_dx, size_t parts, size_t stride, float *dx);

  /* dz = dy where y > 0, else 0 (in place is fine); without relu a copy. db[j] = sum of dz over the
   * rows, overwritten. */
  void (*dense_mask)(const mcnn_dense_geometry *g, const float *y, const float *dy, size_t rows,
                     float *dz, float *db);

  /* All the way back through a layer of few outputs and the ReLU in front of it (with
   * input_is_relu; else there is none). x: the outputs of the layer in front, front_dz: their
   * gradient, rows of `inputs` floats, front_db: that of the biases in front. dw, front_dz and
   * front_db are those of dense_backward(), dense_dx_finish() and dense_mask(). At most
   * MCNN_NARROW_INPUTS inputs and MCNN_NARROW_OUTPUTS outputs. NULL where those three do. */
  void (*dense_narrow_backward)(const mcnn_dense_geometry *g, const float *w, const float *x,
                                const float *dz, size_t rows, float *dw, float *front_dz,
                                float *front_db);

  /* --- matrix product: mcnn_gemm_builtin() in gemm.h, which see ------------------------------- */
  void (*gemm)(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, const float *a,
               size_t lda, const float *b, size_t ldb, int accumulate, float *c, size_t ldc);

  /* --- elementwise, any n; the same bytes however a range is cut -------------------------------
   */
  void (*relu_forward)(size_t n, const float *x, float *y);
  void (*relu_backward)(size_t n, const float *y, const float *dy, float *dx);
  /* dst = src * scale + offset */
  void (*scale_u8)(size_t n, const uint8_t *src, float scale, float offset, float *dst);
  void (*scale_f32)(size_t n, const float *src, float scale, float offset, float *dst);
  void (*add)(size_t n, const float *src, float *dst); /* dst += src */

  /* sums[i] = the sum over b < terms of factors[b factor_step] vectors[b vector_step + i], without
   * contraction: the same bytes on every instruction set */
  void (*mix)(size_t terms, const float *factors, size_t factor_step, const float *vectors,
              size_t vector_step, size_t n, float *sums);

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
  /* average = decay average + (1 - decay) w */
  void (*average)(size_t n, float decay, const float *w, float *average);

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

#define MCNN_CONV_ROWS 64

/* Of dense_narrow_backward(). */
#define MCNN_NARROW_INPUTS  ((size_t)128)
#define MCNN_NARROW_OUTPUTS ((size_t)32)

/* The table of an available instruction set. */
const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa);

/* Dense layers in reduced precision, for prediction: dense_forward() over all columns, with the
 * weights brought into a layout of 32-bit words beforehand. For layers with input_is_relu and at
 * most 65536 inputs. */
typedef struct mcnn_int8_kernels {
  size_t (*dense_packed_words)(const mcnn_dense_geometry *g);
  void (*dense_pack)(const mcnn_dense_geometry *g, const float *w, uint32_t *packed);
  size_t (*dense_scratch_words)(const mcnn_dense_geometry *g); /* whatever the rows */
  void (*dense_forward)(const mcnn_dense_geometry *g, const uint32_t *packed, const float *bias,
                        const float *x, size_t rows, float *y, uint32_t *scratch);
} mcnn_int8_kernels;

/* NULL where `isa`, this build or this processor has none. */
const mcnn_int8_kernels *mcnn_int8_kernels_for(mcnn_isa isa);

#endif
