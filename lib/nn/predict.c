/* Prediction by one thread: the spatial part of a few images at a time, then the dense part of all.
 * Activations alternate between two buffers; dropout does nothing here. */
#include "nn/op.h"

#include "kernels/softmax.h"

static size_t widest_dense(const mcnn_net *net) {
  size_t widest = 0;
  for (size_t i = net->num_spatial; i < net->num_ops; i++)
    if (net->ops[i].out_floats > widest)
      widest = net->ops[i].out_floats;
  return widest;
}

static size_t spatial_scratch(const mcnn_net *net, size_t chunk) {
  size_t most = 0;
  for (size_t i = 0; i < net->num_spatial; i++) {
    const size_t floats = mcnn_op_scratch_floats(net, &net->ops[i], chunk, MCNN_FOR_PREDICTION);
    if (floats > most)
      most = floats;
  }
  return mcnn_round_up_cache_line(most) + 2 * mcnn_round_up_cache_line(chunk * net->widest_spatial);
}

size_t mcnn_net_spatial_scratch_floats(const mcnn_net *net, size_t max_images) {
  const size_t chunk = mcnn_net_chunk(net);
  return spatial_scratch(net, max_images < chunk ? max_images : chunk);
}

size_t mcnn_net_dense_scratch_floats(const mcnn_net *net, size_t max_images) {
  return 2 * mcnn_round_up_cache_line(max_images * widest_dense(net));
}

static int is_last_computing(const mcnn_net *net, size_t i, size_t end) {
  for (size_t j = i + 1; j < end; j++)
    if (net->ops[j].kind != MCNN_OP_DROPOUT)
      return 0;
  return 1;
}

/* The weights in all their layouts, and what the ops need besides. */
typedef struct materials {
  const float *weights;
  const float *packed;     /* of convolutions */
  const uint32_t *reduced; /* of wide dense layers; NULL for float32 */
  float *scratch;
  uint32_t *reduced_scratch;
} materials;

static void run_op(const mcnn_net *net, const mcnn_op *op, const materials *m, const float *x,
                   size_t images, float *y) {
  if (m->reduced && mcnn_op_is_reduced(op)) {
    mcnn_op_forward_reduced(net, op, m->weights, m->reduced, x, images, y, m->reduced_scratch);
  } else {
    mcnn_op_forward(net, op, m->weights, m->packed, MCNN_FOR_PREDICTION, x, images, y, NULL,
                    m->scratch);
  }
}

/* Runs the ops [begin, end) from x to y. Where there is nothing to compute, y = x. */
static void run_ops(const mcnn_net *net, size_t begin, size_t end, const materials *m,
                    const float *x, size_t images, float *y, float *buffers[2]) {
  const float *current = x;
  int turn = 0;
  for (size_t i = begin; i < end; i++) {
    const mcnn_op *op = &net->ops[i];
    if (op->kind == MCNN_OP_DROPOUT)
      continue;
    float *target = is_last_computing(net, i, end) ? y : buffers[turn];
    run_op(net, op, m, current, images, target);
    current = target;
    turn = !turn;
  }
  if (current == x)
    for (size_t i = 0; i < images * net->feature_floats; i++)
      y[i] = x[i];
}

void mcnn_net_spatial(const mcnn_net *net, const float *weights, const float *packed,
                      const float *inputs, size_t images, float *features, float *scratch) {
  const size_t side = mcnn_round_up_cache_line(images * net->widest_spatial);
  float *buffers[2] = {scratch, scratch + side};
  const materials m = {.weights = weights, .packed = packed, .scratch = scratch + 2 * side};
  run_ops(net, 0, net->num_spatial, &m, inputs, images, features, buffers);
}

void mcnn_net_dense(const mcnn_net *net, const float *weights, const float *features, size_t images,
                    float *logits, float *scratch) {
  float *buffers[2] = {scratch, scratch + mcnn_round_up_cache_line(images * widest_dense(net))};
  const materials m = {.weights = weights};
  run_ops(net, net->num_spatial, net->num_ops, &m, features, images, logits, buffers);
}

/* --- reduced precision ------------------------------------------------------------------------ */

/* Rounding moves a probability by half of this at the worst, mostly by less than a tenth. */
static const float close_margin = 1.0f / 8.0f;

/* Whether rounding might have changed which class comes first; a NaN counts as that. */
static int is_close(size_t classes, const float *logits) {
  float probabilities[MCNN_MAX_CLASSES];
  float first = 0, second = 0;
  mcnn_softmax_rows(1, classes, logits, probabilities);
  for (size_t i = 0; i < classes; i++) {
    const float p = probabilities[i];
    if (!(p <= first)) {
      second = first;
      first = p;
    } else if (p > second) {
      second = p;
    }
  }
  return !(first - second >= close_margin);
}

/* How many of the images, from the first on, are close calls. */
static size_t close_calls(size_t classes, const float *logits, size_t images) {
  size_t count = 0;
  while (count < images && is_close(classes, logits + count * classes))
    count++;
  return count;
}

/* Close calls are computed again, in float32, neighbours together: there are few, but for a model
 * that is unsure of all. It is decided image by image, so that results do not depend on the batch.
 */
void mcnn_net_dense_int8(const mcnn_net *net, const float *weights, const uint32_t *reduced,
                         const float *features, size_t images, float *logits, float *scratch,
                         uint32_t *reduced_scratch) {
  const size_t classes = net->arch->num_classes;
  const materials m = {.weights = weights, .reduced = reduced, .reduced_scratch = reduced_scratch};
  float *buffers[2] = {scratch, scratch + mcnn_round_up_cache_line(images * widest_dense(net))};
  run_ops(net, net->num_spatial, net->num_ops, &m, features, images, logits, buffers);
  for (size_t i = 0; i < images; i++) {
    const size_t count = close_calls(classes, logits + i * classes, images - i);
    if (count) {
      mcnn_net_dense(net, weights, features + i * net->feature_floats, count, logits + i * classes,
                     scratch);
    }
    i += count; /* and the one that ended them */
  }
}
