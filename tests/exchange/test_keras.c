/* Keras models: files that Keras wrote (keras_golden.py), the same with a word or some bytes
 * changed, and what is refused. */
#include "base/status.h"
#include "exchange/encoding.h"
#include "exchange/json/tree.h"
#include "exchange/keras/graph.h"
#include "exchange/keras/weights.h"
#include "mnistcnn_exchange.h"
#include "support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEIGHT = 6, WIDTH = 5, CHANNELS = 3, PIXELS = HEIGHT * WIDTH * CHANNELS, MAX_CLASSES = 4 };

static const float tolerance = 1e-5f;
static const char residual_network[] =
    "conv 3 3x3 same nobias, batchnorm noscale relu, add 2, maxpool 2, flatten, dense 2 softmax";

static void assert_message(const char *part) {
  if (!strstr(mnistcnn_exchange_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mnistcnn_exchange_last_error(), part);
}

static void draw_image(uint8_t pixels[PIXELS]) {
  for (int i = 0; i < HEIGHT; i++)
    for (int j = 0; j < WIDTH; j++)
      for (int c = 0; c < CHANNELS; c++)
        pixels[(i * WIDTH + j) * CHANNELS + c] = (uint8_t)((7 * i + 13 * j + 31 * c) % 256);
}

static mnistcnn_import_options options_for(const void *data, size_t size_bytes) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  options.data = data;
  options.size_bytes = size_bytes;
  options.encoding = "unit";
  return options;
}

/* --- files that Keras wrote ------------------------------------------------------------------- */

/* One output with sigmoid is two classes here. */
static void check_answer(const char *name, mnistcnn_model *model, const double *outputs,
                         int count) {
  double expected[2] = {1 - outputs[0], outputs[0]};
  float found[MAX_CLASSES];
  uint8_t pixels[PIXELS];
  draw_image(pixels);
  if (count == 1) {
    outputs = expected;
    count = 2;
  }
  assert_int_equal(mnistcnn_model_num_classes(model), count);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, found, MAX_CLASSES),
                   MNISTCNN_OK);
  for (int i = 0; i < count; i++)
    if (!(fabs((double)found[i] - outputs[i]) < (double)tolerance))
      fail_msg("%s: output %d is %g, not %g", name, i, (double)found[i], outputs[i]);
}

static void check_file(const char *name, const double *outputs, int count) {
  char path[TEST_PATH];
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.path = test_join(path, KERAS_GOLDEN_DIR, name);
  /* Of Keras 1 only who wrote them knows that it was with Theano. */
  options.encoding = strstr(name, "1.2.2-theano") ? "unit+flipped" : "unit";
  if (strstr(name, ".weights.h5")) {
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
    assert_message("has weights only");
    options.architecture = residual_network;
    options.input_height = HEIGHT;
    options.input_width = WIDTH;
  }
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  check_answer(name, model, outputs, count);
  mnistcnn_model_free(model);
}

static void golden_files_answer_as_keras(void **state) {
  (void)state;
  size_t size;
  int files = 0;
  char *const values = (char *)test_read(KERAS_GOLDEN_DIR, "values.txt", &size);
  char *const text = malloc(size + 1);
  memcpy(text, values, size);
  text[size] = '\0';
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), files++) {
    double outputs[3] = {0, 0, 0};
    char name[64];
    const int count =
        sscanf(line, "%63s %lf %lf %lf", name, &outputs[0], &outputs[1], &outputs[2]) - 1;
    check_file(name, outputs, count);
  }
  assert_int_equal(files, 21);
  free(text);
  free(values);
}

/* --- files with something changed ------------------------------------------------------------- */

/* Every occurrence of a word by one of the same length. Returns how many. */
static int replace(unsigned char *data, size_t size, const char *word, const char *other) {
  const size_t length = strlen(word);
  int count = 0;
  assert_int_equal(strlen(other), length);
  for (size_t i = 0; i + length <= size; i++)
    if (memcmp(data + i, word, length) == 0) {
      memcpy(data + i, other, length);
      count++;
    }
  return count;
}

typedef struct change {
  const char *word, *other;
  mnistcnn_status status;
  const char *message;
} change;

static void changed_words_are_refused_by_name(void **state) {
  (void)state;
  static const change changes[] = {
      {"\"ZeroPadding2D\"", "\"ZeroPaddingXY\"", MNISTCNN_UNSUPPORTED,
       "layer 1 \"zero_padding2d\" (ZeroPaddingXY): a layer that cannot be imported"},
      {"\"DepthwiseConv2D\"", "\"Conv2DTranspose\"", MNISTCNN_UNSUPPORTED, "(Conv2DTranspose)"},
      {"\"Dropout\"", "\"Lambda \"", MNISTCNN_UNSUPPORTED, "code, which is never run"},
      {"\"elu\"", "\"eli\"", MNISTCNN_UNSUPPORTED, "its activation \"eli\""},
      {"\"filters\": 4", "\"filters\": 5", MNISTCNN_SHAPE_MISMATCH, "3x3x3x4"},
      {"\"units\": 3", "\"units\": 2", MNISTCNN_SHAPE_MISMATCH, "4x3, but by its configuration"},
      {"\"units\": 3", "\"units\": 0", MNISTCNN_UNSUPPORTED, "its units or use_bias"},
      {"\"strides\": [2, 2]", "\"strides\": [0, 2]", MNISTCNN_UNSUPPORTED, "strides"},
      {"\"strides\": [2, 2]", "\"strides\": [2, x]", MNISTCNN_FORMAT, "invalid number"},
      {"[[0, 1], [1, 0]]", "[[0, 1], [1,-1]]", MNISTCNN_UNSUPPORTED, "padding"},
      {"\"rate\": 0.5", "\"rate\": 1.5", MNISTCNN_UNSUPPORTED, "its rate is not below 1"},
      {"\"epsilon\": 0.001", "\"epsilon\": -0.01", MNISTCNN_UNSUPPORTED, "epsilon"},
      {"\"padding\": \"same\"", "\"padding\": \"sane\"", MNISTCNN_UNSUPPORTED, "its padding"},
      {"null, 6, 5, 3]", "null, 6, 5, 4]", MNISTCNN_UNSUPPORTED, "4 channels"},
      {"\"Sequential\"", "\"MyNetworks\"", MNISTCNN_UNSUPPORTED, "of class \"MyNetworks\""},
      {"layer_names", "layer_nomes", MNISTCNN_FORMAT, "neither \"layer_names\" nor \"layers\""},
      {"weight_names", "weight_nomes", MNISTCNN_FORMAT, "0 arrays of it"},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    size_t size;
    unsigned char *const data = test_read(KERAS_GOLDEN_DIR, "chain-2.21.0.h5", &size);
    mnistcnn_import_options options = options_for(data, size);
    mnistcnn_model *model = NULL;
    if (replace(data, size, changes[i].word, changes[i].other) == 0)
      fail_msg("%s is not in the file", changes[i].word);
    const mnistcnn_status status = mnistcnn_import(&options, &model);
    if (status != changes[i].status)
      fail_msg("%s: status %d: %s", changes[i].other, status, mnistcnn_exchange_last_error());
    assert_message(changes[i].message);
    assert_null(model);
    free(data);
  }
}

/* Other spellings of the same network. */
static void other_spellings_are_the_same_network(void **state) {
  (void)state;
  static const char *const same[][2] = {
      {"\"batch_input_shape\"", "\"batch_shape\"      "},
      {"\"alpha\": 0.3", "\"gamma\": 0.3"},
      {"\"axis\": [3]", "\"axis\": -1 "},
      {"\"axis\": [3]", "\"axis\":  3 "},
      {"\"use_bias\": true", "\"use_bias\": 1   "},
      {"\"activation\": \"linear\"", "\"activation\": null    "},
      {"\"kernel_size\": [3, 3]", "\"kernel_size\": 3     "},
      {"\"strides\": [2, 2]", "\"strides\": 2     "},
      {"\"data_format\": \"channels_last\"", "\"data_format\": null           "},
  };
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    size_t size;
    unsigned char *const data = test_read(KERAS_GOLDEN_DIR, "chain-2.21.0.h5", &size);
    mnistcnn_import_options options = options_for(data, size);
    mnistcnn_model *model = NULL, *other = NULL;
    float before[MAX_CLASSES], after[MAX_CLASSES];
    uint8_t pixels[PIXELS];
    draw_image(pixels);
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
    if (replace(data, size, same[i][0], same[i][1]) == 0)
      fail_msg("%s is not in the file", same[i][0]);
    if (mnistcnn_import(&options, &other) != MNISTCNN_OK)
      fail_msg("%s: %s", same[i][1], mnistcnn_exchange_last_error());
    assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, before, 3), MNISTCNN_OK);
    assert_int_equal(mnistcnn_predict_u8(other, NULL, pixels, PIXELS, after, 3), MNISTCNN_OK);
    assert_memory_equal(before, after, 3 * sizeof *before);
    mnistcnn_model_free(model);
    mnistcnn_model_free(other);
    free(data);
  }
}

static void cut_files_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"nested-2.21.0.h5", "nested-3.15.1.keras"};
  for (size_t n = 0; n < 2; n++) {
    size_t size;
    unsigned char *const data = test_read(KERAS_GOLDEN_DIR, names[n], &size);
    for (size_t length = 0; length < size; length += n == 0 ? 1 : 7) {
      /* In memory of its own, so that a sanitizer sees what is read beyond it. */
      unsigned char *const part = malloc(length + 1);
      memcpy(part, data, length);
      mnistcnn_import_options options = options_for(part, length);
      mnistcnn_model *model = NULL;
      assert_int_not_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
      assert_null(model);
      free(part);
    }
    free(data);
  }
}

static mnistcnn_status import_with(const mcnn_alloc *alloc, void *context) {
  const change *const file = context;
  size_t size;
  unsigned char *const data = test_read(KERAS_GOLDEN_DIR, file->word, &size);
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  mnistcnn_import_options options = options_for(data, size);
  mnistcnn_model *model = NULL;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  options.allocator = &allocator;
  options.architecture = file->other;
  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  mnistcnn_model_free(model);
  free(data);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  static const change files[] = {{"chain-2.21.0.h5", NULL, 0, NULL},
                                 {"residual-3.15.1.keras", NULL, 0, NULL},
                                 {"nested-3.15.1.h5", NULL, 0, NULL},
                                 {"residual-3.15.1.weights.h5", residual_network, 0, NULL}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    change file = files[i];
    assert_true(test_every_allocation(import_with, &file) > 10);
  }
}

/* --- what else a file may be ------------------------------------------------------------------ */

static void other_files_are_called_by_name(void **state) {
  (void)state;
  static const struct {
    const char *text, *message;
  } files[] = {{"", "empty"},
               {"<!DOCTYPE html><html>", "an HTML page"},
               {"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"},
               {"{\"format\": \"layers-model\"}", "a JSON text"},
               {"nonsense", "neither a model of this library, nor one of Keras"}};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    mnistcnn_import_options options = options_for(files[i].text, strlen(files[i].text));
    mnistcnn_model *model = NULL;
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_FORMAT);
    assert_message(files[i].message);
  }
}

static void folders_are_refused(void **state) {
  (void)state;
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.path = KERAS_GOLDEN_DIR;
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_FORMAT);
  assert_message(KERAS_GOLDEN_DIR ": a folder, such as a SavedModel of TensorFlow");
  assert_null(model);
}

static void wrong_options_are_refused(void **state) {
  (void)state;
  mnistcnn_import_options options = options_for("x", 1);
  mnistcnn_error error = MNISTCNN_ERROR_INIT;
  mnistcnn_model *model = NULL;
  assert_int_equal(mnistcnn_import(NULL, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_import(&options, NULL), MNISTCNN_INVALID_ARGUMENT);
  options.error = &error;
  options.encoding = "bright";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_string_equal(error.message, mnistcnn_exchange_last_error());
  assert_message("encoding \"bright\"");
  options = options_for("x", 1);
  options.path = "y";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_message("one of path, data and reader");
  options = options_for("x", 1);
  options.prepare = 7;
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  options = options_for("x", 1);
  options.input_width = 28;
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  options = options_for(NULL, 0);
  options.path = "/nonexistent/model.h5";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_NOT_FOUND);
  assert_message("/nonexistent/model.h5");
  options.struct_size = 3;
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
}

static void encodings_are_read(void **state) {
  (void)state;
  static const char *const wrong[] = {"",          "units", "unit+",       "unit+inverted+inverted",
                                      "1/0",       "0,1",   "0.1,0.2/0.3", "0.1,0.2/0.3,0.4",
                                      "unit+flip", "1,2,3", "raw inverted"};
  mcnn_encoding e;
  assert_int_equal(mcnn_encoding_read("signed+transposed", &e), MNISTCNN_OK);
  assert_true(e.transposed && !e.inverted && e.offset == -1 && e.scale == 1 / 127.5f);
  assert_int_equal(mcnn_encoding_read("0.485,0.456,0.406/0.229,0.224,0.225+inverted", &e),
                   MNISTCNN_OK);
  assert_true(e.inverted && e.mean[1] == 0.456f && e.deviation[2] == 0.225f);
  assert_int_equal(mcnn_encoding_read("0.0078125,-1", &e), MNISTCNN_OK);
  assert_true(e.scale == 0.0078125f && e.offset == -1 && e.deviation[0] == 1);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(mcnn_encoding_read(wrong[i], &e), MNISTCNN_INVALID_ARGUMENT);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static mnistcnn_status read_tree(const char *text, mcnn_json_tree **tree) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  return mcnn_json_tree_read(text, strlen(text), "file", "config", &alloc, tree);
}

static void json_is_read_strictly(void **state) {
  (void)state;
  static const char *const wrong[] = {"",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "[1 2]",
                                      "01",
                                      "1.",
                                      "-",
                                      "1e",
                                      "{\"a\":1,\"a\":2}",
                                      "\"\\u0000\"",
                                      "[1]x",
                                      "{\"a\" 1}",
                                      "tru",
                                      "nan",
                                      "'a'",
                                      "[\"a]"};
  char deep[400];
  mcnn_json_tree *tree;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(read_tree(wrong[i], &tree), MNISTCNN_FORMAT);
    assert_null(tree);
    if (!strstr(mcnn_last_error(), "of config"))
      fail_msg("%s", mcnn_last_error());
  }
  memset(deep, '[', sizeof deep - 1);
  deep[sizeof deep - 1] = '\0';
  assert_int_equal(read_tree(deep, &tree), MNISTCNN_FORMAT);
  assert_non_null(strstr(mcnn_last_error(), "nested too deeply"));
}

static double number_in(const char *text) {
  mcnn_json_tree *tree;
  assert_int_equal(read_tree(text, &tree), MNISTCNN_OK);
  const double number = mcnn_json_root(tree)->number;
  mcnn_json_tree_free(tree);
  return number;
}

static void json_numbers_are_exact(void **state) {
  (void)state;
  static const char *const texts[] = {"0.00392156862745098",
                                      "-1.5e3",
                                      "1e-7",
                                      "9007199254740993",
                                      "0.1307",
                                      "123456789012345678901234567890",
                                      "1E+2",
                                      "0"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    assert_true(fabs(number_in(texts[i]) - strtod(texts[i], NULL)) <=
                fabs(strtod(texts[i], NULL)) * 1e-15);
  assert_true(isinf(number_in("1e999")) && isinf(number_in("-Infinity")));
  assert_true(isnan(number_in("NaN")));
  assert_true(number_in("1e-999") == 0);
}

/* --- graphs ----------------------------------------------------------------------------------- */

#define LAYER(class_name, name, reads)                                                             \
  "{\"class_name\":\"" class_name "\",\"name\":\"" name                                            \
  "\",\"config\":{},\"inbound_nodes\":" reads "}"
#define READS(name) "[[[\"" name "\",0,0,{}]]]"
#define FUNCTIONAL(layers, outputs)                                                                \
  "{\"class_name\":\"Functional\",\"config\":{\"name\":\"m\",\"layers\":[" layers                  \
  "],\"input_layers\":[[\"i\",0,0]],\"output_layers\":[" outputs "]}}"

static mnistcnn_status read_graph(const char *text, mcnn_keras_graph *graph) {
  mcnn_json_tree *tree;
  assert_int_equal(read_tree(text, &tree), MNISTCNN_OK);
  const mnistcnn_status status = mcnn_keras_graph_read(mcnn_json_root(tree), "file", graph);
  mcnn_json_tree_free(tree);
  return status;
}

static void graphs_are_checked(void **state) {
  (void)state;
  static const struct {
    const char *text;
    mnistcnn_status status;
    const char *message;
  } rows[] = {
      /* In the wrong order, and once more with what Keras 3 writes. */
      {FUNCTIONAL(LAYER("Flatten", "b", READS("a")) "," LAYER("ReLU", "a", READS("i")) "," LAYER(
                      "InputLayer", "i", "[]"),
                  "[\"b\",0,0]"),
       MNISTCNN_OK, ""},
      {FUNCTIONAL(LAYER("InputLayer", "i", "[]") "," LAYER(
                      "ReLU", "a",
                      "[{\"args\":[{\"class_name\":\"__keras_tensor__\",\"config\":{\"keras_"
                      "history\":[\"i\",0,0]}}],\"kwargs\":{}}]"),
                  "\"a\",0,0"),
       MNISTCNN_OK, ""},
      {FUNCTIONAL(LAYER("InputLayer", "i",
                        "[]") "," LAYER("ReLU", "a", READS("b")) "," LAYER("ReLU", "b", READS("a")),
                  "[\"b\",0,0]"),
       MNISTCNN_FORMAT, "what it reads is missing"},
      {FUNCTIONAL(LAYER("InputLayer", "i", "[]") "," LAYER("ReLU", "a",
                                                           "[[[\"i\",0,0,{}]],[[\"i\",0,0,{}]]]"),
                  "[\"a\",0,0]"),
       MNISTCNN_OK, ""},
      {FUNCTIONAL(LAYER("InputLayer", "i", "[]") "," LAYER("ReLU", "i", READS("i")), "[\"i\",0,0]"),
       MNISTCNN_FORMAT, "two layers are called \"i\""},
      {FUNCTIONAL(LAYER("InputLayer", "i", "[]") "," LAYER("ReLU", "a", READS("i")),
                  "[\"i\",0,0],[\"a\",0,0]"),
       MNISTCNN_UNSUPPORTED, "several outputs"},
      {FUNCTIONAL(LAYER("InputLayer", "i", "[]") "," LAYER("ReLU", "a", "[]"), "[\"a\",0,0]"),
       MNISTCNN_UNSUPPORTED, "nothing is read by layer \"a\""},
      {"{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":[]}}", MNISTCNN_FORMAT,
       "no layers"},
      {"{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Flatten\"}]}", MNISTCNN_FORMAT,
       "a layer without class or configuration"},
      {"{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Conv2D\",\"registered_name\":"
       "\"My>Conv2D\",\"config\":{\"name\":\"c\"}}]}",
       MNISTCNN_UNSUPPORTED, "\"My>Conv2D\""},
      {"{\"class_name\":\"Sequential\",\"config\":[{\"class_name\":\"Flatten\",\"config\":{"
       "\"name\":"
       "\"f\"}}]}",
       MNISTCNN_OK, ""},
      {"[]", MNISTCNN_FORMAT, "no class"},
  };
  mcnn_keras_graph *const graph = malloc(sizeof *graph);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const mnistcnn_status status = read_graph(rows[i].text, graph);
    if (status != rows[i].status)
      fail_msg("row %zu: status %d: %s", i, status, mcnn_last_error());
    if (status != MNISTCNN_OK && !strstr(mcnn_last_error(), rows[i].message))
      fail_msg("\"%s\" does not contain \"%s\"", mcnn_last_error(), rows[i].message);
  }
  free(graph);
}

static void models_nested_without_end_are_refused(void **state) {
  (void)state;
  static const char open[] =
      "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":[";
  char text[2048] = "";
  size_t used = 0;
  mcnn_keras_graph *const graph = malloc(sizeof *graph);
  for (int i = 0; i < 12; i++) {
    memcpy(text + used, open, sizeof open);
    used += sizeof open - 1;
  }
  (void)snprintf(text + used, sizeof text - used,
                 "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}}");
  for (int i = 0; i < 12; i++)
    memcpy(text + strlen(text), "]}}", 4);
  assert_int_equal(read_graph(text, graph), MNISTCNN_LIMIT);
  free(graph);
}

static void classes_become_groups(void **state) {
  (void)state;
  static const char *const names[][2] = {{"Conv2D", "conv2d"},
                                         {"MaxPooling2D", "max_pooling2d"},
                                         {"ReLU", "re_lu"},
                                         {"LeakyReLU", "leaky_re_lu"},
                                         {"PReLU", "p_re_lu"},
                                         {"ELU", "elu"},
                                         {"BatchNormalization", "batch_normalization"},
                                         {"DepthwiseConv2D", "depthwise_conv2d"},
                                         {"GlobalAveragePooling2D", "global_average_pooling2d"},
                                         {"InputLayer", "input_layer"}};
  char text[64];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    mcnn_keras_snake_case(names[i][0], text, sizeof text);
    assert_string_equal(text, names[i][1]);
  }
}

/* --- encodings of models ---------------------------------------------------------------------- */

static void the_best_encoding_comes_first(void **state) {
  (void)state;
  enum { IMAGES = 40, ALL = 20 };
  char path[TEST_PATH];
  uint8_t pixels[IMAGES * PIXELS];
  int32_t labels[IMAGES];
  uint32_t seed = 3;
  float probabilities[MAX_CLASSES];
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_encoding_result results[ALL] = {MNISTCNN_ENCODING_RESULT_INIT};
  mnistcnn_model *model = NULL;
  mnistcnn_dataset *dataset = NULL;
  size_t count = 0;
  int found = 0;
  options.path = test_join(path, KERAS_GOLDEN_DIR, "chain-2.21.0.h5");
  options.encoding = "signed+inverted";
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
  for (size_t i = 0; i < sizeof pixels; i++)
    pixels[i] = test_byte(&seed);
  /* The labels are what the model says with one encoding, which then has to be found. */
  for (int i = 0; i < IMAGES; i++) {
    uint32_t class_index = 0;
    assert_int_equal(
        mnistcnn_predict_u8(model, NULL, pixels + i * PIXELS, PIXELS, probabilities, MAX_CLASSES),
        MNISTCNN_OK);
    assert_int_equal(mnistcnn_top_class(probabilities, 3, &class_index, NULL), MNISTCNN_OK);
    labels[i] = (int32_t)class_index;
  }
  const mnistcnn_labelled_images images = {.struct_size = sizeof images,
                                           .num_classes = 3,
                                           .pixels = pixels,
                                           .size_bytes = sizeof pixels,
                                           .labels = labels,
                                           .count = IMAGES,
                                           .shape = {HEIGHT, WIDTH, CHANNELS}};
  assert_int_equal(mnistcnn_dataset_create_copy(&images, NULL, &dataset), MNISTCNN_OK);
  assert_int_equal(mnistcnn_import_check(&options, dataset, results, ALL, &count), MNISTCNN_OK);
  assert_int_equal(count, ALL);
  assert_true(results[0].accuracy == 1 && results[0].count == IMAGES);
  for (size_t i = 0; i < count; i++) {
    found += strcmp(results[i].encoding, "signed+inverted") == 0 && results[i].accuracy == 1;
    assert_true(i == 0 || results[i].accuracy <= results[i - 1].accuracy);
    assert_true(i == 0 || results[i].accuracy < 1 || results[i].loss >= results[i - 1].loss);
  }
  assert_int_equal(found, 1);
  assert_true(results[ALL - 1].accuracy < 1);
  assert_int_equal(mnistcnn_import_check(&options, NULL, results, ALL, &count),
                   MNISTCNN_INVALID_ARGUMENT);
  results[0].struct_size = 1;
  assert_int_equal(mnistcnn_import_check(&options, dataset, results, ALL, &count),
                   MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
}

/* Transposed images and a model that was imported transposed: the same answer. */
static void transposed_is_exact(void **state) {
  (void)state;
  static const char *const names[] = {"chain-2.21.0.h5", "residual-3.15.1.keras",
                                      "nested-2.21.0.h5"};
  for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
    char path[TEST_PATH];
    uint8_t pixels[PIXELS], turned[PIXELS];
    float plain[MAX_CLASSES], transposed[MAX_CLASSES];
    mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
    mnistcnn_model *model = NULL;
    draw_image(pixels);
    for (int i = 0; i < HEIGHT; i++)
      for (int j = 0; j < WIDTH; j++)
        memcpy(turned + (j * HEIGHT + i) * CHANNELS, pixels + (i * WIDTH + j) * CHANNELS, CHANNELS);
    options.path = test_join(path, KERAS_GOLDEN_DIR, names[n]);
    options.encoding = "unit";
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
    assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, plain, MAX_CLASSES),
                     MNISTCNN_OK);
    mnistcnn_model_free(model);
    options.encoding = "unit+transposed";
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_OK);
    assert_int_equal(mnistcnn_predict_u8(model, NULL, turned, PIXELS, transposed, MAX_CLASSES),
                     MNISTCNN_OK);
    for (uint32_t c = 0; c < mnistcnn_model_num_classes(model); c++)
      assert_true(fabsf(plain[c] - transposed[c]) < tolerance);
    mnistcnn_model_free(model);
  }
}

/* --- export ----------------------------------------------------------------------------------- */

typedef struct collected {
  unsigned char *data;
  size_t size;
} collected;

static int32_t collect(const void *data, size_t size_bytes, void *user) {
  collected *const all = user;
  all->data = realloc(all->data, all->size + size_bytes);
  memcpy(all->data + all->size, data, size_bytes);
  all->size += size_bytes;
  return 0;
}

static mnistcnn_status export_bytes(const mnistcnn_model *model, int32_t format,
                                    const mnistcnn_allocator *allocator, collected *bytes) {
  const mnistcnn_writer writer = {.struct_size = sizeof writer, .write = collect, .user = bytes};
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  *bytes = (collected){NULL, 0};
  options.format = format;
  options.writer = &writer;
  options.allocator = allocator;
  return mnistcnn_export(model, &options);
}

/* Every kind of layer, with a preparation by channel, a temperature and names. */
static mnistcnn_model *make_model(void) {
  static const char *const names[] = {"a \"b\"", "\xc3\xa4", "c"};
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  for (int c = 0; c < 3; c++) {
    preparation.mean[c] = 0.1f * (float)c;
    preparation.deviation[c] = 0.5f + 0.1f * (float)c;
  }
  preparation.invert = 1;
  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  options.num_classes = 3;
  options.class_names = names;
  options.preparation = &preparation;
  options.architecture =
      "normalize 0.5 0.25 0.1 / 2 1 0.5, conv 4 3x3 same leaky_relu 0.3, batchnorm noscale "
      "unbiased, "
      "conv 4 3x3 dilation 2 same nobias elu 0.5, add 2 relu6, zeropad 0 1 1 0, spatialdropout "
      "0.1, "
      "depthwise 3x3 stride 2 same multiplier 2 swish, separable 5 3x3 same hard_sigmoid, "
      "avgpool 2 same, maxpool 2 stride 1 same, batchnorm nocenter, rescale 2 -0.5, flatten, "
      "dropout 0.25, dense 6 gelu, dense 5 selu, dense 4 softplus, dense 3 nobias";
  if (mnistcnn_model_create(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_last_error());
  assert_int_equal(mnistcnn_model_set_temperature(model, 1.5f), MNISTCNN_OK);
  return model;
}

static void exports_are_imported_again(void **state) {
  (void)state;
  mnistcnn_model *const model = make_model();
  float before[MAX_CLASSES], after[MAX_CLASSES];
  uint8_t pixels[PIXELS];
  draw_image(pixels);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, before, 3), MNISTCNN_OK);
  for (int32_t format = MNISTCNN_EXPORT_KERAS; format <= MNISTCNN_EXPORT_KERAS_H5; format++) {
    collected bytes, again;
    mnistcnn_model *back = NULL;
    assert_int_equal(export_bytes(model, format, NULL, &bytes), MNISTCNN_OK);
    assert_int_equal(export_bytes(model, format, NULL, &again), MNISTCNN_OK);
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    mnistcnn_import_options options = options_for(bytes.data, bytes.size);
    options.encoding = "raw";
    if (mnistcnn_import(&options, &back) != MNISTCNN_OK)
      fail_msg("%s", mnistcnn_exchange_last_error());
    assert_int_equal(mnistcnn_predict_u8(back, NULL, pixels, PIXELS, after, 3), MNISTCNN_OK);
    for (uint32_t c = 0; c < 3; c++) {
      assert_true(fabsf(before[c] - after[c]) < tolerance);
      assert_string_equal(mnistcnn_model_class_name(back, c), mnistcnn_model_class_name(model, c));
    }
    mnistcnn_model_free(back);
    free(bytes.data);
    free(again.data);
  }
  mnistcnn_model_free(model);
}

static mnistcnn_status export_with(const mcnn_alloc *alloc, void *context) {
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  const struct {
    mnistcnn_model *model;
    int32_t format;
  } *const what = context;
  collected bytes;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  const mnistcnn_status status = export_bytes(what->model, what->format, &allocator, &bytes);
  free(bytes.data);
  return status;
}

static void every_allocation_of_an_export_may_fail(void **state) {
  (void)state;
  struct {
    mnistcnn_model *model;
    int32_t format;
  } what = {make_model(), 0};
  for (; what.format <= MNISTCNN_EXPORT_KERAS_WEIGHTS; what.format++)
    assert_true(test_every_allocation(export_with, &what) > 10);
  mnistcnn_model_free(what.model);
}

static int32_t refuse_bytes(const void *data, size_t size_bytes, void *user) {
  (void)data;
  (void)size_bytes;
  (void)user;
  return 1;
}

/* `start`, then `count` times `more`; freed by the caller. */
static char *repeated(const char *start, const char *more, size_t count) {
  const size_t length = strlen(more);
  char *const text = malloc(strlen(start) + count * length + 1);
  char *at = text + strlen(start);
  memcpy(text, start, strlen(start));
  for (size_t i = 0; i < count; i++, at += length)
    memcpy(at, more, length);
  *at = '\0';
  return text;
}

static void exports_that_cannot_be_are_refused(void **state) {
  (void)state;
  mnistcnn_model *const model = make_model();
  mnistcnn_model *hard = NULL;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_export_options how = MNISTCNN_EXPORT_OPTIONS_INIT;
  const mnistcnn_writer writer = {.struct_size = sizeof writer, .write = refuse_bytes};
  collected bytes;
  char *const text = repeated("flatten", ", dense 10 gelu_tanh", 120);
  options.architecture = text;
  assert_int_equal(mnistcnn_model_create(&options, &hard), MNISTCNN_OK);
  free(text);
  assert_int_equal(export_bytes(hard, MNISTCNN_EXPORT_KERAS_H5, NULL, &bytes), MNISTCNN_LIMIT);
  assert_message("more than 640 layers");
  assert_int_equal(export_bytes(NULL, MNISTCNN_EXPORT_KERAS, NULL, &bytes),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(export_bytes(model, 9, NULL, &bytes), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_export(model, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_export(model, &how), MNISTCNN_INVALID_ARGUMENT);
  assert_message("either path or writer");
  how.writer = &writer;
  assert_int_equal(mnistcnn_export(model, &how), MNISTCNN_IO);
  how.writer = NULL;
  how.path = "/nonexistent/folder/model.keras";
  assert_int_not_equal(mnistcnn_export(model, &how), MNISTCNN_OK);
  assert_message("/nonexistent/folder/model.keras");
  mnistcnn_model_free(hard);
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_files_answer_as_keras),
      cmocka_unit_test(changed_words_are_refused_by_name),
      cmocka_unit_test(other_spellings_are_the_same_network),
      cmocka_unit_test(cut_files_are_refused),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(other_files_are_called_by_name),
      cmocka_unit_test(folders_are_refused),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(encodings_are_read),
      cmocka_unit_test(json_is_read_strictly),
      cmocka_unit_test(json_numbers_are_exact),
      cmocka_unit_test(graphs_are_checked),
      cmocka_unit_test(models_nested_without_end_are_refused),
      cmocka_unit_test(classes_become_groups),
      cmocka_unit_test(the_best_encoding_comes_first),
      cmocka_unit_test(transposed_is_exact),
      cmocka_unit_test(exports_are_imported_again),
      cmocka_unit_test(every_allocation_of_an_export_may_fail),
      cmocka_unit_test(exports_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
