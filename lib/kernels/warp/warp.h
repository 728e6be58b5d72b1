/* Warps of images, one row at a time. */
#ifndef MCNN_KERNELS_WARP_H
#define MCNN_KERNELS_WARP_H

#include <stddef.h>
#include <stdint.h>

/* One row of a warp: its pixel c comes from row_start + c row_step and column_start + c column_step
 * of an image of height x width pixels. */
typedef struct mcnn_warp {
  double row_start, row_step, column_start, column_step;
  uint32_t height, width;
} mcnn_warp;

/* Around an image to be interpolated lie zeros: one pixel before and two behind, so that whatever
 * lies in [-1, side] has four neighbours. */
#define MCNN_WARP_BORDER 3u

/* What is interpolated, and how the result is scaled. */
typedef struct mcnn_warp_source {
  const float *padded; /* the image with its border */
  size_t channels;
  float scale, shift;
} mcnn_warp_source;

/* Displacements, in pixels once multiplied by `amount`, of the pixels of some rows, `step` floats
 * apart. All rows go on to a multiple of MCNN_WARP_PIXELS. */
typedef struct mcnn_warp_field {
  float amount;
  const float *rows, *columns;
  size_t step;
} mcnn_warp_field;

/* Some neighbouring pixels of a row: offsets, in pixels, of the first of four neighbours in the
 * image with its border, and the weights of the lower and of the right ones. */
#define MCNN_WARP_PIXELS 8u

typedef struct mcnn_warp_pixels {
  int32_t offset[MCNN_WARP_PIXELS];
  float down[MCNN_WARP_PIXELS], right[MCNN_WARP_PIXELS];
} mcnn_warp_pixels;

/* In plain loops, warp_nearest() and warp_smooth() of kernels.h, which see. */
void mcnn_warp_nearest_scalar(const mcnn_warp *w, int32_t *offset);
void mcnn_warp_smooth_scalar(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,
                             const mcnn_warp_source *source, float *target);

/* target[width][channels]: what `values` has for the bytes of the pixels at the offsets. */
void mcnn_warp_look_up(size_t width, size_t channels, const int32_t *offset, const uint8_t *pixels,
                       const float values[256], float *target);

/* target[width][channels] = scale * the bilinear interpolation of the neighbours + shift. Of later
 * versions of Keras: coordinates beyond an edge move onto it. */
void mcnn_warp_edge(const mcnn_warp *w, const mcnn_warp_source *source, float *target);

/* target[n][channels], n at most MCNN_WARP_PIXELS: what both this and warp_smooth() of kernels.h,
 * which see, are made of. */
void mcnn_warp_fetch(const mcnn_warp *w, const mcnn_warp_source *source,
                     const mcnn_warp_pixels *pixels, size_t n, float *target);

/* Grey-scale dilation (amount > 0) or erosion (amount < 0) with a 4-neighbour cross, blended with
 * the image: each of n neighbouring floats of the image with its border, in rows of `row` floats,
 * is moved by |amount| of the way to the largest, or the smallest, of its pixel and the four
 * around. */
void mcnn_warp_dilate(size_t n, size_t channels, size_t row, float amount, const float *pixels,
                      float *target);

#endif
