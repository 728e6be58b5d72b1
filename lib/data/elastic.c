#include "data/elastic.h"

void mcnn_elastic_smooth_columns(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                                 const mcnn_elastic_axis *columns, const float *noise,
                                 float *columns_smoothed) {
  /* Neighbouring pixels mostly share their nodes: they are done together. */
  for (uint32_t begin = 0, end; begin < columns->side; begin = end) {
    const uint32_t first = columns->first[begin];
    end = begin + 1;
    while (end < columns->side && columns->first[end] == first) {
      end++;
    }
    for (uint32_t node = 0; node < rows->nodes; node++) {
      kernels->mix(MCNN_ELASTIC_REACH, noise + (size_t)node * columns->nodes + first, 1,
                   columns->weights + begin, columns->side, end - begin,
                   columns_smoothed + (size_t)node * columns->side + begin);
    }
  }
}

void mcnn_elastic_row(const mcnn_kernels *kernels, const mcnn_elastic_axis *rows,
                      const mcnn_elastic_axis *columns, const float *columns_smoothed, uint32_t row,
                      float *field) {
  kernels->mix(MCNN_ELASTIC_REACH, rows->weights + row, rows->side,
               columns_smoothed + (size_t)rows->first[row] * columns->side, columns->side,
               columns->side, field);
}

/* Four bytes add up to a mean of 510 and a variance of 4 (256^2 - 1) / 12. */
static float normal_of_bytes(uint32_t bits) {
  const uint32_t pairs = (bits & 0x00FF00FFu) + (bits >> 8 & 0x00FF00FFu);
  const int32_t sum = (int32_t)((pairs & 0xFFFFu) + (pairs >> 16));

  return (float)(sum - 510) * 0.00676587509f;
}

void mcnn_elastic_noise(mcnn_rng *rng, float *noise, size_t count) {
  enum { chunk = 64 };
  uint32_t bits[chunk];

  for (size_t begin = 0; begin < count; begin += chunk) {
    const size_t end = count - begin < chunk ? count : begin + chunk;
    mcnn_rng_fill(rng, bits, end - begin);
    for (size_t i = begin; i < end; i++) {
      noise[i] = normal_of_bytes(bits[i - begin]);
    }
  }
}
