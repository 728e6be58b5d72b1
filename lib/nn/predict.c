#include "nn/predict.h"

#include "base/sizes.h"
#include "nn/dataflow.h"
#include "nn/int8.h"
#include "nn/layer_kind.h"

#include <assert.h>
#include <string.h>

/* --- sizes ------------------------------------------------------------------------------------ */

static const mcnn_plan *plan_of(const mcnn_net *net) {
  return &net->plans[MCNN_FOR_PREDICTION];
}

/* The buffers come first in the scratch, then that of an op. */
static size_t spatial_buffers(const mcnn_net *net, size_t images) {
  return mcnn_dataflow_buffer_floats(plan_of(net), 0, plan_of(net)->num_spatial, images);
}

size_t mcnn_net_spatial_scratch_floats(const mcnn_net *net, size_t max_images) {
  const mcnn_plan *plan = plan_of(net);
  const size_t images = mcnn_min(max_images, plan->image_block);
  size_t largest = 0;
  for (size_t i = 0; i < plan->num_spatial; i++) {
    const size_t floats = mcnn_op_scratch_floats(net, &plan->ops[i], images, MCNN_FOR_PREDICTION);
    largest = mcnn_max(largest, floats);
  }
  return mcnn_round_up_cache_line(largest) + spatial_buffers(net, images);
}

size_t mcnn_net_dense_scratch_floats(const mcnn_net *net, size_t max_images) {
  const mcnn_plan *plan = plan_of(net);
  return mcnn_dataflow_buffer_floats(plan, plan->num_spatial, plan->num_ops, max_images);
}

/* --- running ---------------------------------------------------------------------------------- */

/* The ops [begin, end) of a call, its buffers, its input and its output. */
typedef struct run {
  size_t begin, end;
  const mcnn_int8_weights *int8; /* the dense layers' weights in 8 bits, or NULL */
  const mcnn_workers *workers;   /* who compute its image; NULL: the calling thread does */
  float *buffers;
  const float *x;
  float *y;
} run;

/* The output of op `index`, of which the part's first op and none of it reads the part's input. */
static const float *output_of(const run *r, const mcnn_plan *plan, uint32_t index, size_t images) {
  if (index == MCNN_NO_OP || index < r->begin)
    return r->x;
  return r->buffers + mcnn_dataflow_buffer_offset(&plan->ops[index], images);
}

static void run_op(const run *r, size_t index, mcnn_forward call) {
  const mcnn_plan *plan = plan_of(call.net);
  const mcnn_op *op = &plan->ops[index];
  call.op = op;
  call.x = output_of(r, plan, op->input, call.images);
  call.other = output_of(r, plan, op->other, call.images);
  call.y = index + 1 == r->end ? r->y : r->buffers + mcnn_dataflow_buffer_offset(op, call.images);
  if (r->workers) {
    mcnn_forward_shared(&call, r->workers);
    return;
  }
  if (!r->int8 || !mcnn_int8_forward(&call, r->int8))
    op->kind->forward(&call);
  mcnn_forward_after(&call, 0, call.images * op->out_floats);
}

/* Where there is nothing to compute, y = x. */
static void run_ops(const run *r, const mcnn_forward *call) {
  for (size_t i = r->begin; i < r->end; i++)
    run_op(r, i, *call);
  if (r->begin == r->end)
    memcpy(r->y, r->x, call->images * call->net->feature_floats * sizeof *r->y);
}

static void run_spatial(const mcnn_net *net, const float *weights, const float *packed,
                        const float *inputs, size_t images, float *features, float *scratch,
                        const mcnn_workers *workers) {
  const run r = {.end = plan_of(net)->num_spatial,
                 .workers = workers,
                 .buffers = scratch,
                 .x = inputs,
                 .y = features};
  const mcnn_forward call = {.net = net,
                             .weights = weights,
                             .packed = packed,
                             .images = images,
                             .scratch = scratch + spatial_buffers(net, images)};
  run_ops(&r, &call);
}

void mcnn_net_spatial(const mcnn_net *net, const float *weights, const float *packed,
                      const float *inputs, size_t images, float *features, float *scratch) {
  assert(images >= 1 && images <= mcnn_net_image_block(net));
  run_spatial(net, weights, packed, inputs, images, features, scratch, NULL);
}

void mcnn_net_spatial_shared(const mcnn_net *net, const float *weights, const float *packed,
                             const float *input, float *features, float *scratch,
                             const mcnn_workers *workers) {
  run_spatial(net, weights, packed, input, 1, features, scratch, workers);
}

static void run_dense(const mcnn_net *net, const float *weights, const float *packed,
                      const mcnn_int8_weights *int8, const float *features, size_t images,
                      float *logits, float *scratch, const mcnn_workers *workers) {
  const run r = {.begin = plan_of(net)->num_spatial,
                 .end = plan_of(net)->num_ops,
                 .int8 = int8,
                 .workers = workers,
                 .buffers = scratch,
                 .x = features,
                 .y = logits};
  const mcnn_forward call = {.net = net, .weights = weights, .packed = packed, .images = images};
  run_ops(&r, &call);
}

void mcnn_net_dense(const mcnn_net *net, const float *weights, const float *packed,
                    const float *features, size_t images, float *logits, float *scratch) {
  run_dense(net, weights, packed, NULL, features, images, logits, scratch, NULL);
}

void mcnn_net_dense_shared(const mcnn_net *net, const float *weights, const float *packed,
                           const float *features, float *logits, float *scratch,
                           const mcnn_workers *workers) {
  run_dense(net, weights, packed, NULL, features, 1, logits, scratch, workers);
}

/* Close calls are computed again, in float32, neighbours together: there are few, but for a model
 * that is unsure of all. It is decided image by image, so that results do not depend on the batch.
 */
void mcnn_net_dense_int8(const mcnn_net *net, const float *weights, const float *packed,
                         const uint32_t *int8_packed, const float *features, size_t images,
                         float *logits, float *scratch, uint32_t *int8_scratch) {
  const size_t classes = net->arch->num_classes;
  const mcnn_int8_weights int8 = {int8_packed, int8_scratch};
  run_dense(net, weights, packed, &int8, features, images, logits, scratch, NULL);
  for (size_t i = 0; i < images; i++) {
    const size_t count = mcnn_int8_close_calls(net, logits + i * classes, images - i);
    if (count) {
      mcnn_net_dense(net, weights, packed, features + i * net->feature_floats, count,
                     logits + i * classes, scratch);
    }
    i += count; /* and the one that ended them */
  }
}
