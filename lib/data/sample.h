/* Fetching pixels from where a warp says they come from, one target row at a time. */
#ifndef MCNN_DATA_SAMPLE_H
#define MCNN_DATA_SAMPLE_H

#include "data/affine.h"

#include <stddef.h>

/* Around an image to be interpolated lie zeros: one pixel before and two behind, so that whatever
 * lies in [-1, side] has four neighbours. */
#define MCNN_SAMPLE_BORDER 3u

/* One row of pixels as found in a padded image: the first of its four neighbours, and the weights
 * of the lower and the right ones. */
typedef struct mcnn_sample_row {
  int32_t *offset; /* [width] in pixels */
  float *down;     /* [width] 0 <= w <= 1 */
  float *right;    /* [width] */
} mcnn_sample_row;

/* How samples become the network's intensities. */
typedef struct mcnn_scaling {
  float scale, offset;
} mcnn_scaling;

/* padded[height + 3][width + 3][channels] = pixels, with zeros around. */
void mcnn_sample_pad(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                     float *padded);

/* changed = padded, each pixel of the image moved by |amount| of the way to the largest of itself
 * and its four neighbours, or, where amount is negative, to the smallest. */
void mcnn_sample_stroke(const float *padded, uint32_t height, uint32_t width, uint32_t channels,
                        float amount, float *changed);

/* Where the pixels of `row` come from. nearest: offsets into the image itself, for order 0; edge:
 * coordinates beyond an edge move onto it; field: displaced by elastic * field, and what lies more
 * than a pixel outside is 0. */
void mcnn_sample_nearest(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                         int32_t *offset);
void mcnn_sample_edge(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                      const mcnn_sample_row *where);
void mcnn_sample_field(const mcnn_affine *affine, uint32_t row, uint32_t height, uint32_t width,
                       float elastic, const float *field_rows, const float *field_columns,
                       const mcnn_sample_row *where);

/* target[width][channels] = the bilinear interpolation of the neighbours, scaled. */
void mcnn_sample_bilinear(const mcnn_sample_row *where, const float *padded, uint32_t width,
                          uint32_t channels, mcnn_scaling scaling, float *target);

#endif
