#include "data/elastic.h"

#include <math.h>

static const double spacing = 4.0; /* pixels between nodes */
static const double sigma = 4.0;   /* of the Gaussian, in pixels */

/* The grid is centred on the axis and reaches at least 4.5 pixels beyond both of its ends. */
static uint32_t count_nodes(uint32_t side) {
  return (side - 1) / (uint32_t)spacing + 4;
}

static double node_position(const mcnn_elastic_axis *axis, uint32_t node) {
  return (axis->side - 1) / 2.0 + spacing * (node - (axis->nodes - 1) / 2.0);
}

/* The first of the MCNN_ELASTIC_REACH nodes around pixel i, if there are that many. */
static uint32_t first_node(const mcnn_elastic_axis *axis, uint32_t i) {
  const double nearest = (i - node_position(axis, 0)) / spacing;
  const double first = floor(nearest + 1.0) - MCNN_ELASTIC_REACH / 2.0;
  const double last_first = (double)axis->nodes - MCNN_ELASTIC_REACH;

  return first < 0.0 || last_first < 0.0 ? 0 : (uint32_t)(first < last_first ? first : last_first);
}

static void set_pixel_weights(mcnn_elastic_axis *axis, uint32_t i) {
  double weights[MCNN_ELASTIC_REACH] = {0}, squares = 0.0;

  axis->first[i] = first_node(axis, i);
  for (uint32_t b = 0; b < MCNN_ELASTIC_REACH && axis->first[i] + b < axis->nodes; b++) {
    const double distance = i - node_position(axis, axis->first[i] + b);
    weights[b] = exp(-distance * distance / (2.0 * sigma * sigma));
    squares += weights[b] * weights[b];
  }
  for (uint32_t b = 0; b < MCNN_ELASTIC_REACH; b++) {
    axis->weights[(size_t)b * axis->side + i] = (float)(weights[b] / sqrt(squares));
  }
}

mnistcnn_status mcnn_elastic_axis_create(uint32_t side, const mcnn_alloc *alloc,
                                         mcnn_elastic_axis *axis) {
  axis->side = side;
  axis->nodes = count_nodes(side);
  /* Short axes get nodes of weight 0, so that every pixel has as many. */
  axis->first = mcnn_alloc_array(alloc, side, sizeof *axis->first);
  axis->weights = mcnn_alloc_array(alloc, side, MCNN_ELASTIC_REACH * sizeof *axis->weights);
  if (axis->first == NULL || axis->weights == NULL) {
    return MNISTCNN_OUT_OF_MEMORY;
  }
  for (uint32_t i = 0; i < side; i++) {
    set_pixel_weights(axis, i);
  }
  if (axis->nodes < MCNN_ELASTIC_REACH) {
    axis->nodes = MCNN_ELASTIC_REACH;
  }
  return MNISTCNN_OK;
}

void mcnn_elastic_axis_free(mcnn_elastic_axis *axis, const mcnn_alloc *alloc) {
  mcnn_free(alloc, axis->first);
  mcnn_free(alloc, axis->weights);
}

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
