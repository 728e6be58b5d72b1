/* Layers models of TensorFlow.js: written here from a model of our own, whose arrays have the same
 * order, with one thing changed at a time. */
#include "base/io.h"
#include "exchange/tfjs/member.h"
#include "file_order.h"
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

enum { HEIGHT = 6, WIDTH = 5, CHANNELS = 3, PIXELS = HEIGHT * WIDTH * CHANNELS, CLASSES = 3 };
enum {
  CONV = 54,
  FILTERS = 2,
  ROWS = 24,
  DENSE = ROWS * CLASSES,
  FLOATS = CONV + FILTERS + DENSE + CLASSES
};

/* What stands before and behind the list of weights. */
#define CONFIG                                                                                     \
  "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["                         \
  "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\",\"batch_input_shape\":[null,6,5,3],"      \
  "\"filters\":2,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"valid\","                   \
  "\"activation\":\"relu\",\"use_bias\":true}},"                                                   \
  "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}},"                                      \
  "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":3,\"activation\":\"softmax\","   \
  "\"use_bias\":true}}]}}"
#define NESTED                                                                                     \
  "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["                         \
  "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"inner\",\"layers\":["                     \
  "{\"class_name\":\"Conv2D\",\"config\":{\"name\":\"c\",\"batch_input_shape\":[null,6,5,3],"      \
  "\"filters\":2,\"kernel_size\":[3,3],\"strides\":[1,1],\"padding\":\"valid\","                   \
  "\"activation\":\"relu\",\"use_bias\":true}}]}},"                                                \
  "{\"class_name\":\"Flatten\",\"config\":{\"name\":\"f\"}},"                                      \
  "{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"units\":3,\"activation\":\"softmax\","   \
  "\"use_bias\":true}}]}}"
#define WEIGHT(name, shape, rest) "{\"name\":\"" name "\",\"shape\":[" shape "]," rest "}"
#define F32                       "\"dtype\":\"float32\""
#define CONV_WEIGHTS              WEIGHT("c/kernel", "3,3,3,2", F32) "," WEIGHT("c/bias", "2", F32)
#define DENSE_WEIGHTS             WEIGHT("d/kernel", "24,3", F32) "," WEIGHT("d/bias", "3", F32)
#define MODEL(topology, paths, weights)                                                            \
  "{\"format\":\"layers-model\",\"modelTopology\":" topology                                       \
  ",\"weightsManifest\":[{\"paths\":[" paths "],\"weights\":[" weights "]}]}"
#define WRAPPED(config)                                                                            \
  "{\"keras_version\":\"2.6.0\",\"backend\":\"tensorflow\",\"model_config\":" config "}"
#define USUAL MODEL(WRAPPED(CONFIG), "\"w.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS)

static float values[FLOATS];
static unsigned char in_file[FLOATS * sizeof(float)]; /* the same, as in a file of weights */
static float expected[CLASSES];
static uint8_t image[PIXELS];

static void assert_in_message(const char *part) {
  if (!strstr(mnistcnn_exchange_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mnistcnn_exchange_last_error(), part);
}

/* The network, its answer, and its weights in the order of the layers. */
static int make_network(void **state) {
  (void)state;
  static const int32_t which[] = {MNISTCNN_WEIGHTS_KERNEL, MNISTCNN_WEIGHTS_BIAS};
  static const uint32_t layers[] = {0, 2};
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  uint32_t seed = 11;
  size_t at = 0, count = 0;
  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  options.input_channels = CHANNELS;
  options.num_classes = CLASSES;
  options.architecture = "conv 2 3x3 relu, flatten, dense 3 softmax";
  if (test_enter_folder(state) != 0 || mnistcnn_model_create(&options, &model) != MNISTCNN_OK)
    return 1;
  for (size_t i = 0; i < FLOATS; i++)
    values[i] = (float)test_byte(&seed) / 256 - 0.5f;
  copy_file_floats(in_file, values, FLOATS);
  for (size_t i = 0; i < PIXELS; i++)
    image[i] = test_byte(&seed);
  for (size_t i = 0; i < 4; i++, at += count)
    if (mnistcnn_model_weights(model, layers[i / 2], which[i % 2], NULL, 0, &count) !=
            MNISTCNN_OK ||
        mnistcnn_model_set_weights(model, layers[i / 2], which[i % 2], values + at, count) !=
            MNISTCNN_OK)
      return 1;
  const mnistcnn_status status = mnistcnn_predict_u8(model, NULL, image, PIXELS, expected, CLASSES);
  mnistcnn_model_free(model);
  return at == FLOATS && status == MNISTCNN_OK ? 0 : 1;
}

static mnistcnn_status import_path(const char *path, const mnistcnn_allocator *allocator,
                                   mnistcnn_model **model) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  options.path = path;
  options.encoding = "unit";
  options.allocator = allocator;
  return mnistcnn_import(&options, model);
}

static void check_answer(const char *json, double tolerance) {
  mnistcnn_model *model = NULL;
  float found[CLASSES];
  test_write("m", "model.json", json, strlen(json));
  if (import_path("m/model.json", NULL, &model) != MNISTCNN_OK)
    fail_msg("%s: %s", json, mnistcnn_exchange_last_error());
  assert_int_equal(mnistcnn_predict_u8(model, NULL, image, PIXELS, found, CLASSES), MNISTCNN_OK);
  for (int i = 0; i < CLASSES; i++)
    assert_true(fabs((double)found[i] - (double)expected[i]) < tolerance);
  mnistcnn_model_free(model);
}

static void spellings_of_one_network_answer_the_same(void **state) {
  (void)state;
  /* The bytes stand in the order of the list. */
  static const char *const usual[] = {
      USUAL,
      MODEL(WRAPPED(CONFIG), "\"./w.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS),
      MODEL(CONFIG, "\"w.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS),
      MODEL(WRAPPED(CONFIG), "\"a.bin\",\"b.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS),
      MODEL(
          WRAPPED(CONFIG), "\"w.bin\"",
          WEIGHT("s/c/kernel", "3,3,3,2", F32) "," WEIGHT("s/c/bias", "2", F32) "," DENSE_WEIGHTS),
      MODEL(WRAPPED(NESTED), "\"w.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS),
      " { \"note\" : \"a \\\" and a }\" , \"modelTopology\" : {\"x\" : [1, {}] , \"model_config\" "
      ": " CONFIG "} , \"weightsManifest\" : [{\"paths\":[\"w.bin\"],\"weights\":[" CONV_WEIGHTS
      "," DENSE_WEIGHTS "]}]}",
  };
  static const char swapped[] =
      MODEL(WRAPPED(CONFIG), "\"swapped.bin\"", DENSE_WEIGHTS "," CONV_WEIGHTS);
  unsigned char bytes[sizeof values];
  test_write("m", "w.bin", in_file, sizeof in_file);
  test_write("m", "a.bin", in_file, 101);
  test_write("m", "b.bin", in_file + 101, sizeof in_file - 101);
  for (size_t i = 0; i + 1 < sizeof usual / sizeof *usual; i++)
    check_answer(usual[i], 1e-6);
  /* Not what is first in the file. */
  check_answer(usual[sizeof usual / sizeof *usual - 1] + 1, 1e-6);
  memcpy(bytes, in_file + (CONV + FILTERS) * sizeof(float), (DENSE + CLASSES) * sizeof(float));
  memcpy(bytes + (DENSE + CLASSES) * sizeof(float), in_file, (CONV + FILTERS) * sizeof(float));
  test_write("m", "swapped.bin", bytes, sizeof bytes);
  check_answer(swapped, 1e-6);
}

static void quantised_weights_are_read(void **state) {
  (void)state;
  static const char json[] = MODEL(
      WRAPPED(CONFIG), "\"q.bin\"",
      WEIGHT("c/kernel", "3,3,3,2",
             F32 ",\"quantization\":{\"dtype\":\"uint8\",\"scale\":0.00390625,\"min\":-"
                 "0.5}") "," WEIGHT("c/bias", "2",
                                    F32
                                    ",\"quantization\":{\"dtype\":\"uint16\",\"scale\":"
                                    "0.00390625,\"min\":-0.5}") "," WEIGHT("d/kernel", "24,3",
                                                                           F32
                                                                           ",\"quantizat"
                                                                           "ion\":{"
                                                                           "\"dtype\":"
                                                                           "\"float16\""
                                                                           "}") "," WEIGHT("d/bias",
                                                                                           "3",
                                                                                           F32));
  enum { SIZE = CONV + 2 * FILTERS + 2 * DENSE + 4 * CLASSES };
  unsigned char bytes[SIZE], *at = bytes;
  for (int i = 0; i < CONV; i++)
    *at++ = (unsigned char)lrintf((values[i] + 0.5f) * 256);
  for (int i = 0; i < FILTERS; i++) {
    *at++ = (unsigned char)lrintf((values[CONV + i] + 0.5f) * 256);
    *at++ = 0;
  }
  /* Multiples of 1/256 between -1/2 and 1/2 are exact in 16 bits. */
  for (int i = 0; i < DENSE; i++) {
    uint32_t bits;
    const float value = values[CONV + FILTERS + i];
    memcpy(&bits, &value, sizeof bits);
    const uint32_t half = value == 0 ? 0
                                     : (bits >> 16 & 0x8000u) | ((bits >> 23 & 0xFFu) - 112) << 10 |
                                           (bits >> 13 & 0x3FFu);
    *at++ = (unsigned char)half;
    *at++ = (unsigned char)(half >> 8);
  }
  memcpy(at, in_file + (CONV + FILTERS + DENSE) * sizeof(float), CLASSES * sizeof(float));
  test_write("m", "q.bin", bytes, sizeof bytes);
  check_answer(json, 1e-6);
}

typedef struct refused {
  const char *json;
  mnistcnn_status status;
  const char *message;
} refused;

static void other_models_are_refused(void **state) {
  (void)state;
#define PATHS(paths)     MODEL(WRAPPED(CONFIG), paths, CONV_WEIGHTS "," DENSE_WEIGHTS)
#define WEIGHTS(weights) MODEL(WRAPPED(CONFIG), "\"w.bin\"", weights)
  static const refused rows[] = {
      {"{\"format\":\"graph-model\",\"modelTopology\":{},\"weightsManifest\":[]}",
       MNISTCNN_UNSUPPORTED, "a graph model of TensorFlow.js"},
      {"{\"modelTopology\":3,\"weightsManifest\":[]}", MNISTCNN_FORMAT, "lacks the network"},
      {"{\"modelTopology\":{},\"weightsManifest\":3}", MNISTCNN_FORMAT, "lacks the network"},
      {"{\"modelTopology\":{\"model_config\":{\"config\":{\"layers\":{}}}},\"weightsManifest\":[]}",
       MNISTCNN_FORMAT, "its network has no layers"},
      {"{\"modelTopology\":{},\"weightsManifest\":[]}", MNISTCNN_FORMAT,
       "its network has no layers"},
      {PATHS("\"../w.bin\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"/etc/hostname\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"./../w.bin\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"a\\\\b.bin\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"..\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"\""), MNISTCNN_UNSUPPORTED, "only files in its own folder"},
      {PATHS("\"missing.bin\""), MNISTCNN_NOT_FOUND, "m/missing.bin"},
      {PATHS("3"), MNISTCNN_FORMAT, "is no text"},
      {PATHS(""), MNISTCNN_FORMAT, "names no files for its weights"},
      {PATHS("\"a.bin\""), MNISTCNN_FORMAT, "end within the array c/kernel"},
      {PATHS("\"w.bin\",\"a.bin\""), MNISTCNN_FORMAT, "are longer than its list"},
      {WEIGHTS(CONV_WEIGHTS "," WEIGHT("d/kernel", "24,3", F32) "," WEIGHT("x/bias", "3", F32)),
       MNISTCNN_FORMAT, "the array x/bias belongs to no layer"},
      {WEIGHTS(CONV_WEIGHTS "," WEIGHT("d/kernel", "8,9", F32) "," WEIGHT("d/bias", "3", F32)),
       MNISTCNN_SHAPE_MISMATCH, "8x9"},
      {WEIGHTS(CONV_WEIGHTS "," WEIGHT("d/kernel", "24,0", F32)), MNISTCNN_FORMAT,
       "the array d/kernel has no name or no sound shape"},
      {WEIGHTS(CONV_WEIGHTS "," WEIGHT("d/kernel", "24,1.5", F32)), MNISTCNN_FORMAT,
       "no sound shape"},
      {WEIGHTS(CONV_WEIGHTS "," WEIGHT("d/kernel", "268435456,268435456,268435456", F32)),
       MNISTCNN_FORMAT, "no sound shape"},
      {WEIGHTS("{\"shape\":[3]," F32 "}"), MNISTCNN_FORMAT, "has no name"},
      {WEIGHTS(WEIGHT("c/kernel", "3,3,3,2", "\"dtype\":\"string\"")), MNISTCNN_UNSUPPORTED,
       "the array c/kernel has a dtype"},
      {WEIGHTS(WEIGHT("c/kernel", "3,3,3,2", "\"dtype\":\"uint8\"")), MNISTCNN_UNSUPPORTED,
       "the array c/kernel has a dtype"},
      {WEIGHTS(CONV_WEIGHTS "," CONV_WEIGHTS "," WEIGHT("d/bias", "19", F32)), MNISTCNN_FORMAT,
       "two arrays are called \"c/kernel\""},
  };
  test_write("m", "w.bin", in_file, sizeof in_file);
  test_write("m", "a.bin", in_file, 100);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    mnistcnn_model *model = NULL;
    test_write("m", "model.json", rows[i].json, strlen(rows[i].json));
    const mnistcnn_status status = import_path("m/model.json", NULL, &model);
    if (status != rows[i].status)
      fail_msg("row %zu: status %d: %s", i, status, mnistcnn_exchange_last_error());
    assert_in_message(rows[i].message);
    assert_null(model);
  }
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.data = USUAL;
  options.size_bytes = strlen(USUAL);
  assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_UNSUPPORTED);
  assert_in_message("is read from a path only");
}

static void cut_models_are_refused(void **state) {
  (void)state;
  static const char json[] = USUAL;
  test_write("m", "w.bin", in_file, sizeof in_file);
  for (size_t length = 0; length < sizeof json - 1; length += 3) {
    mnistcnn_model *model = NULL;
    test_write("m", "model.json", json, length);
    assert_int_not_equal(import_path("m/model.json", NULL, &model), MNISTCNN_OK);
    assert_null(model);
  }
}

static mnistcnn_status import_tfjs_with(const mcnn_alloc *alloc, void *context) {
  (void)context;
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  mnistcnn_model *model = NULL;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  const mnistcnn_status status = import_path("m/model.json", &allocator, &model);
  mnistcnn_model_free(model);
  return status;
}

static void every_allocation_of_a_model_may_fail(void **state) {
  (void)state;
  static const char json[] =
      MODEL(WRAPPED(CONFIG), "\"a.bin\",\"b.bin\"", CONV_WEIGHTS "," DENSE_WEIGHTS);
  test_write("m", "a.bin", in_file, 101);
  test_write("m", "b.bin", in_file + 101, sizeof in_file - 101);
  test_write("m", "model.json", json, sizeof json - 1);
  assert_true(test_every_allocation(import_tfjs_with, NULL) > 10);
}

static void members_are_found_in_texts(void **state) {
  (void)state;
  static const struct {
    const char *text, *key, *value;
  } rows[] = {{"{\"a\":1,\"b\":[1,{\"c\":2}]}", "b", "[1,{\"c\":2}]"},
              {"{\"a\":{\"b\":1},\"b\":2}", "b", "2"},
              {"{\"a\":\"b\\\"\",\"b\":\"x,}\"}", "b", "\"x,}\""},
              {"{ \"a\" : 1 }", "a", "1 "},
              {"{}", "a", ""},
              {"{\"ab\":1}", "a", ""},
              {"{", "a", ""},
              {"{\"a", "a", ""},
              {"", "a", ""}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const mcnn_span found =
        mcnn_tfjs_member((mcnn_span){rows[i].text, strlen(rows[i].text)}, rows[i].key);
    assert_int_equal(found.size_bytes, strlen(rows[i].value));
    if (found.size_bytes > 0)
      assert_memory_equal(found.data, rows[i].value, found.size_bytes);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spellings_of_one_network_answer_the_same),
      cmocka_unit_test(quantised_weights_are_read),
      cmocka_unit_test(other_models_are_refused),
      cmocka_unit_test(cut_models_are_refused),
      cmocka_unit_test(every_allocation_of_a_model_may_fail),
      cmocka_unit_test(members_are_found_in_texts),
  };
  return cmocka_run_group_tests(tests, make_network, test_leave_folder);
}
