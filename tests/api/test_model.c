/* Models through the public header: options, facts, names, notes, weights, and every allocation
 * failing in turn. */
#include "api_support.h"
#include "temp_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Asserts on the status, and that the message names `what`. */
static void assert_fails(mnistcnn_status status, mnistcnn_status expected, const char *what) {
  assert_int_equal(status, expected);
  if (!strstr(mnistcnn_last_error(), what))
    fail_msg("expected \"%s\" in: %s", what, mnistcnn_last_error());
}

static mnistcnn_model_options model_options(void) {
  mnistcnn_model_options options;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  return options;
}

/* --- options ---------------------------------------------------------------------------------- */

static void defaults_are_the_tutorial(void **state) {
  mnistcnn_model_options options = model_options();
  mnistcnn_model *model, *same;
  mnistcnn_shape shape;
  (void)state;
  assert_int_equal(options.struct_size, sizeof options);
  assert_ok(mnistcnn_model_create(NULL, &model));
  assert_ok(mnistcnn_model_create(&options, &same));
  assert_same_model(model, same);
  assert_ok(mnistcnn_model_input_shape(model, &shape));
  assert_true(shape.height == 28 && shape.width == 28 && shape.channels == 3);
  assert_int_equal(mnistcnn_model_num_inputs(model), 28 * 28 * 3);
  assert_int_equal(mnistcnn_model_num_classes(model), 10);
  assert_int_equal(mnistcnn_model_num_layers(model), 8);
  assert_int_equal(mnistcnn_model_num_parameters(model), 537058);
  assert_string_equal(mnistcnn_model_architecture(model), MNISTCNN_DEFAULT_ARCHITECTURE);
  assert_string_equal(mnistcnn_model_class_name(model, 9), "9");
  assert_null(mnistcnn_model_class_name(model, 10));
  mnistcnn_model_free(model);
  mnistcnn_model_free(same);
}

static void presets_differ_as_documented(void **state) {
  mnistcnn_model_options options;
  (void)state;
  assert_ok(mnistcnn_model_options_preset(&options, sizeof options, "tutorial"));
  assert_int_equal(options.input_channels, 3);
  assert_true(options.input_mean == 0.0f && options.input_std == 1.0f);
  assert_ok(mnistcnn_model_options_preset(&options, sizeof options, "best"));
  assert_int_equal(options.input_channels, 1);
  assert_true(options.input_mean == 0.1307f && options.input_std == 0.3081f);
  assert_fails(mnistcnn_model_options_preset(&options, sizeof options, "good"), MNISTCNN_NOT_FOUND,
               "good");
  assert_fails(mnistcnn_model_options_preset(&options, sizeof options, NULL),
               MNISTCNN_INVALID_ARGUMENT, "preset");
  assert_fails(mnistcnn_model_options_preset(NULL, sizeof options, "best"),
               MNISTCNN_INVALID_ARGUMENT, "options");
  assert_fails(mnistcnn_model_options_init(&options, 8), MNISTCNN_INVALID_ARGUMENT, "struct_size");
}

typedef void (*spoil)(mnistcnn_model_options *options);

#define SPOIL(name, assignment)                                                                    \
  static void name(mnistcnn_model_options *options) {                                              \
    options->assignment;                                                                           \
  }
SPOIL(size_zero, struct_size = 0)
SPOIL(height_zero, input_height = 0)
SPOIL(height_large, input_height = 4097)
SPOIL(width_zero, input_width = 0)
SPOIL(width_large, input_width = UINT32_MAX)
SPOIL(two_channels, input_channels = 2)
SPOIL(four_channels, input_channels = 4)
SPOIL(one_class, num_classes = 1)
SPOIL(many_classes, num_classes = 1001)
SPOIL(initializer, initializer = 7)
SPOIL(negative_initializer, initializer = -1)
SPOIL(mean_nan, input_mean = NAN)
SPOIL(mean_infinite, input_mean = -INFINITY)
SPOIL(mean_tiny, input_mean = 1e-7f)
SPOIL(deviation_zero, input_std = 0)
SPOIL(deviation_negative, input_std = -1)
SPOIL(deviation_nan, input_std = NAN)
SPOIL(deviation_infinite, input_std = INFINITY)

static void refuses_each_bad_option(void **state) {
  static const struct {
    spoil spoil;
    const char *field;
  } cases[] = {{size_zero, "struct_size"},
               {height_zero, "input_height"},
               {height_large, "input_height"},
               {width_zero, "input_width"},
               {width_large, "input_width"},
               {two_channels, "input_channels"},
               {four_channels, "input_channels"},
               {one_class, "num_classes"},
               {many_classes, "num_classes"},
               {initializer, "initializer"},
               {negative_initializer, "initializer"},
               {mean_nan, "input_mean"},
               {mean_infinite, "input_mean"},
               {mean_tiny, "input_mean"},
               {deviation_zero, "input_std"},
               {deviation_negative, "input_std"},
               {deviation_nan, "input_std"},
               {deviation_infinite, "input_std"}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mnistcnn_model_options options = model_options();
    mnistcnn_model *model = (mnistcnn_model *)&options;
    cases[i].spoil(&options);
    assert_fails(mnistcnn_model_create(&options, &model), MNISTCNN_INVALID_ARGUMENT,
                 cases[i].field);
    assert_null(model);
  }
}

static void refuses_a_bad_architecture(void **state) {
  mnistcnn_model_options options = model_options();
  mnistcnn_model *model;
  (void)state;
  options.architecture = "conv 16 5x5 relu, maxpool 30, flatten, dense 10 softmax";
  assert_fails(mnistcnn_model_create(&options, &model), MNISTCNN_ARCHITECTURE,
               "layer 2 \"maxpool 30\"");
  assert_null(model);
}

static void null_arguments_are_refused(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_layer_info info = {.struct_size = sizeof info};
  const char *const names[] = {"a", "b", "c", "d"};
  float value = 0;
  size_t size;
  char text[8];
  mnistcnn_shape shape;
  (void)state;
  assert_fails(mnistcnn_model_create(NULL, NULL), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_clone(model, NULL), MNISTCNN_INVALID_ARGUMENT, "clone");
  assert_fails(mnistcnn_model_load_file("x", NULL, NULL), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_load_memory("x", 1, NULL, NULL), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_save_file(NULL, "x"), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_save_file(model, NULL), MNISTCNN_INVALID_ARGUMENT, "path");
  assert_fails(mnistcnn_model_save_memory(NULL, NULL, 0, &size), MNISTCNN_INVALID_ARGUMENT,
               "model");
  assert_fails(mnistcnn_model_save_memory(model, NULL, 0, NULL), MNISTCNN_INVALID_ARGUMENT,
               "size_bytes");
  assert_fails(mnistcnn_model_save_memory(model, NULL, 9, &size), MNISTCNN_INVALID_ARGUMENT,
               "buffer");
  assert_fails(mnistcnn_model_input_shape(NULL, &shape), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_input_shape(model, NULL), MNISTCNN_INVALID_ARGUMENT, "shape");
  assert_fails(mnistcnn_model_set_class_names(NULL, names, 4), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_set_class_names(model, NULL, 4), MNISTCNN_INVALID_ARGUMENT, "names");
  assert_fails(mnistcnn_model_layer_info(NULL, 0, &info), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_layer_info(model, 0, NULL), MNISTCNN_INVALID_ARGUMENT, "info");
  assert_fails(mnistcnn_model_weights(NULL, 0, 0, &value, 1, NULL), MNISTCNN_INVALID_ARGUMENT,
               "model");
  assert_fails(mnistcnn_model_weights(model, 0, 0, NULL, 1, NULL), MNISTCNN_INVALID_ARGUMENT,
               "values");
  assert_fails(mnistcnn_model_set_weights(NULL, 0, 0, &value, 1), MNISTCNN_INVALID_ARGUMENT,
               "model");
  assert_fails(mnistcnn_model_set_weights(model, 0, 0, NULL, 1), MNISTCNN_INVALID_ARGUMENT,
               "values");
  assert_fails(mnistcnn_model_set_note(NULL, "k", "v"), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_set_note(model, NULL, "v"), MNISTCNN_INVALID_ARGUMENT, "key");
  assert_fails(mnistcnn_model_summary(NULL, text, 8, NULL), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_summary(model, NULL, 8, NULL), MNISTCNN_INVALID_ARGUMENT, "text");
  assert_fails(mnistcnn_model_plan(NULL, text, 8, NULL), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_fails(mnistcnn_model_plan(model, NULL, 8, NULL), MNISTCNN_INVALID_ARGUMENT, "text");
  assert_fails(mnistcnn_model_set_instruction_set(NULL, "auto"), MNISTCNN_INVALID_ARGUMENT,
               "model");
  assert_fails(mnistcnn_model_set_instruction_set(model, NULL), MNISTCNN_INVALID_ARGUMENT, "name");
  mnistcnn_model_free(model);
}

static void null_models_have_no_facts(void **state) {
  (void)state;
  mnistcnn_model_free(NULL);
  assert_int_equal(mnistcnn_model_num_classes(NULL), 0);
  assert_int_equal(mnistcnn_model_num_inputs(NULL), 0);
  assert_int_equal(mnistcnn_model_num_layers(NULL), 0);
  assert_int_equal(mnistcnn_model_num_parameters(NULL), 0);
  assert_null(mnistcnn_model_class_name(NULL, 0));
  assert_null(mnistcnn_model_architecture(NULL));
  assert_true(mnistcnn_model_temperature(NULL) == 0);
  assert_null(mnistcnn_model_note(NULL, "k"));
  assert_null(mnistcnn_model_instruction_set(NULL));
}

static void null_outputs_are_set_first(void **state) {
  mnistcnn_model *model = (mnistcnn_model *)&state;
  (void)state;
  assert_fails(mnistcnn_model_clone(NULL, &model), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_null(model);
  model = (mnistcnn_model *)&state;
  assert_fails(mnistcnn_model_load_file(NULL, NULL, &model), MNISTCNN_INVALID_ARGUMENT, "path");
  assert_null(model);
  model = (mnistcnn_model *)&state;
  assert_fails(mnistcnn_model_load_memory(NULL, 8, NULL, &model), MNISTCNN_INVALID_ARGUMENT,
               "data");
  assert_null(model);
}

/* --- layers and weights ----------------------------------------------------------------------- */

static void describes_its_layers(void **state) {
  enum { RELU = MNISTCNN_ACTIVATION_RELU };
  static const mnistcnn_layer_info expected[] = {{.kind = MNISTCNN_LAYER_CONV2D,
                                                  .output_height = 10,
                                                  .output_width = 10,
                                                  .output_channels = 4,
                                                  .activation = RELU,
                                                  .kernel_shape = {3, 3, 3, 4},
                                                  .num_parameters = 112,
                                                  .name = "conv2d_1",
                                                  .input = -1,
                                                  .other = -1,
                                                  .stride_height = 1,
                                                  .stride_width = 1,
                                                  .dilation_height = 1,
                                                  .dilation_width = 1,
                                                  .has_bias = 1},
                                                 {.kind = MNISTCNN_LAYER_MAXPOOL2D,
                                                  .output_height = 5,
                                                  .output_width = 5,
                                                  .output_channels = 4,
                                                  .kernel_shape = {2, 2},
                                                  .name = "max_pooling2d_1",
                                                  .input = 0,
                                                  .other = -1,
                                                  .stride_height = 2,
                                                  .stride_width = 2},
                                                 {.kind = MNISTCNN_LAYER_FLATTEN,
                                                  .output_height = 1,
                                                  .output_width = 1,
                                                  .output_channels = 100,
                                                  .name = "flatten_1",
                                                  .input = 1,
                                                  .other = -1},
                                                 {.kind = MNISTCNN_LAYER_DROPOUT,
                                                  .output_height = 1,
                                                  .output_width = 1,
                                                  .output_channels = 100,
                                                  .name = "dropout_1",
                                                  .input = 2,
                                                  .other = -1,
                                                  .rate = 0.25f},
                                                 {.kind = MNISTCNN_LAYER_DENSE,
                                                  .output_height = 1,
                                                  .output_width = 1,
                                                  .output_channels = 16,
                                                  .activation = RELU,
                                                  .kernel_shape = {100, 16},
                                                  .num_parameters = 1616,
                                                  .name = "dense_1",
                                                  .input = 3,
                                                  .other = -1,
                                                  .has_bias = 1},
                                                 {.kind = MNISTCNN_LAYER_DENSE,
                                                  .output_height = 1,
                                                  .output_width = 1,
                                                  .output_channels = 4,
                                                  .kernel_shape = {16, 4},
                                                  .num_parameters = 68,
                                                  .name = "dense_2",
                                                  .input = 4,
                                                  .other = -1,
                                                  .has_bias = 1},
                                                 {.kind = MNISTCNN_LAYER_SOFTMAX,
                                                  .output_height = 1,
                                                  .output_width = 1,
                                                  .output_channels = 4,
                                                  .name = "activation_1",
                                                  .input = 5,
                                                  .other = -1}};
  enum { LAYERS = sizeof expected / sizeof expected[0] };
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_layer_info info = {.struct_size = sizeof info};
  (void)state;
  assert_int_equal(mnistcnn_model_num_layers(model), LAYERS);
  for (uint32_t i = 0; i < LAYERS; i++) {
    mnistcnn_layer_info want = expected[i];
    want.struct_size = sizeof want;
    assert_ok(mnistcnn_model_layer_info(model, i, &info));
    assert_memory_equal(&info, &want, sizeof want);
  }
  assert_fails(mnistcnn_model_layer_info(model, LAYERS, &info), MNISTCNN_NOT_FOUND, "layer 7");
  info.struct_size = 0;
  assert_fails(mnistcnn_model_layer_info(model, 0, &info), MNISTCNN_INVALID_ARGUMENT,
               "struct_size");
  mnistcnn_model_free(model);
}

static void gives_and_takes_weights(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  float weights[108], back[108];
  float probabilities[2][SMALL_CLASSES],
      *images = calloc(SMALL_SIDE * SMALL_SIDE * 3, sizeof(float));
  size_t count;
  (void)state;
  assert_non_null(images);
  for (int i = 0; i < SMALL_SIDE * SMALL_SIDE * 3; i++)
    images[i] = (float)(i % 7) / 7;
  assert_ok(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count));
  assert_int_equal(count, 108);
  assert_ok(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_BIAS, NULL, 0, &count));
  assert_int_equal(count, 4);
  assert_fails(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, weights, 107, &count),
               MNISTCNN_BUFFER_TOO_SMALL, "108");
  assert_int_equal(count, 4);
  assert_ok(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, weights, 108, NULL));
  assert_ok(mnistcnn_predict(model, NULL, images, mnistcnn_model_num_inputs(model),
                             probabilities[0], SMALL_CLASSES));
  for (size_t i = 0; i < 108; i++)
    weights[i] += (float)i / 50;
  assert_ok(mnistcnn_model_set_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, weights, 108));
  assert_ok(mnistcnn_model_weights(model, 0, MNISTCNN_WEIGHTS_KERNEL, back, 108, NULL));
  assert_memory_equal(back, weights, sizeof back);
  assert_ok(mnistcnn_predict(model, NULL, images, mnistcnn_model_num_inputs(model),
                             probabilities[1], SMALL_CLASSES));
  assert_memory_not_equal(probabilities[0], probabilities[1], sizeof probabilities[0]);
  free(images);
  mnistcnn_model_free(model);
}

static void refuses_bad_weights(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *before;
  float weights[108] = {0};
  size_t count;
  (void)state;
  assert_ok(mnistcnn_model_clone(model, &before));
  assert_fails(mnistcnn_model_set_weights(model, 0, 0, weights, 107), MNISTCNN_INVALID_ARGUMENT,
               "108");
  assert_fails(mnistcnn_model_set_weights(model, 1, 0, weights, 108), MNISTCNN_NOT_FOUND,
               "max_pooling2d_1");
  assert_fails(mnistcnn_model_set_weights(model, 7, 0, weights, 108), MNISTCNN_NOT_FOUND, "7");
  assert_fails(mnistcnn_model_set_weights(model, 0, MNISTCNN_WEIGHTS_GAMMA, weights, 4),
               MNISTCNN_NOT_FOUND, "gamma");
  assert_fails(mnistcnn_model_set_weights(model, 0, 99, weights, 108), MNISTCNN_INVALID_ARGUMENT,
               "which");
  assert_fails(
      mnistcnn_model_set_weights(model, 0, MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL, weights, 108),
      MNISTCNN_NOT_FOUND, "conv2d_1, has no depthwise_kernel");
  assert_fails(mnistcnn_model_weights(model, 0, -1, NULL, 0, &count), MNISTCNN_INVALID_ARGUMENT,
               "which");
  weights[107] = NAN;
  assert_fails(mnistcnn_model_set_weights(model, 0, 0, weights, 108), MNISTCNN_INVALID_ARGUMENT,
               "values[107]");
  assert_same_model(model, before);
  mnistcnn_model_free(before);
  mnistcnn_model_free(model);
}

/* --- names and notes -------------------------------------------------------------------------- */

static void checks_class_names(void **state) {
  static const char *const good[] = {"zero", "\xc3\xa9ins", "two words", "3"};
  static const char *const bad[][SMALL_CLASSES] = {
      {"a", "b", "c", "a"},   {"a", "b", "c", ""},     {"a", "b", "c", NULL},
      {"a", "b", "c\n", "d"}, {"a", "b", "\xff", "d"}, {"a", "b", "\x7f", "d"}};
  char long_name[257];
  const char *const longest[] = {"a", "b", "c", long_name};
  mnistcnn_model *model = make_small_model(3, NULL), *before;
  (void)state;
  assert_ok(mnistcnn_model_set_class_names(model, good, 4));
  for (uint32_t i = 0; i < 4; i++)
    assert_string_equal(mnistcnn_model_class_name(model, i), good[i]);
  assert_ok(mnistcnn_model_clone(model, &before));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_fails(mnistcnn_model_set_class_names(model, bad[i], 4), MNISTCNN_INVALID_ARGUMENT,
                 "class name");
  }
  assert_fails(mnistcnn_model_set_class_names(model, good, 3), MNISTCNN_INVALID_ARGUMENT, "3");
  memset(long_name, 'x', sizeof long_name);
  long_name[256] = '\0';
  assert_fails(mnistcnn_model_set_class_names(model, longest, 4), MNISTCNN_INVALID_ARGUMENT,
               "class name 3");
  assert_same_model(model, before);
  long_name[255] = '\0';
  assert_ok(mnistcnn_model_set_class_names(model, longest, 4));
  mnistcnn_model_free(before);
  mnistcnn_model_free(model);
}

/* Names may come from the model itself. */
static void reorders_its_own_names(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  (void)state;
  for (int round = 0; round < 2; round++) {
    const char *const reversed[] = {
        mnistcnn_model_class_name(model, 3), mnistcnn_model_class_name(model, 2),
        mnistcnn_model_class_name(model, 1), mnistcnn_model_class_name(model, 0)};
    assert_ok(mnistcnn_model_set_class_names(model, reversed, 4));
    assert_string_equal(mnistcnn_model_class_name(model, 0), round == 0 ? "3" : "0");
  }
  mnistcnn_model_free(model);
}

static void keeps_notes(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *clone;
  (void)state;
  assert_null(mnistcnn_model_note(model, "a"));
  assert_ok(mnistcnn_model_set_note(model, "b", "2"));
  assert_ok(mnistcnn_model_set_note(model, "a", "1"));
  assert_ok(mnistcnn_model_set_note(model, "c", ""));
  assert_ok(mnistcnn_model_set_note(model, "b", "two\n"));
  assert_string_equal(mnistcnn_model_note(model, "a"), "1");
  assert_string_equal(mnistcnn_model_note(model, "b"), "two\n");
  assert_string_equal(mnistcnn_model_note(model, "c"), "");
  assert_ok(mnistcnn_model_set_note(model, "a", mnistcnn_model_note(model, "b")));
  assert_ok(mnistcnn_model_clone(model, &clone));
  assert_ok(mnistcnn_model_set_note(model, "a", NULL));
  assert_ok(mnistcnn_model_set_note(model, "a", NULL));
  assert_null(mnistcnn_model_note(model, "a"));
  assert_string_equal(mnistcnn_model_note(clone, "a"), "two\n");
  assert_null(mnistcnn_model_note(model, NULL));
  mnistcnn_model_free(clone);
  mnistcnn_model_free(model);
}

static void limits_notes(void **state) {
  static const char *const bad_keys[] = {"", "A", "a b", "a/b", "\xc3\xa9"};
  mnistcnn_model *model = make_small_model(3, NULL);
  char key[66], value[4098];
  (void)state;
  for (size_t i = 0; i < sizeof bad_keys / sizeof bad_keys[0]; i++) {
    assert_fails(mnistcnn_model_set_note(model, bad_keys[i], "x"), MNISTCNN_INVALID_ARGUMENT,
                 "key");
  }
  memset(key, 'k', sizeof key);
  key[65] = '\0';
  assert_fails(mnistcnn_model_set_note(model, key, "x"), MNISTCNN_INVALID_ARGUMENT, "key");
  memset(value, 'v', sizeof value);
  value[4097] = '\0';
  assert_fails(mnistcnn_model_set_note(model, "k", value), MNISTCNN_INVALID_ARGUMENT, "4096");
  value[4096] = '\0';
  assert_ok(mnistcnn_model_set_note(model, "k", value));
  assert_fails(mnistcnn_model_set_note(model, "k", "\x01"), MNISTCNN_INVALID_ARGUMENT, "UTF-8");
  assert_fails(mnistcnn_model_set_note(model, "k", "\xc3"), MNISTCNN_INVALID_ARGUMENT, "UTF-8");
  assert_string_equal(mnistcnn_model_note(model, "k"), value);
  for (int i = 1; i < 64; i++) {
    (void)snprintf(key, sizeof key, "key-%d", i);
    assert_ok(mnistcnn_model_set_note(model, key, "x"));
  }
  assert_fails(mnistcnn_model_set_note(model, "more", "x"), MNISTCNN_LIMIT, "64");
  assert_ok(mnistcnn_model_set_note(model, "k", "replacing is fine"));
  mnistcnn_model_free(model);
}

/* --- copies, text, instruction sets ----------------------------------------------------------- */

static int file_has(const mnistcnn_model *model, const char *text) {
  const size_t length = strlen(text);
  size_t size, at = 0;
  unsigned char *bytes = model_bytes(model, &size);
  while (at + length <= size && memcmp(bytes + at, text, length) != 0)
    at++;
  free(bytes);
  return at + length <= size;
}

static void takes_a_temperature(void **state) {
  static const float bad[] = {0.0f, -1.0f, 1e-7f, 1e7f, NAN, INFINITY};
  mnistcnn_model *model = make_small_model(1, NULL), *clone;
  (void)state;
  assert_true(mnistcnn_model_temperature(model) == 1);
  assert_ok(mnistcnn_model_set_temperature(model, 0.5f));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_fails(mnistcnn_model_set_temperature(model, bad[i]), MNISTCNN_INVALID_ARGUMENT,
                 "temperature");
  }
  assert_fails(mnistcnn_model_set_temperature(NULL, 1), MNISTCNN_INVALID_ARGUMENT, "model");
  assert_ok(mnistcnn_model_clone(model, &clone));
  assert_true(mnistcnn_model_temperature(clone) == 0.5f);
  assert_same_model(model, clone);
  assert_true(file_has(model, "temperature"));
  assert_ok(mnistcnn_model_set_temperature(model, 1)); /* as older readers expect it: not there */
  assert_false(file_has(model, "temperature"));
  mnistcnn_model_free(clone);
  mnistcnn_model_free(model);
}

static void clones_are_independent(void **state) {
  static const float zeros[4];
  mnistcnn_model *model = make_small_model(3, NULL), *clone, *again;
  (void)state;
  assert_ok(mnistcnn_model_clone(model, &clone));
  assert_ok(mnistcnn_model_clone(model, &again));
  assert_same_model(model, clone);
  assert_ok(mnistcnn_model_set_weights(clone, 5, MNISTCNN_WEIGHTS_BIAS, zeros, 4));
  assert_ok(mnistcnn_model_set_note(clone, "a", "b"));
  mnistcnn_model_free(clone);
  assert_same_model(model, again);
  mnistcnn_model_free(model);
  assert_int_equal(mnistcnn_model_num_classes(again), SMALL_CLASSES);
  mnistcnn_model_free(again);
}

static void prints_keras_summary(void **state) {
  static const char line[] = "_________________________________________________________________\n";
  static const char rows[] = "Layer (type)                 Output Shape              Param #   \n"
                             "=================================================================\n"
                             "conv2d_1 (Conv2D)            (None, 24, 24, 16)        1216      \n"
                             "_________________________________________________________________\n"
                             "max_pooling2d_1 (MaxPooling2 (None, 12, 12, 16)        0         \n";
  static const char end[] = "dense_2 (Dense)              (None, 10)                10010     \n"
                            "=================================================================\n"
                            "Total params: 537,058\n"
                            "Trainable params: 537,058\n"
                            "Non-trainable params: 0\n";
  mnistcnn_model *model;
  char text[4096];
  size_t length = 7;
  (void)state;
  assert_ok(mnistcnn_model_create(NULL, &model));
  assert_ok(mnistcnn_model_summary(model, text, sizeof text, &length));
  assert_int_equal(strlen(text), length);
  assert_memory_equal(text, line, strlen(line));
  assert_memory_equal(text + strlen(line), rows, strlen(rows));
  assert_memory_equal(text + length - strlen(line) - strlen(end), end, strlen(end));
  assert_string_equal(text + length - strlen(line), line);
  text[0] = 'x';
  assert_fails(mnistcnn_model_summary(model, text, length, NULL), MNISTCNN_BUFFER_TOO_SMALL,
               "text");
  assert_int_equal(text[0], 'x');
  assert_ok(mnistcnn_model_summary(model, text, length + 1, NULL));
  assert_ok(mnistcnn_model_summary(model, NULL, 0, &length));
  assert_int_equal(length, strlen(text));
  mnistcnn_model_free(model);
}

static void plan_shows_what_is_fused(void **state) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  char text[1024];
  size_t length;
  (void)state;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_ok(mnistcnn_model_set_instruction_set(model, "portable"));
  assert_ok(mnistcnn_model_plan(model, text, sizeof text, &length));
  assert_int_equal(strlen(text), length);
  assert_string_equal(text,
                      "Operations, instruction set portable\n"
                      "Prediction:\n"
                      "1: conv2d_1 + relu + max_pooling2d_1, 28x28x3 -> 12x12x16\n"
                      "2: conv2d_2 + relu + max_pooling2d_2, 12x12x16 -> 4x4x32\n"
                      "3: dense_1 + relu, 512 -> 1000\n"
                      "4: dense_2, 1000 -> 10\n"
                      "Training:\n"
                      "1: conv2d_1 + relu + max_pooling2d_1, 28x28x3 -> 12x12x16\n"
                      "2: conv2d_2 + relu + max_pooling2d_2, 12x12x16 -> 4x4x32\n"
                      "3: dense_1 + relu, 512 -> 1000, in blocks of 128, fused with the next\n"
                      "4: dense_2, 1000 -> 10\n");
  mnistcnn_model_free(model);
}

static void selects_instruction_sets(void **state) {
  static const char *const sets[] = {"portable", "baseline", "neon", "avx2", "avx512"};
  mnistcnn_model *model = make_small_model(3, NULL), *clone;
  const char *const best = mnistcnn_model_instruction_set(model);
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    const mnistcnn_status status = mnistcnn_model_set_instruction_set(model, sets[i]);
    assert_int_equal(status, mnistcnn_has_feature(sets[i]) ? MNISTCNN_OK : MNISTCNN_UNSUPPORTED);
    if (status == MNISTCNN_OK)
      assert_string_equal(mnistcnn_model_instruction_set(model), sets[i]);
  }
  assert_ok(mnistcnn_model_set_instruction_set(model, "portable"));
  assert_ok(mnistcnn_model_clone(model, &clone));
  assert_string_equal(mnistcnn_model_instruction_set(clone), "portable");
  assert_fails(mnistcnn_model_set_instruction_set(model, "mmx"), MNISTCNN_UNSUPPORTED, "mmx");
  assert_ok(mnistcnn_model_set_instruction_set(model, "auto"));
  assert_string_equal(mnistcnn_model_instruction_set(model), best);
  mnistcnn_model_free(clone);
  mnistcnn_model_free(model);
}

static void says_what_it_is(void **state) {
  char text[512], expected[32];
  size_t length;
  (void)state;
  (void)snprintf(expected, sizeof expected, "%d.%d.%d", MNISTCNN_VERSION_MAJOR,
                 MNISTCNN_VERSION_MINOR, MNISTCNN_VERSION_PATCH);
  assert_string_equal(mnistcnn_version_string(), expected);
  assert_int_equal(mnistcnn_version(), MNISTCNN_VERSION_MAJOR * 10000 +
                                           MNISTCNN_VERSION_MINOR * 100 + MNISTCNN_VERSION_PATCH);
  assert_ok(mnistcnn_build_info(text, sizeof text, &length));
  assert_int_equal(strlen(text), length);
  assert_null(strchr(text, '\n'));
  assert_non_null(strstr(text, expected));
  assert_non_null(strstr(text, "libpng 1."));
  assert_int_equal(mnistcnn_has_feature("png"), strstr(text, "; libpng") ? 1 : 0);
  assert_int_equal(mnistcnn_has_feature("jpeg"), strstr(text, "; libjpeg") ? 1 : 0);
  assert_int_equal(mnistcnn_has_feature("portable"), 1);
  assert_int_equal(mnistcnn_has_feature("wings"), 0);
  assert_int_equal(mnistcnn_has_feature(NULL), 0);
}

static void names_every_status(void **state) {
  (void)state;
  for (mnistcnn_status status = MNISTCNN_NO_DIGIT; status <= MNISTCNN_OK; status++) {
    assert_string_not_equal(mnistcnn_status_name(status), "MNISTCNN_UNKNOWN");
    assert_string_not_equal(mnistcnn_status_description(status), "unknown status");
  }
  assert_string_equal(mnistcnn_status_name(MNISTCNN_IO), "MNISTCNN_IO");
  assert_string_equal(mnistcnn_status_name(MNISTCNN_NO_DIGIT - 1), "MNISTCNN_UNKNOWN");
  assert_string_equal(mnistcnn_status_name(1), "MNISTCNN_UNKNOWN");
  assert_string_equal(mnistcnn_status_description(-1000), "unknown status");
}

static void a_smaller_buffer_is_refused(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  size_t size, untouched = 7;
  unsigned char *bytes = model_bytes(model, &size);
  (void)state;
  memset(bytes, 0xEE, size);
  assert_fails(mnistcnn_model_save_memory(model, bytes, size - 1, &untouched),
               MNISTCNN_BUFFER_TOO_SMALL, "buffer");
  assert_int_equal(untouched, 7);
  assert_int_equal(bytes[0], 0xEE);
  free(bytes);
  mnistcnn_model_free(model);
}

/* --- memory running out ----------------------------------------------------------------------- */

/* What is tried while the n-th allocation fails. Makes its own models from `allocator`. */
typedef mnistcnn_status (*attempt_fn)(const mnistcnn_allocator *allocator,
                                      const unsigned char *bytes, size_t size);

static mnistcnn_status try_create(const mnistcnn_allocator *allocator, const unsigned char *bytes,
                                  size_t size) {
  static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  mnistcnn_model_options options = model_options();
  mnistcnn_model *model;
  (void)bytes;
  (void)size;
  options.architecture = "conv 2 3x3 relu, maxpool 2, flatten, dense classes softmax";
  options.class_names = names;
  options.allocator = allocator;
  const mnistcnn_status status = mnistcnn_model_create(&options, &model);
  assert_true((status == MNISTCNN_OK) == (model ? 1 : 0));
  mnistcnn_model_free(model);
  return status;
}

static mnistcnn_status try_load(const mnistcnn_allocator *allocator, const unsigned char *bytes,
                                size_t size) {
  mnistcnn_model *model;
  const mnistcnn_status status = mnistcnn_model_load_memory(bytes, size, allocator, &model);
  assert_true((status == MNISTCNN_OK) == (model ? 1 : 0));
  mnistcnn_model_free(model);
  return status;
}

static mnistcnn_status try_load_file(const mnistcnn_allocator *allocator,
                                     const unsigned char *bytes, size_t size) {
  mnistcnn_model *model;
  (void)bytes;
  (void)size;
  const mnistcnn_status status =
      mnistcnn_model_load_file(MNISTCNN_GOLDEN_DIR "/model_v1.safetensors", allocator, &model);
  assert_true((status == MNISTCNN_OK) == (model ? 1 : 0));
  mnistcnn_model_free(model);
  return status;
}

static void fail_each_allocation(attempt_fn attempt, const unsigned char *bytes, size_t size) {
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  size_t failures = 0;
  while (status != MNISTCNN_OK) {
    test_allocator allocator;
    test_allocator_init(&allocator);
    allocator.fail_at = failures++;
    status = attempt(&allocator.interface, bytes, size);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_int_equal(allocator.live, 0);
    assert_true(failures < 1000);
  }
  assert_true(failures > 8);
}

static void making_survives_want_of_memory(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  static const char *const names[] = {"a", "b", "c", "d"};
  size_t size;
  (void)state;
  assert_ok(mnistcnn_model_set_class_names(model, names, 4));
  assert_ok(mnistcnn_model_set_note(model, "key", "value"));
  unsigned char *bytes = model_bytes(model, &size);
  fail_each_allocation(try_create, NULL, 0);
  fail_each_allocation(try_load, bytes, size);
  fail_each_allocation(try_load_file, NULL, 0);
  free(bytes);
  mnistcnn_model_free(model);
}

/* What is tried with a model that must stay as it was when that fails. */
typedef mnistcnn_status (*change_fn)(mnistcnn_model *model);

static mnistcnn_status change_clone(mnistcnn_model *model) {
  mnistcnn_model *clone;
  const mnistcnn_status status = mnistcnn_model_clone(model, &clone);
  assert_true((status == MNISTCNN_OK) == (clone ? 1 : 0));
  mnistcnn_model_free(clone);
  return status;
}

static mnistcnn_status change_names(mnistcnn_model *model) {
  static const char *const names[] = {"w", "x", "y", "z"};
  return mnistcnn_model_set_class_names(model, names, 4);
}

static mnistcnn_status change_note(mnistcnn_model *model) {
  return mnistcnn_model_set_note(model, "new", "value");
}

static mnistcnn_status change_old_note(mnistcnn_model *model) {
  return mnistcnn_model_set_note(model, "old", "another value");
}

static mnistcnn_status change_isa(mnistcnn_model *model) {
  return mnistcnn_model_set_instruction_set(model, "portable");
}

static mnistcnn_status change_save_memory(mnistcnn_model *model) {
  size_t size = 0;
  const mnistcnn_status status = mnistcnn_model_save_memory(model, NULL, 0, &size);
  assert_true((status == MNISTCNN_OK) == (size != 0));
  return status;
}

static mnistcnn_status change_save_file(mnistcnn_model *model) {
  const mnistcnn_status status = mnistcnn_model_save_file(model, "saved.safetensors");
  FILE *file = fopen("saved.safetensors", "rb");
  assert_true((status == MNISTCNN_OK) == (file ? 1 : 0));
  if (file)
    fclose(file);
  remove("saved.safetensors");
  return status;
}

static void fail_each_allocation_of(change_fn change) {
  test_allocator allocator;
  test_allocator_init(&allocator);
  mnistcnn_model *model = make_small_model(3, &allocator.interface);
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_model *before;
  assert_ok(mnistcnn_model_set_note(model, "old", "value"));
  assert_ok(mnistcnn_model_clone(model, &before));
  const size_t live = allocator.live;
  size_t failures = 0;
  while (status != MNISTCNN_OK) {
    allocator.fail_at = allocator.calls + failures++;
    status = change(model);
    allocator.fail_at = SIZE_MAX;
    if (status == MNISTCNN_OK)
      break;
    assert_int_equal(status, MNISTCNN_OUT_OF_MEMORY);
    assert_int_equal(allocator.live, live);
    assert_same_model(model, before);
    assert_true(failures < 1000);
  }
  assert_true(failures > 1);
  mnistcnn_model_free(model);
  mnistcnn_model_free(before);
  assert_int_equal(allocator.live, 0);
}

static void changing_survives_want_of_memory(void **state) {
  static const change_fn changes[] = {change_clone,    change_names, change_note,
                                      change_old_note, change_isa,   change_save_memory,
                                      change_save_file};
  (void)state;
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
    fail_each_allocation_of(changes[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_the_tutorial),
      cmocka_unit_test(presets_differ_as_documented),
      cmocka_unit_test(refuses_each_bad_option),
      cmocka_unit_test(refuses_a_bad_architecture),
      cmocka_unit_test(null_arguments_are_refused),
      cmocka_unit_test(null_models_have_no_facts),
      cmocka_unit_test(null_outputs_are_set_first),
      cmocka_unit_test(describes_its_layers),
      cmocka_unit_test(gives_and_takes_weights),
      cmocka_unit_test(refuses_bad_weights),
      cmocka_unit_test(checks_class_names),
      cmocka_unit_test(reorders_its_own_names),
      cmocka_unit_test(keeps_notes),
      cmocka_unit_test(limits_notes),
      cmocka_unit_test(takes_a_temperature),
      cmocka_unit_test(clones_are_independent),
      cmocka_unit_test(prints_keras_summary),
      cmocka_unit_test(plan_shows_what_is_fused),
      cmocka_unit_test(selects_instruction_sets),
      cmocka_unit_test(says_what_it_is),
      cmocka_unit_test(names_every_status),
      cmocka_unit_test(a_smaller_buffer_is_refused),
      cmocka_unit_test(making_survives_want_of_memory),
      cmocka_unit_test(changing_survives_want_of_memory),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
