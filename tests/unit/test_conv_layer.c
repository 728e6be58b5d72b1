/* The convolution layer against numbers that Keras gives: kernels of ones over 0, 1, 2, ... with
 * strides, dilation and padding "same", and without a bias. */
#include "nn/arch_text.h"
#include "nn/predict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct keras_case {
  const char *text;
  uint32_t side;
  size_t outputs;
  float expected[25];
} keras_case;

static const keras_case cases[] = {
    {"conv 1 3x3 stride 2 same, flatten, dense 2 softmax",
     5,
     9,
     {12, 27, 24, 63, 108, 81, 72, 117, 84}},
    {"conv 1 3x3 stride 2 same, flatten, dense 2 softmax",
     6,
     9,
     {63, 81, 63, 171, 189, 135, 168, 180, 126}},
    {"conv 1 3x3 stride 2 same nobias, flatten, dense 2 softmax",
     6,
     9,
     {63, 81, 63, 171, 189, 135, 168, 180, 126}},
    {"conv 1 3x3 stride 2, flatten, dense 2 softmax", 5, 4, {54, 72, 144, 162}},
    {"conv 1 1x1 stride 3x2 nobias, flatten, dense 2 softmax", 5, 6, {0, 2, 4, 15, 17, 19}},
    {"conv 1 2x2 dilation 3, flatten, dense 2 softmax", 5, 4, {36, 40, 56, 60}},
    {"conv 1 3x3 dilation 2 same, flatten, dense 2 softmax", 5, 25, {24, 28,  42, 28, 32, 44,  48,
                                                                     72, 48,  52, 66, 72, 108, 72,
                                                                     78, 44,  48, 72, 48, 52,  64,
                                                                     68, 102, 68, 72}},
};

static void check(const keras_case *c, mcnn_isa isa) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mcnn_shape input = {c->side, c->side, 1};
  mcnn_arch *arch;
  mcnn_net *net;
  assert_int_equal(mcnn_arch_parse(c->text, input, 2, &alloc, &arch), MNISTCNN_OK);
  assert_int_equal(mcnn_net_create(arch, isa, 0, &alloc, &net), MNISTCNN_OK);
  float *weights = calloc(arch->parameter_floats, sizeof *weights);
  float *packed = aligned_alloc(64, (mcnn_net_packed_floats(net) + 15) / 16 * 64);
  float *scratch = aligned_alloc(64, (mcnn_net_spatial_scratch_floats(net, 1) + 15) / 16 * 64);
  float x[36], y[25];
  const mcnn_parameter *kernel = &arch->layers[0].parameters[MCNN_KERNEL];
  for (size_t i = 0; i < kernel->count; i++)
    weights[kernel->offset + i] = 1;
  for (size_t i = 0; i < 36; i++)
    x[i] = (float)i;
  assert_int_equal(mcnn_net_feature_floats(net), c->outputs);
  mcnn_net_pack(net, weights, packed);
  mcnn_net_spatial(net, weights, packed, x, 1, y, scratch);
  assert_memory_equal(y, c->expected, c->outputs * sizeof *y);
  free(scratch);
  free(packed);
  free(weights);
  mcnn_net_free(net);
  mcnn_arch_free(arch);
}

static void gives_what_keras_gives(void **state) {
  (void)state;
  for (int isa = 0; isa < (int)MCNN_ISA_COUNT; isa++)
    for (size_t i = 0; mcnn_isa_available((mcnn_isa)isa) && i < sizeof cases / sizeof cases[0]; i++)
      check(&cases[i], (mcnn_isa)isa);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gives_what_keras_gives)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
