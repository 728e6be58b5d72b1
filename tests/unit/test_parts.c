// labels: threads
/* Each kind of operation cut into parts, and a network that several threads share: the same bytes
 * as at once, by every instruction set. */
#include "kernel_support.h"

#include "base/sizes.h"
#include "nn/arch_text.h"
#include "nn/init.h"
#include "nn/layer_kind.h"
#include "nn/net.h"
#include "nn/predict.h"

#include <stdio.h>

enum { MAX_OPS = 32, CLASSES = 10 };

/* Odd heights, heights below the number of parts, windows that reach over edges, channels that fill
 * no vector. */
typedef struct net_case {
  const char *text;
  mcnn_shape input;
} net_case;

static const net_case cases[] = {
    {"conv 5 3x3 same relu, conv 17 3x3 same, maxpool 2, flatten, dense 200 relu, dense 10 softmax",
     {23, 19, 3}},
    {"conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 150, dense 10 "
     "softmax",
     {29, 28, 1}},
    {"conv 3 7x2 same gelu, maxpool 3, conv 33 4x4 swish, maxpool 3 stride 2 same, flatten, "
     "dense 10 softmax",
     {31, 30, 2}},
    {"rescale 2 -1, maxpool 2, conv 6 1x1 tanh, avgpool 3 stride 2 same, maxpool 3 stride 1, "
     "globalavgpool, dense 10 softmax",
     {33, 21, 3}},
    {"conv 8 3x3 relu, conv 8 3x3 same, batchnorm noscale, add 3 relu, maxpool 2, batchnorm relu, "
     "flatten, dense 130, batchnorm, dense 10 softmax",
     {17, 12, 3}},
    {"avgpool 5x3 stride 4x1 same, conv 4 3x3 same relu, zeropad 2 0 1 3, flatten, dense 10 "
     "softmax",
     {5, 9, 4}},
    {"conv 20 3x3 same relu, conv 20 3x3 same relu, flatten, dense 140 nobias, dense 10 nobias "
     "softmax",
     {3, 7, 5}},
    {"conv 4 1x1, flatten, dense 10 softmax", {1, 1, 1}},
    {"conv 9 3x3 stride 2 same relu, conv 17 3x3 dilation 2 same tanh, conv 33 1x1 relu, "
     "batchnorm, "
     "maxpool 2, depthwise 3x3 same relu, conv 8 4x3 stride 1x2 same nobias relu, maxpool 2, "
     "separable 7 2x2, flatten, dense 10 softmax",
     {35, 33, 3}},
    {"conv 20 3x3 stride 3x2, batchnorm relu, conv 6 3x3 dilation 3x1 relu, globalavgpool, "
     "dense 10 softmax",
     {29, 17, 1}},
    /* of which each op is worth sharing */
    {"rescale 2 -1, conv 16 3x3 same relu, conv 16 3x3 same, batchnorm, add 3 relu, maxpool 2, "
     "conv 40 5x5 elu, maxpool 2, avgpool 3 stride 1 same, flatten, dense 320 relu, "
     "dense 10 softmax",
     {61, 63, 3}},
};
enum { NUM_CASES = sizeof cases / sizeof cases[0], SHARED_CASE = NUM_CASES - 1 };

typedef struct fixture {
  mcnn_alloc alloc;
  mcnn_arch *arch;
  mcnn_net *net;
  float *weights, *packed, *input;
} fixture;

/* Variances must be positive; all else may have either sign. */
static void make_weights(fixture *f) {
  numbers r = {.state = 5};
  f->weights = new_floats(f->arch->parameter_floats);
  mcnn_init_weights(f->arch, MNISTCNN_INIT_HE_NORMAL, 3, f->weights);
  for (uint32_t i = 0; i < f->arch->num_layers; i++) {
    const mcnn_layer *layer = &f->arch->layers[i];
    for (uint32_t j = MCNN_BIAS; j < layer->num_parameters; j++)
      for (size_t k = 0; k < layer->parameters[j].count; k++)
        f->weights[layer->parameters[j].offset + k] =
            layer->parameters[j].initial + 0.3f * next_float(&r);
  }
}

static void set_up(fixture *f, const net_case *c, mcnn_isa isa) {
  numbers r = {.state = 7};
  memset(f, 0, sizeof *f);
  f->alloc = mcnn_alloc_default();
  assert_int_equal(mcnn_arch_parse(c->text, c->input, CLASSES, &f->alloc, &f->arch), MNISTCNN_OK);
  assert_int_equal(mcnn_net_create(f->arch, isa, 0, &f->alloc, &f->net), MNISTCNN_OK);
  make_weights(f);
  f->packed = new_floats(mcnn_net_packed_floats(f->net));
  f->input = new_floats(mcnn_net_input_floats(f->net));
  mcnn_net_pack(f->net, f->weights, f->packed);
  fill_sparse(&r, mcnn_net_input_floats(f->net), f->input);
}

static void tear_down(fixture *f) {
  mcnn_net_free(f->net);
  mcnn_arch_free(f->arch);
  free(f->weights);
  free(f->packed);
  free(f->input);
}

static void for_each_net(void (*check)(const fixture *f), size_t begin) {
  for (int isa = 0; isa < MCNN_ISA_COUNT; isa++) {
    for (size_t i = begin; i < NUM_CASES && mcnn_isa_available((mcnn_isa)isa); i++) {
      fixture f;
      set_up(&f, &cases[i], (mcnn_isa)isa);
      check(&f);
      tear_down(&f);
    }
  }
}

/* --- one operation ---------------------------------------------------------------------------- */

/* The parts of `floats` floats, the last one first. */
static void check_parts_of(const mcnn_forward *whole, size_t floats) {
  const size_t size = whole->op->out_floats;
  mcnn_forward call = *whole;
  call.y = new_floats(size);
  for (size_t part = mcnn_ceil_div(size, floats); part-- > 0;) {
    const size_t begin = part * floats, end = mcnn_min(begin + floats, size);
    call.op->kind->forward_part(&call, begin, end);
    mcnn_forward_after(&call, begin, end);
  }
  assert_same_bytes(size, whole->y, call.y);
  free(call.y);
}

static const float *output_of(const fixture *f, float *const *outputs, uint32_t op) {
  return op == MCNN_NO_OP ? f->input : outputs[op];
}

static void check_op(const fixture *f, const mcnn_op *op, size_t index, float **outputs) {
  outputs[index] = new_floats(op->out_floats);
  const mcnn_forward call = {
      .net = f->net,
      .op = op,
      .weights = f->weights,
      .packed = f->packed,
      .images = 1,
      .x = output_of(f, outputs, op->input),
      .other = output_of(f, outputs, op->other),
      .y = outputs[index],
      .scratch = new_floats(mcnn_op_scratch_floats(f->net, op, 1, MCNN_FOR_PREDICTION))};
  op->kind->forward(&call);
  mcnn_forward_after(&call, 0, op->out_floats);
  const size_t floats = op->kind->part_floats ? op->kind->part_floats(f->net, op) : 0;
  for (size_t parts = 1; floats > 0 && parts <= 4; parts++)
    check_parts_of(&call, parts * floats);
  free(call.scratch);
}

static void check_net(const fixture *f) {
  const mcnn_plan *plan = &f->net->plans[MCNN_FOR_PREDICTION];
  float *outputs[MAX_OPS];
  assert_true(plan->num_ops <= MAX_OPS);
  for (size_t i = 0; i < plan->num_ops; i++)
    check_op(f, &plan->ops[i], i, outputs);
  for (size_t i = 0; i < plan->num_ops; i++)
    free(outputs[i]);
}

static void parts_are_the_whole(void **state) {
  (void)state;
  for_each_net(check_net, 0);
}

/* --- a network -------------------------------------------------------------------------------- */

static size_t scratch_floats(const fixture *f) {
  return mcnn_round_up_cache_line(mcnn_max(mcnn_net_spatial_scratch_floats(f->net, 1),
                                           mcnn_net_dense_scratch_floats(f->net, 1)));
}

static void predict_shared(const fixture *f, uint32_t threads, float *logits) {
  const size_t scratch_step = scratch_floats(f);
  float *features = new_floats(mcnn_net_feature_floats(f->net));
  float *scratch = new_floats(threads * scratch_step);
  mcnn_workers workers = {.scratch_step = scratch_step};
  assert_int_equal(mcnn_pool_create(&f->alloc, threads, &workers.pool), MNISTCNN_OK);
  for (int again = 0; again < 3; again++) {
    mcnn_net_spatial_shared(f->net, f->weights, f->packed, f->input, features, scratch, &workers);
    mcnn_net_dense_shared(f->net, f->weights, f->packed, features, logits, scratch, &workers);
  }
  mcnn_pool_free(workers.pool);
  free(features);
  free(scratch);
}

static void check_shared(const fixture *f) {
  static const uint32_t threads[] = {1, 2, 3, 8, 40};
  float *features = new_floats(mcnn_net_feature_floats(f->net));
  float *scratch = new_floats(scratch_floats(f));
  float want[CLASSES], got[CLASSES];
  mcnn_net_spatial(f->net, f->weights, f->packed, f->input, 1, features, scratch);
  mcnn_net_dense(f->net, f->weights, f->packed, features, 1, want, scratch);
  for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
    predict_shared(f, threads[i], got);
    assert_same_bytes(CLASSES, want, got);
  }
  free(features);
  free(scratch);
}

static void threads_that_share_an_image_give_the_same_bytes(void **state) {
  (void)state;
  for_each_net(check_shared, SHARED_CASE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_are_the_whole),
      cmocka_unit_test(threads_that_share_an_image_give_the_same_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
