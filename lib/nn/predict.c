/* Activations alternate between two buffers; what only training does is left out. */
#include "nn/predict.h"

#include "base/sizes.h"
#include "nn/int8.h"
#include "nn/layer_kind.h"

#include <assert.h>
#include <string.h>

static int is_last_op(const mcnn_net *net, size_t i, size_t end) {
  for (size_t j = i + 1; j < end; j++)
    if (!net->ops[j].kind->only_in_training)
      return 0;
  return 1;
}

/* Floats of each buffer, for `images` images through the ops [begin, end): the last one's output is
 * the caller's. */
static void buffer_floats(const mcnn_net *net, size_t begin, size_t end, size_t images,
                          size_t floats[2]) {
  int ping = 0;
  floats[0] = floats[1] = 0;
  for (size_t i = begin; i < end; i++) {
    if (net->ops[i].kind->only_in_training || is_last_op(net, i, end))
      continue;
    const size_t output = mcnn_round_up_cache_line(images * net->ops[i].out_floats);
    floats[ping] = mcnn_max(floats[ping], output);
    ping = !ping;
  }
}

size_t mcnn_net_spatial_scratch_floats(const mcnn_net *net, size_t max_images) {
  const size_t images = mcnn_min(max_images, net->image_block);
  size_t largest = 0, buffers[2];
  for (size_t i = 0; i < net->num_spatial; i++) {
    const size_t floats = mcnn_op_scratch_floats(net, &net->ops[i], images, MCNN_FOR_PREDICTION);
    largest = mcnn_max(largest, floats);
  }
  buffer_floats(net, 0, net->num_spatial, images, buffers);
  return mcnn_round_up_cache_line(largest) + buffers[0] + buffers[1];
}

size_t mcnn_net_dense_scratch_floats(const mcnn_net *net, size_t max_images) {
  size_t buffers[2];
  buffer_floats(net, net->num_spatial, net->num_ops, max_images, buffers);
  return buffers[0] + buffers[1];
}

/* The ops [begin, end) over call->images from call->x to call->y; int8: the dense layers' weights
 * in 8 bits, or NULL. Where there is nothing to compute, y = x. */
static void run_ops(size_t begin, size_t end, mcnn_forward call, const mcnn_int8_weights *int8,
                    float *buffers[2]) {
  const mcnn_net *net = call.net;
  float *const y = call.y;
  int ping = 0, computed = 0;
  for (size_t i = begin; i < end; i++) {
    call.op = &net->ops[i];
    if (call.op->kind->only_in_training)
      continue;
    call.y = is_last_op(net, i, end) ? y : buffers[ping];
    if (!int8 || !mcnn_int8_forward(&call, int8))
      call.op->kind->forward(&call);
    call.x = call.y;
    ping = !ping;
    computed = 1;
  }
  if (!computed)
    memcpy(y, call.x, call.images * net->feature_floats * sizeof *y);
}

void mcnn_net_spatial(const mcnn_net *net, const float *weights, const float *packed,
                      const float *inputs, size_t images, float *features, float *scratch) {
  assert(images >= 1 && images <= net->image_block);
  size_t floats[2];
  buffer_floats(net, 0, net->num_spatial, images, floats);
  float *buffers[2] = {scratch, scratch + floats[0]};
  const mcnn_forward call = {.net = net,
                             .weights = weights,
                             .packed = packed,
                             .images = images,
                             .x = inputs,
                             .y = features,
                             .scratch = scratch + floats[0] + floats[1]};
  run_ops(0, net->num_spatial, call, NULL, buffers);
}

static void run_dense(const mcnn_net *net, const float *weights, const mcnn_int8_weights *int8,
                      const float *features, size_t images, float *logits, float *scratch) {
  size_t floats[2];
  buffer_floats(net, net->num_spatial, net->num_ops, images, floats);
  float *buffers[2] = {scratch, scratch + floats[0]};
  const mcnn_forward call = {
      .net = net, .weights = weights, .images = images, .x = features, .y = logits};
  run_ops(net->num_spatial, net->num_ops, call, int8, buffers);
}

void mcnn_net_dense(const mcnn_net *net, const float *weights, const float *features, size_t images,
                    float *logits, float *scratch) {
  run_dense(net, weights, NULL, features, images, logits, scratch);
}

/* Close calls are computed again, in float32, neighbours together: there are few, but for a model
 * that is unsure of all. It is decided image by image, so that results do not depend on the batch.
 */
void mcnn_net_dense_int8(const mcnn_net *net, const float *weights, const uint32_t *packed,
                         const float *features, size_t images, float *logits, float *scratch,
                         uint32_t *int8_scratch) {
  const size_t classes = net->arch->num_classes;
  const mcnn_int8_weights int8 = {packed, int8_scratch};
  run_dense(net, weights, &int8, features, images, logits, scratch);
  for (size_t i = 0; i < images; i++) {
    const size_t count = mcnn_int8_close_calls(net, logits + i * classes, images - i);
    if (count) {
      mcnn_net_dense(net, weights, features + i * net->feature_floats, count, logits + i * classes,
                     scratch);
    }
    i += count; /* and the one that ended them */
  }
}
