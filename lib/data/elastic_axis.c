/* The nodes of smooth random fields along one axis, and their weights: computed once a plan. */
#include "data/elastic.h"

#include "base/elementary.h"

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
  const double greatest = (double)axis->nodes - MCNN_ELASTIC_REACH;

  return first < 0.0 || greatest < 0.0 ? 0 : (uint32_t)(first < greatest ? first : greatest);
}

static void set_pixel_weights(mcnn_elastic_axis *axis, uint32_t i) {
  double weights[MCNN_ELASTIC_REACH] = {0}, squares = 0.0;

  axis->first[i] = first_node(axis, i);
  for (uint32_t b = 0; b < MCNN_ELASTIC_REACH && axis->first[i] + b < axis->nodes; b++) {
    const double distance = i - node_position(axis, axis->first[i] + b);
    weights[b] = mcnn_exp(-distance * distance / (2.0 * sigma * sigma));
    squares += weights[b] * weights[b];
  }
  for (uint32_t b = 0; b < MCNN_ELASTIC_REACH; b++)
    axis->weights[(size_t)b * axis->step + i] = (float)(weights[b] / sqrt(squares));
}

size_t mcnn_elastic_step(uint32_t side) {
  return ((size_t)side + MCNN_WARP_PIXELS - 1) / MCNN_WARP_PIXELS * MCNN_WARP_PIXELS;
}

mnistcnn_status mcnn_elastic_axis_create(uint32_t side, const mcnn_alloc *alloc,
                                         mcnn_elastic_axis *axis) {
  axis->side = side;
  axis->step = (uint32_t)mcnn_elastic_step(side);
  axis->nodes = count_nodes(side);
  /* Short axes get nodes of weight 0, so that every pixel has as many. */
  axis->first = mcnn_alloc_array(alloc, side, sizeof *axis->first);
  axis->weights = mcnn_alloc_zeroed(alloc, axis->step, MCNN_ELASTIC_REACH * sizeof *axis->weights);
  if (!axis->first || !axis->weights)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t i = 0; i < side; i++)
    set_pixel_weights(axis, i);
  if (axis->nodes < MCNN_ELASTIC_REACH)
    axis->nodes = MCNN_ELASTIC_REACH;
  return MNISTCNN_OK;
}

uint64_t mcnn_elastic_axis_bytes(const mcnn_elastic_axis *axis) {
  return mcnn_alloc_bytes(axis->side, sizeof *axis->first) +
         mcnn_alloc_bytes(axis->step, MCNN_ELASTIC_REACH * sizeof *axis->weights);
}

void mcnn_elastic_axis_free(mcnn_elastic_axis *axis, const mcnn_alloc *alloc) {
  mcnn_free(alloc, axis->first);
  mcnn_free(alloc, axis->weights);
}
