/* Architecture texts: what is read, what is refused and why, and the normal form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/status.h"
#include "nn/arch_text.h"

static const mcnn_shape digits_input = {28, 28, 3};

static mnistcnn_status parse(const char *text, mcnn_shape input, uint32_t classes,
                             mcnn_arch **arch) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  return mcnn_arch_parse(text, input, classes, &alloc, arch);
}

/* --- accepted --------------------------------------------------------------------------------- */

static const struct {
  const char *text, *normal;
  size_t parameters;
} good[] = {
    {MNISTCNN_DEFAULT_ARCHITECTURE, MNISTCNN_DEFAULT_ARCHITECTURE, 537058},
    {"flatten, dense 10 softmax", "flatten, dense 10 softmax", 23530},
    {"flatten,dense 10,softmax", "flatten, dense 10 softmax", 23530},
    {" \n flatten\t,\r\n dense   classes \n softmax ", "flatten, dense 10 softmax", 23530},
    {"conv 2 3 valid relu, flatten, dense classes softmax",
     "conv 2 3x3 relu, flatten, dense 10 softmax", 56 + 13530},
    {"conv 2 3x1 same, relu, flatten, dense 10 softmax",
     "conv 2 3x1 same relu, flatten, dense 10 softmax", 20 + 15690},
    {"conv 2 3 relu, relu, relu, flatten, dense 10 softmax",
     "conv 2 3x3 relu, flatten, dense 10 softmax", 56 + 13530},
    {"relu, maxpool 2x7, relu, flatten, dense 10 softmax",
     "relu, maxpool 2x7, relu, flatten, dense 10 softmax", 1690},
    {"conv 2 3 silu, maxpool 2, leaky_relu 0.20, flatten, dense classes linear, softmax",
     "conv 2 3x3 swish, maxpool 2, leaky_relu, flatten, dense 10 softmax", 56 + 3390},
    {"conv 2 3 same leaky_relu 0.10, conv 2 3 elu 1.0, elu, elu 2, flatten, dense 10 softmax",
     "conv 2 3x3 same leaky_relu 0.1, conv 2 3x3 elu, elu, elu 2, flatten, dense 10 softmax",
     56 + 38 + 13530},
    {"conv 2 3, linear, tanh, linear, sigmoid, flatten, dense 10 softmax",
     "conv 2 3x3 tanh, sigmoid, flatten, dense 10 softmax", 56 + 13530},
    {"conv 2 3 relu6, relu6, relu, linear, flatten, dense 10 softmax",
     "conv 2 3x3 relu6, relu, linear, flatten, dense 10 softmax", 56 + 13530},
    {"relu6, selu, gelu, gelu_tanh, softplus, hard_sigmoid, hard_silu, flatten, "
     "dense 10 linear softmax",
     "relu6, selu, gelu, gelu_tanh, softplus, hard_sigmoid, hard_swish, flatten, dense 10 softmax",
     23530},
    {"maxpool 3x3, flatten, dense 10 softmax", "maxpool 3, flatten, dense 10 softmax", 2440},
    {"flatten, dense 7, relu, dense 10 softmax", "flatten, dense 7 relu, dense 10 softmax",
     2353 * 7 + 80},
    {"dropout 0.0, flatten, dropout 0.50, dense 10 softmax",
     "dropout 0, flatten, dropout 0.5, dense 10 softmax", 23530},
    {"flatten, dropout 0.123456789012345, dense 10 softmax",
     "flatten, dropout 0.12345679, dense 10 softmax", 23530},
    {"conv 1 55 same, flatten, dense 10 softmax", "conv 1 55x55 same, flatten, dense 10 softmax",
     9076 + 7850},
    {"conv 2 3 stride 2 same, conv 3 3x2 nobias stride 2x1 relu, flatten, dense 10 softmax",
     "conv 2 3x3 stride 2 same, conv 3 3x2 stride 2x1 nobias relu, flatten, dense 10 softmax",
     56 + 36 + 2350},
    {"conv 2 3 same dilation 2 nobias tanh, conv 2 5x1 dilation 3x16, flatten, dense 10 softmax",
     "conv 2 3x3 dilation 2 same nobias tanh, conv 2 5x1 dilation 3x16, flatten, dense 10 softmax",
     54 + 22 + 8970},
    {"conv 2 1 valid stride 1 dilation 1x1 nobias, conv 1 2 nobias valid dilation 1 stride 16x2, "
     "flatten, dense 10 softmax",
     "conv 2 1x1 nobias, conv 1 2x2 stride 16x2 nobias, flatten, dense 10 softmax", 6 + 8 + 290},
    {"conv 1 2 dilation 16, conv 1 1 stride 16, flatten, dense 10 softmax",
     "conv 1 2x2 dilation 16, conv 1 1x1 stride 16, flatten, dense 10 softmax", 13 + 2 + 20},
    {"depthwise 3, depthwise 5x1 same stride 2 multiplier 2 nobias relu, flatten, dense 10 softmax",
     "depthwise 3x3, depthwise 5x1 stride 2 same multiplier 2 nobias relu, flatten, "
     "dense 10 softmax",
     30 + 30 + 169 * 60 + 10},
    {"depthwise 1 multiplier 1 valid dilation 1 stride 1, elu 2, flatten, dense 10 softmax",
     "depthwise 1x1 elu 2, flatten, dense 10 softmax", 6 + 23530},
    {"separable 8 3 nobias multiplier 4 dilation 2x1 same, flatten, dense 10 softmax",
     "separable 8 3x3 dilation 2x1 same multiplier 4 nobias, flatten, dense 10 softmax",
     27 * 4 + 12 * 8 + 62730},
    {"separable 4 3x2 stride 3 tanh, flatten, dense 10 softmax",
     "separable 4 3x2 stride 3 tanh, flatten, dense 10 softmax", 18 + 12 + 4 + 9 * 9 * 40 + 10},
    {"conv 1 28, flatten, dense 10 softmax", "conv 1 28x28, flatten, dense 10 softmax", 2353 + 20},
    {"maxpool 16, maxpool 1, flatten, dense 10 softmax",
     "maxpool 16, maxpool 1, flatten, dense 10 softmax", 40},
    {"maxpool 3 stride 2 same, flatten, dense 10 softmax",
     "maxpool 3 stride 2 same, flatten, dense 10 softmax", 14 * 14 * 30 + 10},
    {"maxpool 2x3 stride 2x1 valid, flatten, dense 10 softmax",
     "maxpool 2x3 stride 2x1, flatten, dense 10 softmax", 14 * 26 * 30 + 10},
    {"maxpool 2x3 stride 2x3, flatten, dense 10 softmax", "maxpool 2x3, flatten, dense 10 softmax",
     14 * 9 * 30 + 10},
    {"maxpool 5x5 same, maxpool 2 stride 16x16, flatten, dense 10 softmax",
     "maxpool 5 same, maxpool 2 stride 16, flatten, dense 10 softmax", 40},
    {"maxpool 1x200 same, flatten, dense 10 softmax",
     "maxpool 1x200 same, flatten, dense 10 softmax", 28 * 30 + 10},
    {"avgpool 2, avgpool 3 stride 2x3 same, flatten, dense 10 softmax",
     "avgpool 2, avgpool 3 stride 2x3 same, flatten, dense 10 softmax", 7 * 5 * 30 + 10},
    {"avgpool 2x2 stride 2 valid, flatten, dense 10 softmax",
     "avgpool 2, flatten, dense 10 softmax", 14 * 14 * 30 + 10},
    {"globalavgpool, dense 10 softmax", "globalavgpool, dense 10 softmax", 40},
    {"conv 8 3, globalmaxpool, flatten, dropout 0.5, dense 10 softmax",
     "conv 8 3x3, globalmaxpool, flatten, dropout 0.5, dense 10 softmax", 224 + 90},
    {"globalavgpool, relu, dense 10 softmax", "globalavgpool, relu, dense 10 softmax", 40},
    {"zeropad 1x1, zeropad 64x2, flatten, dense 10 softmax",
     "zeropad 1, zeropad 64x2, flatten, dense 10 softmax", 158 * 34 * 30 + 10},
    {"zeropad 1 1 1 1, zeropad 2 2 1 1, flatten, dense 10 softmax",
     "zeropad 1, zeropad 2x1, flatten, dense 10 softmax", 34 * 32 * 30 + 10},
    {"zeropad 0 1 0 0, zeropad 0 0 64 64, flatten, dense 10 softmax",
     "zeropad 0 1 0 0, zeropad 0 0 64 64, flatten, dense 10 softmax", 29 * 156 * 30 + 10},
    {"normalize 0.4850 0.456 -0 / 0.229 0.224 1.0, flatten, normalize -0.50 / 2, dense 10 softmax",
     "normalize 0.485 0.456 0 / 0.229 0.224 1, flatten, normalize -0.5 / 2, dense 10 softmax",
     23530},
    {"normalize 0.5 0.5 0.5 / 1 1 1, globalavgpool, normalize 1 2 3 / 1 2 3, dense 10 softmax",
     "normalize 0.5 0.5 0.5 / 1 1 1, globalavgpool, normalize 1 2 3 / 1 2 3, dense 10 softmax", 40},
    {"rescale 0.003921568627451 -0, flatten, rescale -2.50 -0.5, dense 10 softmax",
     "rescale 0.003921569 0, flatten, rescale -2.5 -0.5, dense 10 softmax", 23530},
    {"rescale 1000000 -1000000.0, flatten, rescale -0.000001 0.000001, dense 10 softmax",
     "rescale 1000000 -1000000, flatten, rescale -0.000001 0.000001, dense 10 softmax", 23530},
    {"flatten, rescale -0.00000123456789 -0.00000987654321, dense 10 softmax",
     "flatten, rescale -0.0000012345679 -0.000009876543, dense 10 softmax", 23530},
    {"spatialdropout 0.50, flatten, dense 10 softmax",
     "spatialdropout 0.5, flatten, dense 10 softmax", 23530},
    {"conv 2 3, batchnorm, relu, flatten, batchnorm momentum 0.50 epsilon 0.00001 unbiased, "
     "dense 10 softmax",
     "conv 2 3x3, batchnorm relu, flatten, batchnorm momentum 0.5 epsilon 0.00001 unbiased, "
     "dense 10 softmax",
     56 + 8 + 4 * 1352 + 13530},
    {"batchnorm nocenter noscale momentum 0.99 epsilon 0.001, flatten, dense 10 softmax",
     "batchnorm noscale nocenter, flatten, dense 10 softmax", 6 + 23530},
    {"conv 2 3, relu, conv 2 3 same, relu, add 3, flatten, dense 10 softmax",
     "conv 2 3x3 relu, conv 2 3x3 same relu, add 2, flatten, dense 10 softmax", 56 + 38 + 13530},
    {"conv 2 3, conv 2 3 same, add conv2d_1, relu, conv 2 3 from conv2d_2, conv 2 1 from 2, "
     "maxpool 3 stride 1, relu, add 4 elu 0.5, flatten, dense 10 softmax",
     "conv 2 3x3, conv 2 3x3 same, add 2 relu, conv 2 3x3 from 2, conv 2 1x1 from 2, "
     "maxpool 3 stride 1, relu, add 4 elu 0.5, flatten, dense 10 softmax",
     56 + 38 + 38 + 6 + 11530},
    {"flatten, dense 10", "flatten, dense 10", 23530},
    {"flatten, dense classes, sigmoid", "flatten, dense 10 sigmoid", 23530},
    {"flatten, dense 10 tanh", "flatten, dense 10 tanh", 23530},
    {"flatten, dense 10 relu, softmax", "flatten, dense 10 relu, softmax", 23530},
    {"flatten, dense 10, relu, tanh, softmax", "flatten, dense 10 relu, tanh, softmax", 23530},
    {"flatten, dense 10, dropout 0.5, softmax", "flatten, dense 10, dropout 0.5, softmax", 23530},
    {"flatten, dense 10, dropout 0.5, sigmoid", "flatten, dense 10, dropout 0.5, sigmoid", 23530},
    {"conv 10 3, globalavgpool, softmax", "conv 10 3x3, globalavgpool softmax", 280},
    {"conv 10 3, globalmaxpool softmax", "conv 10 3x3, globalmaxpool softmax", 280},
    {"conv 10 3, globalmaxpool, flatten, softmax", "conv 10 3x3, globalmaxpool, flatten, softmax",
     280},
    {"conv 10 3, globalavgpool, sigmoid", "conv 10 3x3, globalavgpool, sigmoid", 280},
    {"flatten, dense 7 nobias relu, dense classes nobias, softmax",
     "flatten, dense 7 nobias relu, dense 10 nobias softmax", 2352 * 7 + 70},
    {"conv 2 3 same l2 0.0005 relu, flatten, dense 10 nobias l2 0.10 softmax",
     "conv 2 3x3 same l2 0.0005 relu, flatten, dense 10 nobias l2 0.1 softmax", 56 + 15680},
    {"conv 2 3 l2 0, relu, flatten, dense 10 l2 -0.0",
     "conv 2 3x3 l2 0 relu, flatten, dense 10 l2 0", 56 + 13530},
    {"flatten, dense 10 l2 1000000 leaky_relu 0.1", "flatten, dense 10 l2 1000000 leaky_relu 0.1",
     23530},
    {"conv 10 28, flatten", "conv 10 28x28, flatten", 23530},
    {"maxpool 20x2 stride 20x1, flatten, dense 10 softmax",
     "maxpool 20x2 stride 20x1, flatten, dense 10 softmax", 27 * 30 + 10},
};

static void accepts_and_normalises(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    mcnn_arch *arch, *again;
    assert_int_equal(parse(good[i].text, digits_input, 10, &arch), MNISTCNN_OK);
    assert_string_equal(arch->text, good[i].normal);
    assert_int_equal(arch->num_parameters, good[i].parameters);
    assert_int_equal(parse(arch->text, digits_input, 10, &again), MNISTCNN_OK);
    assert_string_equal(again->text, arch->text);
    assert_int_equal(again->num_layers, arch->num_layers);
    assert_memory_equal(again->layers, arch->layers, arch->num_layers * sizeof *arch->layers);
    mcnn_arch_free(arch);
    mcnn_arch_free(again);
  }
}

static void knows_the_output(void **state) {
  static const struct {
    const char *text;
    mcnn_output output;
  } cases[] = {{"flatten, dense 10 softmax", MCNN_OUTPUT_SOFTMAX},
               {"flatten, dense 10 sigmoid, softmax", MCNN_OUTPUT_SOFTMAX},
               {"flatten, dense 10 sigmoid", MCNN_OUTPUT_SIGMOID},
               {"flatten, dense 10, dropout 0.5, sigmoid", MCNN_OUTPUT_SIGMOID},
               {"flatten, dense 10 sigmoid, dropout 0.5", MCNN_OUTPUT_LOGITS},
               {"flatten, dense 10", MCNN_OUTPUT_LOGITS},
               {"flatten, dense 10 hard_sigmoid", MCNN_OUTPUT_LOGITS}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mcnn_arch *arch;
    assert_int_equal(parse(cases[i].text, digits_input, 10, &arch), MNISTCNN_OK);
    assert_int_equal(arch->output, cases[i].output);
    mcnn_arch_free(arch);
  }
}

/* Three classes, so that the channels of the input are enough. */
static void refuses_what_has_no_weights(void **state) {
  mcnn_arch *arch;
  (void)state;
  assert_int_equal(parse("globalavgpool softmax", digits_input, 3, &arch), MNISTCNN_ARCHITECTURE);
  assert_non_null(strstr(mcnn_last_error(), "no weights to train"));
}

static void infers_the_tutorial(void **state) {
  static const struct {
    const char *name;
    mcnn_shape out;
    size_t parameters;
  } expected[] = {{"conv2d_1", {24, 24, 16}, 1216}, {"max_pooling2d_1", {12, 12, 16}, 0},
                  {"conv2d_2", {8, 8, 32}, 12832},  {"max_pooling2d_2", {4, 4, 32}, 0},
                  {"flatten_1", {1, 1, 512}, 0},    {"dense_1", {1, 1, 1000}, 513000},
                  {"dense_2", {1, 1, 10}, 10010},   {"activation_1", {1, 1, 10}, 0}};
  mcnn_arch *arch;
  (void)state;
  assert_int_equal(parse(MNISTCNN_DEFAULT_ARCHITECTURE, digits_input, 10, &arch), MNISTCNN_OK);
  assert_int_equal(arch->num_layers, sizeof expected / sizeof expected[0]);
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    assert_string_equal(layer->name, expected[i].name);
    assert_memory_equal(&layer->out, &expected[i].out, sizeof layer->out);
    assert_int_equal(mcnn_layer_parameter_count(layer), expected[i].parameters);
  }
  mcnn_arch_free(arch);
}

static void places_parameters_apart(void **state) {
  mcnn_arch *arch;
  size_t end = 0;
  (void)state;
  assert_int_equal(
      parse("conv 3 3, conv 5 2, flatten, dense 7, dense 10 softmax", digits_input, 10, &arch),
      MNISTCNN_OK);
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++) {
      const mcnn_parameter *parameter = &layer->parameters[j];
      assert_int_equal(parameter->offset % 16, 0);
      assert_true(parameter->offset >= end);
      end = parameter->offset + parameter->count;
    }
  }
  assert_true(arch->parameter_floats >= end && arch->parameter_floats < end + 16);
  mcnn_arch_free(arch);
}

static void default_text_follows_the_classes(void **state) {
  char text[160];
  (void)state;
  mcnn_arch_default_text(10, text);
  assert_string_equal(text, MNISTCNN_DEFAULT_ARCHITECTURE);
  for (uint32_t classes = 2; classes <= 1000; classes += 499) {
    mcnn_arch *arch;
    mcnn_arch_default_text(classes, text);
    assert_int_equal(parse(text, digits_input, classes, &arch), MNISTCNN_OK);
    mcnn_arch_free(arch);
  }
}

static void clones_are_equal_and_independent(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_arch *arch, *clone;
  (void)state;
  assert_int_equal(parse(MNISTCNN_DEFAULT_ARCHITECTURE, digits_input, 10, &arch), MNISTCNN_OK);
  assert_int_equal(mcnn_arch_clone(arch, &alloc, &clone), MNISTCNN_OK);
  assert_ptr_not_equal(arch->layers, clone->layers);
  assert_memory_equal(arch->layers, clone->layers, arch->num_layers * sizeof *arch->layers);
  mcnn_arch_free(arch);
  assert_string_equal(clone->text, MNISTCNN_DEFAULT_ARCHITECTURE);
  mcnn_arch_free(clone);
}

/* --- refused ---------------------------------------------------------------------------------- */

/* Each message must hold the layer, as it is quoted, and the reason. */
static const struct {
  const char *text, *layer, *reason;
} bad[] = {
    {"", "layer 1 \"\"", "missing"},
    {" \n\t", "layer 1 \"\"", "missing"},
    {",", "layer 1 \"\"", "missing"},
    {"flatten,,dense 10 softmax", "layer 2 \"\"", "missing"},
    {"flatten, dense 10 softmax,", "layer 3 \"\"", "a layer is missing here"},
    {"flatten, dense 10 softmax, relu", "layer 3 \"relu\"", "must be the last"},
    {"flatten, dense 9", "layer 2 \"dense 9\"", "9 outputs, but there are 10 classes"},
    {"flatten, dense 9 sigmoid", "layer 2 \"dense 9 sigmoid\"", "9 outputs"},
    {"flatten", "layer 1 \"flatten\"", "2352 outputs, but there are 10 classes"},
    {"softmax", "layer 1 \"softmax\"", "must end in a vector"},
    {"conv 10 28, softmax", "layer 2 \"softmax\"", "must end in a vector: a flatten or a global"},
    {"conv 10 28 sigmoid", "layer 1", "must end in a vector"},
    {"conv 10 28 softmax", "layer 1", "\"softmax\" does not belong"},
    {"flatten softmax", "layer 1", "\"softmax\" does not belong"},
    {"flatten, softmax", "layer 2 \"softmax\"", "2352 outputs"},
    {"softmax, softmax", "layer 2 \"softmax\"", "softmax must be the last layer"},
    {"flatten, dense 10 sigmoid softmax", "layer 2", "\"softmax\" does not belong"},
    {"globalavgpool softmax", "layer 1 \"globalavgpool softmax\"", "3 outputs"},
    {"flatten, dense 10 relu softmax", "layer 2", "\"softmax\" does not belong"},
    {"flatten, dense 9 softmax", "layer 2 \"dense 9 softmax\"", "9 outputs, but there are 10"},
    {"dense 10 softmax", "layer 1", "flatten must come before"},
    {"flatten, flatten, dense 10 softmax", "layer 2", "already flat"},
    {"flatten, conv 2 3, dense 10 softmax", "layer 2 \"conv 2 3\"", "already flat"},
    {"flatten, maxpool 1, dense 10 softmax", "layer 2", "already flat"},
    {"conv 8 29, flatten, dense 10 softmax", "layer 1 \"conv 8 29\"", "larger than its input"},
    {"conv 8 1x29, flatten, dense 10 softmax", "layer 1", "larger than its input"},
    {"conv 8 56 same, flatten, dense 10 softmax", "layer 1", "can use"},
    {"conv 8 56x1 same, flatten, dense 10 softmax", "layer 1", "can use"},
    {"conv 8 1x56 same, flatten, dense 10 softmax", "layer 1", "can use"},
    {"maxpool 2, maxpool 15, flatten, dense 10 softmax", "layer 2 \"maxpool 15\"",
     "larger than its input of 14x14x3"},
    {"maxpool 17, flatten, dense 10 softmax", "layer 1", "at most 256 positions"},
    {"conv", "layer 1 \"conv\"", "expected \"conv FILTERS"},
    {"conv 8", "layer 1", "expected"},
    {"conv 0 3", "layer 1", "expected"},
    {"conv -1 3", "layer 1", "expected"},
    {"conv +1 3", "layer 1", "expected"},
    {"conv 08 3", "layer 1", "expected"},
    {"conv 8.0 3", "layer 1", "expected"},
    {"conv 1e1 3", "layer 1", "expected"},
    {"conv 0x8 3", "layer 1", "expected"},
    {"conv 8 3x", "layer 1", "expected"},
    {"conv 8 x3", "layer 1", "expected"},
    {"conv 8 3x3x3", "layer 1", "expected"},
    {"conv 8 3X3", "layer 1", "expected"},
    {"conv 8 0x3", "layer 1", "expected"},
    {"conv 8 3 x 3", "layer 1", "\"x\" does not belong"},
    {"conv 32 3x3 strides 2", "layer 1",
     "\"strides\" does not belong here: expected \"conv FILTERS HxW [stride HxW] [dilation HxW]"},
    {"batchnorm eps 0.1", "layer 1", "expected \"batchnorm [momentum M] [epsilon E] [noscale]"},
    {"conv 8 3 relu same", "layer 1", "\"same\" does not belong"},
    {"conv 8 3 stride", "layer 1", "expected \"conv FILTERS HxW [stride HxW] [dilation HxW]"},
    {"conv 8 3 stride same", "layer 1", "expected"},
    {"conv 8 3 stride 0", "layer 1", "expected"},
    {"conv 8 3 stride 2x", "layer 1", "expected"},
    {"conv 8 3 same dilation relu", "layer 1", "expected"},
    {"conv 8 3 dilation -1", "layer 1", "expected"},
    {"conv 8 3 stride 2 same stride 2", "layer 1", "\"stride\" does not belong"},
    {"conv 8 3 dilation 2 dilation 2", "layer 1", "\"dilation\" does not belong"},
    {"conv 8 3 nobias nobias", "layer 1", "\"nobias\" does not belong"},
    {"conv 8 3 same stride 2 same", "layer 1", "\"same\" does not belong"},
    {"conv 8 3 relu nobias", "layer 1", "\"nobias\" does not belong"},
    {"conv 8 3 stride 17", "layer 1", "a stride is at most 16"},
    {"conv 8 3 stride 1x17", "layer 1", "a stride is at most 16"},
    {"conv 8 3 dilation 17x1", "layer 1", "a dilation is at most 16"},
    {"conv 8 3 stride 2 dilation 2", "layer 1", "above 1 exclude each other"},
    {"conv 8 3 stride 1x2 dilation 2x1", "layer 1", "above 1 exclude each other"},
    {"conv 8 3 multiplier 2", "layer 1", "\"multiplier\" does not belong"},
    {"depthwise", "layer 1 \"depthwise\"",
     "expected \"depthwise HxW [stride HxW] [dilation HxW] [same|valid] [multiplier N] [nobias] "
     "[l2 L] "
     "[ACTIVATION]\""},
    {"depthwise relu", "layer 1", "expected"},
    {"depthwise 0", "layer 1", "expected"},
    {"depthwise 8 3", "layer 1", "\"3\" does not belong"},
    {"depthwise 3 multiplier", "layer 1", "expected"},
    {"depthwise 3 multiplier 0", "layer 1", "expected"},
    {"depthwise 3 multiplier 2x2", "layer 1", "expected"},
    {"depthwise 3 multiplier 2 same multiplier 2", "layer 1", "\"multiplier\" does not belong"},
    {"depthwise 3 stride 17", "layer 1", "a stride is at most 16"},
    {"depthwise 3 dilation 17", "layer 1", "a dilation is at most 16"},
    {"depthwise 3 stride 2 dilation 2", "layer 1", "exclude each other"},
    {"depthwise 29", "layer 1", "larger than its input of 28x28x3"},
    {"depthwise 3 dilation 14", "layer 1", "dilated, is larger than its input"},
    {"depthwise 56 same", "layer 1", "can use"},
    {"depthwise 3 multiplier 999999999", "layer 1", "its patches of one image are more than"},
    {"depthwise 1 multiplier 120000", "layer 1", "its output of 28x28x360000 is more than"},
    {"depthwise 1 stride 16 multiplier 999999", "layer 1", "one image with its padding takes more"},
    {"flatten, depthwise 3", "layer 2", "already flat"},
    {"depthwise 3 softmax", "layer 1", "\"softmax\" does not belong"},
    {"separable 8", "layer 1",
     "expected \"separable FILTERS HxW [stride HxW] [dilation HxW] [same|valid] [multiplier N] "
     "[nobias] [l2 L] [ACTIVATION]\""},
    {"separable 3x3", "layer 1", "expected"},
    {"separable 8 3 multiplier relu", "layer 1", "expected"},
    {"separable 8 29", "layer 1", "larger than its input"},
    {"separable 8 3 multiplier 999999999", "layer 1", "its patches of one image are more than"},
    {"separable 999999999 28", "layer 1", "its output of 1x1x999999999 is more than"},
    {"separable 90000000 28 multiplier 30", "layer 1", "more than 268435456 parameters"},
    {"flatten, separable 8 3", "layer 2", "already flat"},
    {"conv 8 3 dilation 14", "layer 1", "the kernel of 3x3, dilated, is larger than its input of"},
    {"conv 8 4x1 dilation 10x1", "layer 1", "is larger than its input"},
    {"conv 8 13 dilation 5 same", "layer 1", "can use"},
    {"conv 8 99999999 dilation 16 same", "layer 1", "can use"},
    {"conv 8 268435457x1 dilation 16", "layer 1", "is larger than its input"},
    {"conv 8 3 same valid", "layer 1", "\"valid\" does not belong"},
    {"conv 8 3 same relu relu", "layer 1", "\"relu\" does not belong"},
    {"conv 8 3 softmax", "layer 1", "does not belong"},
    {"conv 1000000000 3", "layer 1", "expected"},
    {"conv 18446744073709551617 3", "layer 1", "expected"},
    {"conv 999999999 3", "layer 1", "is more than"},
    {"conv 300000 1x1, conv 300000 1x1", "layer 2", "more than"},
    {"flatten, dense 200000 relu, dense 200000, dense 10 softmax", "layer 2", "parameters"},
    {"maxpool", "layer 1", "expected"},
    {"maxpool 0", "layer 1", "expected"},
    {"maxpool 2 2", "layer 1", "does not belong"},
    {"maxpool stride 2", "layer 1", "expected \"maxpool HxW [stride HxW] [same|valid]\""},
    {"maxpool 2 stride", "layer 1", "expected"},
    {"maxpool 2 stride 0", "layer 1", "expected"},
    {"maxpool 2 stride same", "layer 1", "expected"},
    {"maxpool 2 same stride 2", "layer 1", "\"stride\" does not belong"},
    {"maxpool 2 stride 2 same valid", "layer 1", "\"valid\" does not belong"},
    {"maxpool 2 stride 2 same relu", "layer 1", "\"relu\" does not belong"},
    {"maxpool 2 stride 17", "layer 1", "a stride is at most 16, or as large as the window"},
    {"maxpool 20x2 stride 1x20", "layer 1", "a stride is at most 16"},
    {"maxpool 2 stride 999999999 same", "layer 1", "a stride is at most 16"},
    {"maxpool 999999999 stride 1 same", "layer 1", "at most 256 positions"},
    {"maxpool 17 same", "layer 1", "at most 256 positions"},
    {"avgpool 2 2", "layer 1", "does not belong"},
    {"avgpool", "layer 1", "expected \"avgpool HxW [stride HxW] [same|valid]\""},
    {"avgpool 17", "layer 1", "at most 256 positions"},
    {"flatten, avgpool 2", "layer 2 \"avgpool 2\"", "already flat"},
    {"globalavgpool 2", "layer 1", "does not belong"},
    {"globalavgpool, globalmaxpool", "layer 2", "already flat"},
    {"globalavgpool, maxpool 1", "layer 2", "already flat"},
    {"flatten, globalavgpool", "layer 2 \"globalavgpool\"", "already flat"},
    {"globalavgpool, flatten, flatten", "layer 3", "already flat"},
    {"globalavgpool, dense 9 softmax", "layer 2 \"dense 9 softmax\"", "9 outputs"},
    {"zeropad", "layer 1", "expected \"zeropad HxW\" or \"zeropad TOP BOTTOM LEFT RIGHT\""},
    {"zeropad 0", "layer 1", "expected"},
    {"zeropad -1", "layer 1", "expected"},
    {"zeropad 1 1", "layer 1", "expected"},
    {"zeropad 1 1 1", "layer 1", "expected"},
    {"zeropad 1x1 1 1 1", "layer 1", "expected"},
    {"zeropad 1 00 1 1", "layer 1", "expected"},
    {"zeropad 1 -1 1 1", "layer 1", "expected"},
    {"zeropad 1 1 1 1 1", "layer 1", "\"1\" does not belong"},
    {"zeropad 1 1 1 1 relu", "layer 1", "\"relu\" does not belong"},
    {"zeropad 0 0 0 0", "layer 1", "there must be a row or column of zeros"},
    {"zeropad 0 65 0 0", "layer 1", "at most 64 rows or columns on each side"},
    {"zeropad 0 0 0 999999999", "layer 1", "at most 64 rows or columns on each side"},
    {"normalize", "layer 1", "expected \"normalize MEAN / DEVIATION\""},
    {"normalize 1", "layer 1", "expected"},
    {"normalize /", "layer 1", "expected"},
    {"normalize 1 /", "layer 1", "expected"},
    {"normalize / 1", "layer 1", "expected"},
    {"normalize 1/2", "layer 1", "expected"},
    {"normalize 1 2 / 1", "layer 1", "expected"},
    {"normalize 1 / 1 2", "layer 1", "expected"},
    {"normalize x / 1", "layer 1", "expected"},
    {"normalize nan / 1", "layer 1", "expected"},
    {"normalize 1 2 3 4 5 / 1 2 3 4 5", "layer 1", "expected"},
    {"normalize 1 / 1 x", "layer 1", "\"x\" does not belong"},
    {"normalize 1 2 / 1 2", "layer 1", "there are 2 means for 3 channels"},
    {"normalize 1 2 3 4 / 1 2 3 4", "layer 1", "there are 4 means for 3 channels"},
    {"normalize 1 / 0", "layer 1", "deviations, and the magnitudes of means, are 0.000001 to"},
    {"normalize 1 / -1", "layer 1", "deviations"},
    {"normalize 1000001 / 1", "layer 1", "deviations"},
    {"normalize 0.0000001 / 1", "layer 1", "deviations"},
    {"normalize 1 2 3 / 1 2 0.0000009", "layer 1", "deviations"},
    {"zeropad 65", "layer 1", "at most 64 rows or columns on each side"},
    {"zeropad 1x999999999", "layer 1", "at most 64 rows or columns on each side"},
    {"flatten, zeropad 1", "layer 2", "already flat"},
    {"conv 70000 1x1, zeropad 32", "layer 2", "92x92x70000 is more than"},
    {"rescale", "layer 1", "expected \"rescale SCALE OFFSET\""},
    {"rescale 2", "layer 1", "expected"},
    {"rescale 2 x", "layer 1", "expected"},
    {"rescale 1/255 0", "layer 1", "expected"},
    {"rescale 1e-3 0", "layer 1", "expected"},
    {"rescale .5 0", "layer 1", "expected"},
    {"rescale nan 0", "layer 1", "expected"},
    {"rescale 2 1 0", "layer 1", "does not belong"},
    {"rescale 0 1", "layer 1", "the magnitudes of a scale and of an offset are 0.000001 to"},
    {"rescale -0 1", "layer 1", "the magnitudes"},
    {"rescale 1000001 1", "layer 1", "the magnitudes"},
    {"rescale 0.0000009 1", "layer 1", "the magnitudes"},
    {"rescale 1 -1000001", "layer 1", "the magnitudes"},
    {"rescale 1 0.0000001", "layer 1", "the magnitudes"},
    {"spatialdropout", "layer 1", "expected \"spatialdropout RATE\" with 0 <= RATE < 1"},
    {"spatialdropout 1", "layer 1", "expected"},
    {"spatialdropout -0.1", "layer 1", "expected"},
    {"flatten, spatialdropout 0.5", "layer 2", "already flat"},
    {"globalavgpool, spatialdropout 0.5", "layer 2", "already flat"},
    {"maxpool 29x1 stride 1", "layer 1", "larger than its input"},
    {"relu 1", "layer 1", "does not belong"},
    {"flatten 1", "layer 1", "does not belong"},
    {"dropout", "layer 1", "expected"},
    {"dropout 1", "layer 1", "expected"},
    {"dropout 1.0", "layer 1", "expected"},
    {"dropout 0.99999999999", "layer 1", "expected"},
    {"dropout -0", "layer 1", "expected"},
    {"dropout .5", "layer 1", "expected"},
    {"dropout 0.", "layer 1", "expected"},
    {"dropout 0,5", "layer 2 \"5\"", "no such layer"},
    {"dropout 00.5", "layer 1", "expected"},
    {"dropout 0.5e0", "layer 1", "expected"},
    {"dropout nan", "layer 1", "expected"},
    {"dropout 0.5 0.5", "layer 1", "does not belong"},
    {"flatten, dense", "layer 2", "expected"},
    {"flatten, dense class", "layer 2", "expected \"dense OUTPUTS [nobias]"},
    {"flatten, dense nobias 10", "layer 2", "expected"},
    {"flatten, dense 10 l2", "layer 2", "what follows l2 must be a number from 0 to 1000000"},
    {"flatten, dense 10 l2 softmax", "layer 2", "what follows l2"},
    {"flatten, dense 10 l2 -0.1", "layer 2", "what follows l2"},
    {"flatten, dense 10 l2 1000001", "layer 2", "what follows l2"},
    {"flatten, dense 10 l2 1e-3", "layer 2", "what follows l2"},
    {"flatten, dense 10 l2 nan", "layer 2", "what follows l2"},
    {"flatten, dense 10 l2 0.1 l2 0.1", "layer 2", "\"l2\" does not belong"},
    {"flatten, dense 10 relu l2 0.1", "layer 2", "\"l2\" does not belong"},
    {"flatten l2 0.1", "layer 1", "\"l2\" does not belong"},
    {"flatten, dense 10 relu nobias", "layer 2", "\"nobias\" does not belong"},
    {"flatten, dense 10 nobias nobias", "layer 2", "\"nobias\" does not belong"},
    {"Flatten", "layer 1 \"Flatten\"",
     "no such layer (conv, maxpool, dropout, flatten, dense, softmax, avgpool, globalavgpool, "
     "globalmaxpool, zeropad, rescale, spatialdropout, batchnorm, add, depthwise, separable, "
     "normalize, linear, relu, relu6, "
     "leaky_relu, elu, selu, sigmoid, tanh, swish, gelu, gelu_tanh, softplus, hard_sigmoid, "
     "hard_swish)"},
    {"batchnorm momentum 1", "layer 1", "a momentum is a number from 0 to below 1"},
    {"batchnorm momentum", "layer 1", "a momentum is"},
    {"batchnorm epsilon 0", "layer 1", "an epsilon is a number above 0"},
    {"batchnorm epsilon 0.0000001", "layer 1", "an epsilon is from 0.000001 to 1"},
    {"batchnorm epsilon 1.5", "layer 1", "an epsilon is from 0.000001 to 1"},
    {"batchnorm 0.5", "layer 1", "\"0.5\" does not belong"},
    {"add 1", "layer 1 \"add 1\"", "only 0 layers before it"},
    {"conv 2 3, add", "layer 2", "expected \"add N\""},
    {"conv 2 3, add 2", "layer 2", "only 1 layer before it"},
    {"conv 2 3, add conv2d_2", "layer 2", "no layer before it is called \"conv2d_2\""},
    {"conv 2 3, conv 2 3, add 2", "layer 3 \"add 2\"", "24x24x2 and the 26x26x2 of conv2d_1"},
    {"conv 2 3, relu, conv 2 3 same, add 3", "layer 4", "which is 2 back"},
    {"conv 2 3, conv 2 3 from", "layer 2", "must stand last"},
    {"conv 2 3, conv 2 3 from 1 relu", "layer 2", "must stand last"},
    {"conv 2 3 from 1", "layer 1", "\"from\" needs a layer before it"},
    {"conv 2 3, flatten, dense 3 from 2", "layer 3",
     "\"from\" is for layers before the flatten only"},
    {"conv 2 3, conv 2 3, conv 2 3 from 2, flatten, dense 10 softmax", "",
     "no layer reads the output of layer conv2d_2"},
    {"flatten, dense 10, add 1", "layer 3", "already flat"},
    {"conv 8 3 leaky_relu 0", "layer 1", "what follows leaky_relu must be a number above 0"},
    {"conv 8 3 same leaky_relu -0.1", "layer 1", "what follows leaky_relu"},
    {"conv 8 3 same leaky_relu 0.1 0.1", "layer 1", "\"0.1\" does not belong"},
    {"conv 8 3 elu same", "layer 1", "what follows elu must be a number above 0"},
    {"conv 8 3, elu 0.", "layer 2", "what follows elu must be a number above 0"},
    {"conv 8 3, elu 1 1", "layer 2", "\"1\" does not belong"},
    {"elu nan", "layer 1", "what follows elu"},
    {"conv 8 3 tanh 0.1", "layer 1", "\"0.1\" does not belong"},
    {"conv 8 3 tanh relu", "layer 1", "\"relu\" does not belong"},
    {"conv 8 3 linear relu", "layer 1", "\"relu\" does not belong"},
    {"selu 0.1", "layer 1", "\"0.1\" does not belong"},
    {"maxpool 2 tanh", "layer 1", "\"tanh\" does not belong"},
    {"ReLU", "layer 1", "no such layer"},
    {"conv2d 8 3", "layer 1", "no such layer"},
    {"flatten; dense 10 softmax", "layer 1", "no such layer"},
    {"conv\v8 3", "layer 1", "no such layer"},
    {"conv 8 3 a b c d e f g h", "layer 1", "\"a\" does not belong"},
};

static void refuses_with_layer_and_reason(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    mcnn_arch *arch;
    assert_int_equal(parse(bad[i].text, digits_input, 10, &arch), MNISTCNN_ARCHITECTURE);
    assert_null(arch);
    if (!strstr(mcnn_last_error(), bad[i].layer) || !strstr(mcnn_last_error(), bad[i].reason))
      fail_msg("\"%s\" was refused with: %s", bad[i].text, mcnn_last_error());
  }
}

static void refuses_what_is_too_long(void **state) {
  char text[MCNN_MAX_ARCH_BYTES + 2];
  mcnn_arch *arch;
  (void)state;
  memset(text, ' ', sizeof text);
  memcpy(text, "flatten, dense 10 softmax", strlen("flatten, dense 10 softmax"));
  text[sizeof text - 1] = '\0';
  assert_int_equal(parse(text, digits_input, 10, &arch), MNISTCNN_ARCHITECTURE);
  text[sizeof text - 2] = '\0';
  assert_int_equal(parse(text, digits_input, 10, &arch), MNISTCNN_OK);
  mcnn_arch_free(arch);
}

/* Its canonical form is longer than the text, and than what a model file may contain. */
static void refuses_what_would_be_too_long(void **state) {
  char text[MCNN_MAX_ARCH_BYTES] = "";
  mcnn_arch *arch;
  (void)state;
  for (int i = 0; i < 121; i++)
    strcat(text, "conv 100 3 dilation 16x15 same nobias leaky_relu 0.0000012345679, ");
  strcat(text, "flatten, dense 10 softmax");
  assert_int_equal(parse(text, digits_input, 10, &arch), MNISTCNN_ARCHITECTURE);
  assert_null(arch);
  assert_non_null(strstr(mcnn_last_error(), "in canonical form is longer than 8192 bytes"));
}

/* `layers` dropouts between a flatten, a dense and a softmax. */
static mnistcnn_status parse_deep(uint32_t layers, mcnn_arch **arch) {
  char text[MCNN_MAX_ARCH_BYTES] = "flatten, ";
  for (uint32_t i = 0; i < layers; i++)
    strcat(text, "dropout 0.5, ");
  strcat(text, "dense 10 softmax");
  return parse(text, digits_input, 10, arch);
}

static void refuses_one_layer_too_many(void **state) {
  mcnn_arch *arch;
  (void)state;
  assert_int_equal(parse_deep(MCNN_MAX_LAYERS - 3, &arch), MNISTCNN_OK);
  assert_int_equal(arch->num_layers, MCNN_MAX_LAYERS);
  mcnn_arch_free(arch);
  assert_int_equal(parse_deep(MCNN_MAX_LAYERS - 2, &arch), MNISTCNN_ARCHITECTURE);
  assert_non_null(strstr(mcnn_last_error(), "at most 256 layers"));
}

static void limits_the_largest_input(void **state) {
  const mcnn_shape largest = {4096, 4096, 3};
  mcnn_arch *arch;
  (void)state;
  assert_int_equal(parse("conv 16 5x5 relu, maxpool 16, maxpool 16, flatten, dense 10 softmax",
                         largest, 10, &arch),
                   MNISTCNN_ARCHITECTURE);
  assert_non_null(strstr(mcnn_last_error(), "patches"));
  assert_int_equal(parse("maxpool 8, conv 16 5x5 relu, maxpool 8, flatten, dense 10 softmax",
                         largest, 10, &arch),
                   MNISTCNN_OK);
  mcnn_arch_free(arch);
}

/* --- anything --------------------------------------------------------------------------------- */

/* Whatever is parsed is refused as ARCHITECTURE or has a normal form that is its own. */
static int parse_anything(const char *text, mcnn_shape input) {
  mcnn_arch *arch, *again;
  const mnistcnn_status status = parse(text, input, 10, &arch);
  if (status != MNISTCNN_OK) {
    assert_int_equal(status, MNISTCNN_ARCHITECTURE);
    assert_null(arch);
    return 0;
  }
  assert_int_equal(parse(arch->text, input, 10, &again), MNISTCNN_OK);
  assert_string_equal(again->text, arch->text);
  assert_memory_equal(again->layers, arch->layers, arch->num_layers * sizeof *arch->layers);
  mcnn_arch_free(arch);
  mcnn_arch_free(again);
  return 1;
}

static void survives_random_tokens(void **state) {
  static const char *const tokens[] = {"conv 3 3x3",
                                       "conv 2 5 same relu",
                                       "maxpool 2",
                                       "maxpool 1x3",
                                       "maxpool 3 stride 2 same",
                                       "avgpool 2 stride 1",
                                       "globalavgpool",
                                       "globalmaxpool",
                                       "zeropad 1x2",
                                       "rescale 0.5 -1",
                                       "normalize 0.5 / 2",
                                       "normalize 1 2 3 / 0.5 1 2",
                                       "zeropad 0 1 2 0",
                                       "nobias",
                                       "l2 0.5",
                                       "sigmoid",
                                       "/",
                                       "-0.25",
                                       "rescale",
                                       "spatialdropout 0.25",
                                       "depthwise 3 stride 2",
                                       "separable 8 3x2 same",
                                       "multiplier 2",
                                       "nobias",
                                       "stride 2x1",
                                       "same",
                                       "relu",
                                       "tanh",
                                       "conv 2 3 elu 0.5",
                                       "leaky_relu 0.3",
                                       "dropout 0.3",
                                       "flatten",
                                       "dense 5",
                                       "dense 10",
                                       "softmax",
                                       "dense 10 softmax",
                                       "conv",
                                       "classes",
                                       "0",
                                       "3x3",
                                       "999999999",
                                       "0.1"};
  static const char *const separators[] = {", ", ", ", ", ", " ", ","};
  enum { TOKENS = sizeof tokens / sizeof tokens[0], ROUNDS = 30000, MOST = 9 };
  mcnn_rng rng = mcnn_rng_stream(3, MCNN_RNG_TEST, 0, 0);
  int accepted = 0;
  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    char text[512] = "";
    const uint32_t count = 1 + mcnn_rng_below(&rng, MOST);
    const mcnn_shape input = {1 + mcnn_rng_below(&rng, 40), 1 + mcnn_rng_below(&rng, 40), 3};
    for (uint32_t i = 0; i < count; i++) {
      strcat(text, tokens[mcnn_rng_below(&rng, TOKENS)]);
      strcat(text, separators[mcnn_rng_below(&rng, 5)]);
    }
    strcat(text, &"flatten, dense 10 softmax"[9 * mcnn_rng_below(&rng, 2)]);
    accepted += parse_anything(text, input);
  }
  assert_in_range(accepted, 100, ROUNDS / 2); /* both ways are well travelled */
}

static void survives_random_bytes(void **state) {
  enum { ROUNDS = 20000 };
  mcnn_rng rng = mcnn_rng_stream(4, MCNN_RNG_TEST, 0, 0);
  (void)state;
  for (int round = 0; round < ROUNDS; round++) {
    char text[] = MNISTCNN_DEFAULT_ARCHITECTURE;
    for (uint32_t changes = 1 + mcnn_rng_below(&rng, 4); changes > 0; changes--)
      text[mcnn_rng_below(&rng, sizeof text - 1)] = (char)mcnn_rng_below(&rng, 256);
    (void)parse_anything(text, digits_input);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts_and_normalises),
      cmocka_unit_test(knows_the_output),
      cmocka_unit_test(refuses_what_has_no_weights),
      cmocka_unit_test(infers_the_tutorial),
      cmocka_unit_test(places_parameters_apart),
      cmocka_unit_test(default_text_follows_the_classes),
      cmocka_unit_test(clones_are_equal_and_independent),
      cmocka_unit_test(refuses_with_layer_and_reason),
      cmocka_unit_test(refuses_what_is_too_long),
      cmocka_unit_test(refuses_what_would_be_too_long),
      cmocka_unit_test(refuses_one_layer_too_many),
      cmocka_unit_test(limits_the_largest_input),
      cmocka_unit_test(survives_random_tokens),
      cmocka_unit_test(survives_random_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
