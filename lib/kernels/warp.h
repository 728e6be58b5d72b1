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

/* Where the pixels of a row come from. nearest: offsets into the image itself; the others: offsets
 * in pixels of the first of four neighbours in the image with its border, and the weights of the
 * lower and of the right ones. edge: coordinates beyond an edge move onto it. field: displaced by
 * elastic * field, and what lies more than a pixel outside is 0. */
void mcnn_warp_nearest(const mcnn_warp *w, int32_t *offset);
void mcnn_warp_edge(const mcnn_warp *w, int32_t *offset, float *down, float *right);
void mcnn_warp_field(const mcnn_warp *w, float elastic, const float *field_rows,
                     const float *field_columns, int32_t *offset, float *down, float *right);

/* target[width][channels] = scale * the bilinear interpolation of the neighbours + shift */
void mcnn_warp_fetch(size_t width, size_t channels, const int32_t *offset, const float *down,
                     const float *right, const float *padded, float scale, float shift,
                     float *target);

/* Each of n neighbouring floats of the image with its border, in rows of `row` floats, moved by
 * |amount| of the way to the largest of its pixel and the four around it, or, where amount is
 * negative, to the smallest. */
void mcnn_warp_stroke(size_t n, size_t channels, size_t row, float amount, const float *pixels,
                      float *target);

#endif
