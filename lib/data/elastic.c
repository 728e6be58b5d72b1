#include "data/elastic.h"

/* The pixels [begin, end) of all rows of noise, whose nodes are the same. */
static void smooth_columns(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                           const mcnn_elastic_axis *columns, uint32_t begin, uint32_t end,
                           const float *noise, float *smoothed) {
  for (size_t axis = 0; axis < 2; axis++) {
    for (size_t node = 0; node < rows->nodes; node++, noise += columns->nodes) {
      kernels->weighted_sum(MCNN_ELASTIC_REACH, noise + columns->first[begin], 1,
                            columns->weights + begin, columns->step, end - begin,
                            smoothed + (2 * node + axis) * columns->step + begin);
    }
  }
}

void mcnn_elastic_smooth_columns(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                                 const mcnn_elastic_axis *columns, const float *noise,
                                 float *columns_smoothed) {
  /* Neighbouring pixels mostly have the same nodes: they are smoothed together. */
  for (uint32_t begin = 0, end; begin < columns->side; begin = end) {
    end = begin + 1;
    while (end < columns->side && columns->first[end] == columns->first[begin])
      end++;
    smooth_columns(kernels, rows, columns, begin, end == columns->side ? columns->step : end, noise,
                   columns_smoothed);
  }
}

void mcnn_elastic_row(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                      const mcnn_elastic_axis *columns, const float *columns_smoothed, uint32_t row,
                      float *field) {
  const size_t step = 2 * (size_t)columns->step;
  kernels->weighted_sum(MCNN_ELASTIC_REACH, rows->weights + row, rows->step,
                        columns_smoothed + rows->first[row] * step, step, step, field);
}

/* Four bytes add up to a mean of 510 and a variance of 4 (256^2 - 1) / 12. */
static float normal_of_bytes(uint32_t bits) {
  const uint32_t pairs = (bits & 0x00FF00FFu) + (bits >> 8 & 0x00FF00FFu);
  const int32_t sum = (int32_t)((pairs & 0xFFFFu) + (pairs >> 16));

  return (float)(sum - 510) * 0.00676587509f;
}

void mcnn_elastic_noise(const mcnn_kernels *kernels, mcnn_rng *rng, float *noise, size_t count) {
  enum { BLOCK = 256 }; /* all that an image of 28 x 28 pixels needs */
  uint32_t bits[BLOCK];

  for (size_t begin = 0; begin < count; begin += BLOCK) {
    const size_t end = count - begin < BLOCK ? count : begin + BLOCK;
    mcnn_rng_fill(rng, kernels->philox, bits, end - begin);
    for (size_t i = begin; i < end; i++)
      noise[i] = normal_of_bytes(bits[i - begin]);
  }
}
