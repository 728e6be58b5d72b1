/* What the plan makes of an architecture, and what its operations promise one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nn/arch_text.h"
#include "nn/int8.h"
#include "nn/layers/layers.h"
#include "nn/net.h"

#include <math.h>

typedef struct fixture {
  mcnn_alloc alloc;
  mcnn_arch *arch;
  mcnn_net *net;
  const mcnn_plan *plan; /* of training */
} fixture;

static void set_up(fixture *f, const char *text, mcnn_shape input, int gray) {
  f->alloc = mcnn_alloc_default();
  assert_int_equal(mcnn_arch_parse(text, input, 2, &f->alloc, &f->arch), MNISTCNN_OK);
  assert_int_equal(mcnn_net_create(f->arch, MCNN_ISA_PORTABLE, gray, &f->alloc, &f->net),
                   MNISTCNN_OK);
  f->plan = &f->net->plans[MCNN_FOR_TRAINING];
}

static void tear_down(fixture *f) {
  mcnn_net_free(f->net);
  mcnn_arch_free(f->arch);
}

/* --- what becomes an operation ---------------------------------------------------------------- */

typedef struct plan_case {
  const char *text;
  size_t num_ops, num_spatial;
  const char *names; /* the first layer of each op */
  const char *flags; /* of each: p pooled, f fused with the next, r its input is a ReLU's output */
} plan_case;

static const plan_case cases[] = {
    {"flatten, dense 2 softmax", 1, 0, "dense_1", "-"},
    {"conv 2 3 relu, maxpool 2, flatten, dense 2 softmax", 2, 1, "conv2d_1 dense_1", "p r"},
    {"conv 2 3, relu, maxpool 2, flatten, dense 2 softmax", 2, 1, "conv2d_1 dense_1", "p r"},
    {"conv 2 3, dropout 0.5, maxpool 2, flatten, dense 2 softmax", 4, 3,
     "conv2d_1 dropout_1 max_pooling2d_1 dense_1", "- - - -"},
    {"conv 2 3 relu, dropout 0.5, maxpool 2, flatten, dense 2 softmax", 4, 3,
     "conv2d_1 dropout_1 max_pooling2d_1 dense_1", "- r r r"},
    {"maxpool 2, relu, conv 2 3, flatten, dense 2 softmax", 4, 3,
     "max_pooling2d_1 activation_1 conv2d_1 dense_1", "- - r -"},
    {"conv 2 3, maxpool 2, maxpool 2, flatten, dense 2 softmax", 3, 2,
     "conv2d_1 max_pooling2d_2 dense_1", "p - -"},
    {"conv 2 3 relu, maxpool 2 stride 2 same, flatten, dense 2 softmax", 2, 1, "conv2d_1 dense_1",
     "p r"},
    {"conv 2 3 relu, maxpool 3 same, flatten, dense 2 softmax", 3, 2,
     "conv2d_1 max_pooling2d_1 dense_1", "- r r"},
    {"depthwise 3 relu, separable 2 3, relu, maxpool 2, depthwise 1 tanh, flatten, dense 2 softmax",
     6, 5,
     "depthwise_conv2d_1 separable_conv2d_1 max_pooling2d_1 depthwise_conv2d_2 "
     "depthwise_conv2d_2 dense_1",
     "- r r r - -"},
    {"conv 2 3 relu, avgpool 2, flatten, dense 2 softmax", 3, 2,
     "conv2d_1 average_pooling2d_1 dense_1", "- r r"},
    {"zeropad 1, conv 2 3 relu, zeropad 2, flatten, dense 2 softmax", 4, 3,
     "zero_padding2d_1 conv2d_1 zero_padding2d_2 dense_1", "- - r r"},
    {"rescale 2 -1, conv 2 3 relu, rescale 2 -1, flatten, dense 2 softmax", 4, 3,
     "rescaling_1 conv2d_1 rescaling_2 dense_1", "- - r -"},
    {"conv 2 3 relu, spatialdropout 0.5, flatten, dense 2 softmax", 3, 2,
     "conv2d_1 spatial_dropout2d_1 dense_1", "- r r"},
    {"conv 2 3 relu, globalavgpool, dense 2 softmax", 3, 2,
     "conv2d_1 global_average_pooling2d_1 dense_1", "- r r"},
    {"globalmaxpool, flatten, dropout 0.5, dense 2 softmax", 3, 1,
     "global_max_pooling2d_1 dropout_1 dense_1", "- - -"},
    {"conv 2 3 relu, maxpool 2 stride 1, flatten, dense 2 softmax", 3, 2,
     "conv2d_1 max_pooling2d_1 dense_1", "- r r"},
    {"flatten, dense 300 relu, dense 2 softmax", 2, 0, "dense_1 dense_2", "f r"},
    {"flatten, dense 300 relu, dropout 0.5, dense 2 softmax", 3, 0, "dense_1 dropout_1 dense_2",
     "- r r"},
    {"flatten, dense 300, dense 300 relu, dense 2 softmax", 3, 0, "dense_1 dense_2 dense_3",
     "- f r"},
    {"conv 2 3 tanh, maxpool 2, flatten, dense 2 softmax", 3, 2, "conv2d_1 conv2d_1 dense_1",
     "p p -"},
    {"conv 2 3 swish, maxpool 2, flatten, dense 2 softmax", 4, 3,
     "conv2d_1 conv2d_1 max_pooling2d_1 dense_1", "- - - -"},
    {"conv 2 3 relu, elu 0.5, maxpool 2, flatten, dense 2 softmax", 4, 3,
     "conv2d_1 activation_1 max_pooling2d_1 dense_1", "- r - -"},
    {"conv 2 3 relu, linear, maxpool 2, linear, flatten, linear, dense 2 softmax", 2, 1,
     "conv2d_1 dense_1", "p r"},
    {"tanh, relu, flatten, dense 300 swish, dropout 0.5, dense 2 softmax", 6, 2,
     "activation_1 activation_2 dense_1 dense_1 dropout_1 dense_2", "- - r - - -"},
    {"flatten, dense 300, dense 20 gelu, dense 2 softmax", 4, 0, "dense_1 dense_2 dense_2 dense_3",
     "f - - -"},
    {"flatten, dense 300 relu6, dense 20, dense 2 softmax", 4, 0, "dense_1 dense_1 dense_2 dense_3",
     "- - - -"},
    {"flatten, dense 256 relu, dense 2 softmax", 2, 0, "dense_1 dense_2", "- r"},
    {"normalize 0.5 / 2, conv 2 3 relu, zeropad 0 1 0 0, flatten, dense 2 softmax", 4, 3,
     "normalization_1 conv2d_1 zero_padding2d_1 dense_1", "- - r r"},
    {"flatten, dense 300 relu, dense 2 sigmoid", 2, 0, "dense_1 dense_2", "f r"},
    {"flatten, dense 300 sigmoid, dense 2", 3, 0, "dense_1 dense_1 dense_2", "- - -"},
    {"flatten, dense 2 sigmoid, softmax", 2, 0, "dense_1 dense_1", "- -"},
    {"flatten, dense 2 tanh, sigmoid", 2, 0, "dense_1 dense_1", "- -"},
    {"conv 2 3, globalavgpool, sigmoid", 2, 2, "conv2d_1 global_average_pooling2d_1", "- -"},
    {"conv 2 3 sigmoid, globalmaxpool softmax", 3, 3, "conv2d_1 conv2d_1 global_max_pooling2d_1",
     "- - -"},
};

static void append(char *text, const char *word) {
  if (text[0])
    strcat(text, " ");
  strcat(text, word);
}

static void append_flags(char *text, const mcnn_op *op) {
  char flags[4] = "";
  if (op->pool)
    strcat(flags, "p");
  if (op->fused_with_next)
    strcat(flags, "f");
  if (op->input_is_relu)
    strcat(flags, "r");
  append(text, flags[0] ? flags : "-");
}

static void plans_and_fuses(void **state) {
  const mcnn_shape input = {12, 12, 1};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char names[256] = "", flags[64] = "";
    fixture f;
    set_up(&f, cases[i].text, input, 0);
    for (size_t j = 0; j < f.plan->num_ops; j++) {
      append(names, f.plan->ops[j].layer->name);
      append_flags(flags, &f.plan->ops[j]);
    }
    assert_int_equal(f.plan->num_ops, cases[i].num_ops);
    assert_int_equal(f.plan->num_spatial, cases[i].num_spatial);
    assert_string_equal(names, cases[i].names);
    assert_string_equal(flags, cases[i].flags);
    tear_down(&f);
  }
}

/* Only a convolution can take the sum of three equal channels. */
static void only_convolutions_take_gray(void **state) {
  const mcnn_shape input = {6, 6, 3};
  fixture f;
  (void)state;
  set_up(&f, "conv 2 3, flatten, dense 2 softmax", input, 1);
  assert_true(mcnn_net_gray_input(f.net));
  assert_int_equal(mcnn_net_input_floats(f.net), 36);
  assert_int_equal(f.plan->ops[0].in_floats, 36);
  assert_int_equal(f.plan->ops[0].conv.in_channels, 1);
  tear_down(&f);
  set_up(&f, "maxpool 2, flatten, dense 2 softmax", input, 1);
  assert_false(mcnn_net_gray_input(f.net));
  assert_int_equal(mcnn_net_input_floats(f.net), 108);
  tear_down(&f);
}

/* Every kind has what those who walk the table call without asking. */
static void kinds_are_complete(void **state) {
  (void)state;
  for (size_t i = 0; mcnn_layer_kind_at(i); i++) {
    const mcnn_layer_kind *kind = mcnn_layer_kind_at(i);
    const mcnn_word word = {kind->word, strlen(kind->word)};
    assert_ptr_equal(mcnn_layer_kind_named(&word), kind);
    assert_true(strlen(kind->keras_name) > 0 && strlen(kind->keras_type) > 0);
    assert_true(!kind->forward == !(kind->backward || kind->batch_backward));
    assert_true(!kind->pack == !kind->packed_floats);
    assert_true(!kind->partial_floats == !kind->finish_tasks);
    assert_true(!kind->finish == !kind->finish_tasks);
    assert_true(!kind->to_training == !kind->from_training);
    assert_true(!kind->batch_forward == !kind->batch_backward);
    assert_true(!kind->batch_forward || (kind->batch_work_floats && kind->batch_scratch_floats));
    assert_true(!kind->read == !kind->write);
  }
}

/* --- zeros around images ---------------------------------------------------------------------- */

static void zeros_are_on_all_sides(void **state) {
  static const float x[4] = {1, 2, 3, 4}; /* 1 x 2 positions of two channels */
  static const float framed[24] = {[10] = 1, [11] = 2, [12] = 3, [13] = 4};
  const mcnn_shape input = {1, 2, 2};
  float y[24], dx[4];
  fixture f;
  (void)state;
  set_up(&f, "zeropad 1, flatten, dense 2 softmax", input, 0);
  const mcnn_op *op = &f.plan->ops[0];
  assert_int_equal(op->out_floats, 24);
  const mcnn_forward forward = {.net = f.net, .op = op, .images = 1, .x = x, .y = y};
  op->kind->forward(&forward);
  assert_memory_equal(y, framed, sizeof y);
  const mcnn_backward backward = {.net = f.net, .op = op, .images = 1, .dy = y, .dx = dx};
  op->kind->backward(&backward);
  assert_memory_equal(dx, x, sizeof dx);
  tear_down(&f);
}

/* --- dropout ---------------------------------------------------------------------------------- */

enum { UNITS = 64 };

static void drop(const fixture *f, size_t op, uint64_t step, size_t image, uint8_t kept[UNITS]) {
  float x[UNITS], y[UNITS];
  for (size_t i = 0; i < UNITS; i++)
    x[i] = 1;
  const mcnn_forward call = {.net = f->net,
                             .op = &f->plan->ops[op],
                             .training = MCNN_FOR_TRAINING,
                             .seed = 5,
                             .step = step,
                             .first_image = image,
                             .images = 1,
                             .x = x,
                             .y = y,
                             .saved = kept};
  f->plan->ops[op].kind->forward(&call);
  for (size_t i = 0; i < UNITS; i++)
    assert_true(y[i] == (kept[i] ? 2.0f : 0.0f));
}

/* The mask depends on the layer, the step and the image, and on nothing else. */
static void dropout_masks_differ(void **state) {
  const mcnn_shape input = {8, 8, 1};
  uint8_t first[UNITS], other[UNITS];
  fixture f;
  (void)state;
  set_up(&f, "flatten, dropout 0.5, dropout 0.5, dense 2 softmax", input, 0);
  drop(&f, 0, 3, 7, first);
  drop(&f, 0, 3, 7, other);
  assert_memory_equal(first, other, UNITS);
  drop(&f, 1, 3, 7, other);
  assert_memory_not_equal(first, other, UNITS);
  drop(&f, 0, 4, 7, other);
  assert_memory_not_equal(first, other, UNITS);
  drop(&f, 0, 3, 8, other);
  assert_memory_not_equal(first, other, UNITS);
  tear_down(&f);
}

/* A channel is kept or dropped as a whole, forward and backward; every image has its own. */
static void spatial_dropout_drops_channels(void **state) {
  enum { IMAGES = 9, CHANNELS = 3, POSITIONS = 4, VALUES = CHANNELS * POSITIONS };
  const mcnn_shape input = {2, 2, CHANNELS};
  float x[IMAGES * VALUES], y[IMAGES * VALUES], dx[IMAGES * VALUES];
  uint8_t kept[IMAGES * CHANNELS];
  size_t dropped = 0;
  fixture f;
  (void)state;
  for (size_t i = 0; i < IMAGES * VALUES; i++)
    x[i] = (float)(i + 1);
  set_up(&f, "spatialdropout 0.5, flatten, dense 2 softmax", input, 0);
  const mcnn_op *op = &f.plan->ops[0];
  const mcnn_forward forward = {.net = f.net,
                                .op = op,
                                .training = MCNN_FOR_TRAINING,
                                .seed = 5,
                                .step = 3,
                                .images = IMAGES,
                                .x = x,
                                .y = y,
                                .saved = kept};
  const mcnn_backward backward = {
      .net = f.net, .op = op, .images = IMAGES, .saved = kept, .dy = x, .dx = dx};
  assert_int_equal(op->kind->saved_bytes(op), CHANNELS);
  op->kind->forward(&forward);
  op->kind->backward(&backward);
  for (size_t i = 0; i < IMAGES * VALUES; i++) {
    const int keeps = kept[i / VALUES * CHANNELS + i % CHANNELS];
    assert_true(y[i] == (keeps ? 2 * x[i] : 0.0f) && dx[i] == y[i]);
    dropped += keeps ? 0 : 1;
  }
  assert_true(dropped > 0 && dropped < (size_t)IMAGES * VALUES);
  tear_down(&f);
}

/* --- 8-bit integers --------------------------------------------------------------------------- */

/* Two classes whose probabilities are 1/8 apart: logits 0.2513 apart. */
static void close_calls_are_within_an_eighth(void **state) {
  static const float logits[][2] = {
      {0.0f, 0.2512f}, {0.2512f, 0.0f}, {0.0f, 0.13f}, {0.0f, 0.2514f}, {0.0f, 0.1f}};
  static const float not_a_number[][2] = {{0.0f, NAN}};
  const mcnn_shape input = {4, 4, 1};
  fixture f;
  (void)state;
  set_up(&f, "flatten, dense 2 softmax", input, 0);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[0], 5), 3);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[3], 2), 0);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[4], 1), 1);
  assert_int_equal(mcnn_int8_close_calls(f.net, not_a_number[0], 1), 1);
  tear_down(&f);
}

/* Those of a sigmoid: 1/8 is between logits of 0 and 0.5108. */
static void close_calls_of_a_sigmoid(void **state) {
  static const float logits[][2] = {{0.0f, 0.51f},  {0.51f, 0.0f}, {8.0f, 9.0f},
                                    {0.0f, 0.512f}, {-0.1f, 0.5f}, {0.0f, NAN}};
  const mcnn_shape input = {4, 4, 1};
  fixture f;
  (void)state;
  set_up(&f, "flatten, dense 2 sigmoid", input, 0);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[0], 5), 3);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[3], 2), 0);
  assert_int_equal(mcnn_int8_close_calls(f.net, logits[5], 1), 1);
  tear_down(&f);
}

/* An operation learns that has parameters, or is given what others with some have made. */
static void what_is_before_all_parameters_does_not_learn(void **state) {
  static const uint32_t learns[] = {0, 0, 1, 1, 1, 1};
  const mcnn_shape input = {4, 4, 3};
  fixture f;
  (void)state;
  set_up(&f, "zeropad 1, maxpool 2, conv 3 1x1, add 2, maxpool 3, flatten, dense 2 softmax", input,
         0);
  assert_int_equal(f.plan->num_ops, sizeof learns / sizeof learns[0]);
  for (size_t i = 0; i < f.plan->num_ops; i++)
    assert_int_equal(f.plan->ops[i].learns, learns[i]);
  tear_down(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans_and_fuses),
      cmocka_unit_test(only_convolutions_take_gray),
      cmocka_unit_test(what_is_before_all_parameters_does_not_learn),
      cmocka_unit_test(kinds_are_complete),
      cmocka_unit_test(zeros_are_on_all_sides),
      cmocka_unit_test(dropout_masks_differ),
      cmocka_unit_test(spatial_dropout_drops_channels),
      cmocka_unit_test(close_calls_are_within_an_eighth),
      cmocka_unit_test(close_calls_of_a_sigmoid),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
