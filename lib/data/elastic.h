/* Smooth random displacement fields: white noise on a coarse grid, smoothed by a Gaussian, with a
 * standard deviation of exactly 1 at every pixel. */
#ifndef MCNN_DATA_ELASTIC_H
#define MCNN_DATA_ELASTIC_H

#include "base/alloc.h"
#include "base/rng.h"
#include "kernels/kernels.h"

/* Grid nodes that reach one pixel along an axis. The next further away has a weight below e^-10. */
#define MCNN_ELASTIC_REACH 10

/* One axis: pixel i is the sum of its MCNN_ELASTIC_REACH nodes from first[i] on, node b with the
 * weight weights[b * step + i]. The squares of a pixel's weights add up to 1. */
typedef struct mcnn_elastic_axis {
  uint32_t side;
  uint32_t step; /* side, rounded up to whole vectors; the weights behind it are 0 */
  uint32_t nodes;
  uint32_t *first; /* [side] */
  float *weights;  /* [MCNN_ELASTIC_REACH][step] */
} mcnn_elastic_axis;

/* Floats from one row of pixels of an axis to the next. */
size_t mcnn_elastic_step(uint32_t side);

mnistcnn_status mcnn_elastic_axis_create(uint32_t side, const mcnn_alloc *alloc,
                                         mcnn_elastic_axis *axis);
/* What creating it asked the allocator for. */
uint64_t mcnn_elastic_axis_bytes(const mcnn_elastic_axis *axis);
void mcnn_elastic_axis_free(mcnn_elastic_axis *axis, const mcnn_alloc *alloc);

/* The field is rows' smoothing of `columns_smoothed` ([rows->nodes][2][columns->step]), which this
 * makes of noise ([2][rows->nodes][columns->nodes]): its component along the rows and the one along
 * the columns. */
void mcnn_elastic_smooth_columns(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                                 const mcnn_elastic_axis *columns, const float *noise,
                                 float *columns_smoothed);

/* One row of the field, [2][columns->step]. */
void mcnn_elastic_row(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                      const mcnn_elastic_axis *columns, const float *columns_smoothed, uint32_t row,
                      float *field);

/* `count` numbers of mean 0 and standard deviation 1, nearly normal: sums of four bytes. After the
 * smoothing, which adds up dozens of them, nothing tells them from normal ones. */
void mcnn_elastic_noise(const mcnn_kernels *kernels, mcnn_rng *rng, float *noise, size_t count);

#endif
