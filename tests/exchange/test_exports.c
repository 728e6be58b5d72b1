/* Models to ONNX, TensorFlow.js, PyTorch and C: read again by this library's own importers, and the
 * C compiled and run. What the frameworks make of the files, exports_live.py compares. */
#include "base/status.h"
#include "mnistcnn.h"
#include "mnistcnn_exchange.h"
#include "support.h"
#include "temp_folder.h"

#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { HEIGHT = 12, WIDTH = 11, CHANNELS = 3, PIXELS = HEIGHT * WIDTH * CHANNELS, CLASSES = 3 };
enum { PATH = 512 };

static const float tolerance = 1e-5f;

static const char *const architectures[] = {
    "conv 4 3x3 same stride 2 relu, conv 5 2x3 dilation 2x1 nobias leaky_relu 0.3, maxpool 2 "
    "stride 1 "
    "same, flatten, dense 6 elu 0.5, dense 3 softmax",
    "depthwise 3x3 stride 2 same multiplier 2 swish, separable 5 3x3 same hard_sigmoid, batchnorm "
    "nocenter, avgpool 2 same, zeropad 0 1 1 0, spatialdropout 0.1, globalavgpool, dense 3",
    "normalize 0.5 0.25 0.1 / 2 1 0.5, conv 4 3x3 same gelu, batchnorm noscale unbiased, conv 4 "
    "3x3 "
    "same selu, add 2 relu6, rescale 2 -0.5, flatten, dropout 0.25, dense 6 softplus, batchnorm, "
    "dense 5 gelu, dense 4 hard_swish, dense 3 nobias sigmoid",
    "conv 4 3x3 tanh, conv 4 2x2 gelu_tanh, avgpool 3 stride 2, globalmaxpool, dense 3 softmax",
    "flatten, dense 3 softmax",
};
enum { NUM_ARCHITECTURES = sizeof architectures / sizeof architectures[0] };

/* With weights that nothing starts with, names that have to be quoted and a temperature. */
static mnistcnn_model *make_model(const char *architecture) {
  static const char *const names[] = {"a \"b\"", "\xc3\xa4?", "c\\"};
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
  options.num_classes = CLASSES;
  options.class_names = names;
  options.preparation = &preparation;
  options.architecture = architecture;
  if (mnistcnn_model_create(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_last_error());
  for (uint32_t layer = 0; layer < mnistcnn_model_num_layers(model); layer++) {
    for (int32_t which = MNISTCNN_WEIGHTS_BIAS; which <= MNISTCNN_WEIGHTS_MOVING_VARIANCE;
         which++) {
      float values[64];
      size_t count;
      if (mnistcnn_model_weights(model, layer, which, values, 64, &count) != MNISTCNN_OK)
        continue;
      for (size_t i = 0; i < count; i++)
        values[i] += 0.1f * (float)((i * 7 + layer + (size_t)which) % 5);
      assert_int_equal(mnistcnn_model_set_weights(model, layer, which, values, count), MNISTCNN_OK);
    }
  }
  assert_int_equal(mnistcnn_model_set_temperature(model, 1.5f), MNISTCNN_OK);
  return model;
}

static void draw_image(uint8_t *pixels) {
  for (unsigned i = 0; i < PIXELS; i++)
    pixels[i] = (uint8_t)(i * 37 % 251);
}

static void predict(const mnistcnn_model *model, float *answer) {
  uint8_t pixels[PIXELS];
  draw_image(pixels);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, PIXELS, answer, CLASSES), MNISTCNN_OK);
}

static void assert_near(const float *found, const float *expected, float limit, const char *what) {
  for (int c = 0; c < CLASSES; c++)
    if (!(fabsf(found[c] - expected[c]) < limit))
      fail_msg("%s: %.7f instead of %.7f", what, (double)found[c], (double)expected[c]);
}

static void export_to(const mnistcnn_model *model, int32_t format, const char *path,
                      uint32_t unit) {
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  options.format = format;
  options.path = path;
  options.unit_input = unit;
  if (mnistcnn_export(model, &options) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
}

/* --- importers -------------------------------------------------------------------------------- */

/* architecture: NULL where the file has it. */
static void check_again(const mnistcnn_model *model, int32_t format, const char *path,
                        const char *architecture) {
  float expected[CLASSES], found[CLASSES];
  predict(model, expected);
  for (uint32_t unit = 0; unit < 2; unit++) {
    mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
    mnistcnn_model *back = NULL;
    export_to(model, format, path, unit);
    options.path = path;
    options.encoding = unit ? "unit" : "raw";
    options.architecture = architecture;
    options.input_height = HEIGHT;
    options.input_width = WIDTH;
    if (mnistcnn_import(&options, &back) != MNISTCNN_OK)
      fail_msg("%s", mnistcnn_exchange_last_error());
    predict(back, found);
    assert_near(found, expected, tolerance, path);
    mnistcnn_model_free(back);
  }
}

static void importers_read_them(void **state) {
  char path[PATH];
  (void)state;
  for (size_t i = 0; i < NUM_ARCHITECTURES; i++) {
    mnistcnn_model *const model = make_model(architectures[i]);
    (void)snprintf(path, PATH, "%zu.onnx", i);
    check_again(model, MNISTCNN_EXPORT_ONNX, path, NULL);
    (void)snprintf(path, PATH, "%zu.json", i);
    /* Written as a sum of products, which nothing here reads. */
    if (!strstr(architectures[i], "gelu_tanh"))
      check_again(model, MNISTCNN_EXPORT_TFJS, path, NULL);
    mnistcnn_model_free(model);
  }
}

/* The network stands in the Python beside it, which only Python reads. */
static void state_dicts_are_read(void **state) {
  (void)state;
  static const char path[] = "state.safetensors";
  mnistcnn_model *const model =
      make_model("conv 4 3x3 relu, batchnorm, maxpool 2, flatten, dense 6 relu, dense 3 softmax");
  float expected[CLASSES], found[CLASSES];
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *back = NULL;
  assert_int_equal(mnistcnn_model_set_temperature(model, 1), MNISTCNN_OK);

  export_to(model, MNISTCNN_EXPORT_PYTORCH, path, 0);
  options.path = path;
  options.architecture =
      "conv 4 3x3 relu, batchnorm epsilon 0.001, maxpool 2, flatten, dense 6 relu, dense 3 softmax";
  options.encoding = "0.0,0.1,0.2/0.5,0.6,0.7+inverted";
  options.input_height = HEIGHT;
  options.input_width = WIDTH;
  if (mnistcnn_import(&options, &back) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  predict(model, expected);
  predict(back, found);
  assert_near(found, expected, tolerance, "state_dict");
  mnistcnn_model_free(back);
  mnistcnn_model_free(model);
}

/* --- C ---------------------------------------------------------------------------------------- */

static void write_source(const char *path, const char *header, uint32_t unit) {
  FILE *const file = fopen(path, "w");
  assert_non_null(file);
  fprintf(file,
          "#include \"%s\"\n"
          "void run(const %s *image, float *probabilities);\n"
          "void run(const %s *image, float *probabilities) {\n"
          "  float work[x_WORK];\n  x_predict(image, probabilities, work);\n}\n",
          header, unit ? "float" : "uint8_t", unit ? "float" : "uint8_t");
  assert_int_equal(fclose(file), 0);
}

/* Answers by what the compiler makes of the header. */
static void run_header(const char *name, uint32_t unit, float *answer) {
  char source[PATH], library[PATH], command[4 * PATH];
  uint8_t pixels[PIXELS];
  float floats[PIXELS];
  (void)snprintf(source, PATH, "%s.c", name);
  (void)snprintf(library, PATH, "./%s.so", name);
  write_source(source, "x.h", unit);
  (void)snprintf(command, sizeof command,
                 "%s -std=c99 -O1 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -shared "
                 "-fPIC -o %s %s -lm",
                 C_COMPILER, library, source);
  if (system(command) != 0)
    fail_msg("%s", command);
  void *const handle = dlopen(library, RTLD_NOW);
  assert_non_null(handle);
  void (*run)(const void *image, float *probabilities);
  *(void **)&run = dlsym(handle, "run");
  assert_non_null(run);
  draw_image(pixels);
  for (int i = 0; i < PIXELS; i++)
    floats[i] = (float)pixels[i] / 255;
  run(unit ? (const void *)floats : pixels, answer);
  assert_int_equal(dlclose(handle), 0);
}

static void compilers_take_the_headers(void **state) {
  (void)state;
  char name[32];
  float expected[CLASSES], found[CLASSES];
  for (size_t i = 0; i < NUM_ARCHITECTURES; i++) {
    mnistcnn_model *const model = make_model(architectures[i]);
    predict(model, expected);
    for (int32_t format = MNISTCNN_EXPORT_C; format <= MNISTCNN_EXPORT_C_INT8; format++) {
      const uint32_t unit = (uint32_t)(i + (size_t)format) % 2;
      export_to(model, format, "x.h", unit);
      (void)snprintf(name, sizeof name, "run_%zu_%d", i, format);
      run_header(name, unit, found);
      assert_near(found, expected, format == MNISTCNN_EXPORT_C ? tolerance : 0.05f, name);
    }
    mnistcnn_model_free(model);
  }
}

/* --- errors ----------------------------------------------------------------------------------- */

typedef struct exporting {
  const mnistcnn_model *model;
  int32_t format;
  const char *path;
} exporting;

static mnistcnn_status export_with(const mcnn_alloc *alloc, void *context) {
  const exporting *const what = context;
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  options.format = what->format;
  options.path = what->path;
  options.allocator = &allocator;
  return mnistcnn_export(what->model, &options);
}

static void every_allocation_may_fail(void **state) {
  mnistcnn_model *const model = make_model(architectures[2]);
  exporting what = {model, MNISTCNN_EXPORT_ONNX, "failing.out"};
  (void)state;
  for (; what.format <= MNISTCNN_EXPORT_PYTORCH; what.format++)
    assert_true(test_every_allocation(export_with, &what) > 10);
  mnistcnn_model_free(model);
}

static int32_t ignore_bytes(const void *data, size_t size_bytes, void *user) {
  (void)data;
  *(size_t *)user += size_bytes;
  return 0;
}

static void assert_refused(const mnistcnn_model *model, const mnistcnn_export_options *options,
                           const char *words) {
  assert_int_equal(mnistcnn_export(model, options), MNISTCNN_INVALID_ARGUMENT);
  if (!strstr(mnistcnn_exchange_last_error(), words))
    fail_msg("\"%s\" is not in \"%s\"", words, mnistcnn_exchange_last_error());
}

static void wrong_options_are_refused(void **state) {
  size_t size = 0;
  mnistcnn_model *const model = make_model(architectures[4]);
  const mnistcnn_writer writer = {
      .struct_size = sizeof writer, .write = ignore_bytes, .user = &size};
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  (void)state;
  options.format = MNISTCNN_EXPORT_TFJS;
  options.writer = &writer;
  assert_refused(model, &options, "is two files");
  options.format = MNISTCNN_EXPORT_PYTORCH;
  assert_int_equal(mnistcnn_export(model, &options), MNISTCNN_OK);
  assert_true(size > 4 * PIXELS * CLASSES);
  options.writer = NULL;
  options.path = "model.bin";
  options.format = MNISTCNN_EXPORT_TFJS;
  assert_refused(model, &options, "another ending");
  options.format = MNISTCNN_EXPORT_KERAS_WEIGHTS;
  options.unit_input = 1;
  assert_refused(model, &options, "unit_input");
  options.unit_input = 2;
  assert_refused(model, &options, "unit_input is 2");
  options.unit_input = 0;
  options.format = MNISTCNN_EXPORT_PYTORCH + 1;
  assert_refused(model, &options, "invalid value for format: 8");
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(importers_read_them),        cmocka_unit_test(state_dicts_are_read),
      cmocka_unit_test(compilers_take_the_headers), cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(wrong_options_are_refused),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
