/* Models as ONNX and LiteRT: files in the spellings of exporters (foreign_golden.py), the same with
 * a word or some bytes changed, and what is refused. */
#include "exchange/flatbuffer/table.h"
#include "exchange/graph/pointwise.h"
#include "exchange/protobuf/wire.h"
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

enum { MAX_PIXELS = 6 * 6 * 3, NUM_CLASSES = 3, NUM_FILES = 16 };

static const float tolerance = 1e-5f;

static void assert_message(const char *part) {
  if (!strstr(mnistcnn_exchange_last_error(), part))
    fail_msg("\"%s\" does not contain \"%s\"", mnistcnn_exchange_last_error(), part);
}

/* --- files that exporters wrote --------------------------------------------------------------- */

static size_t draw_image(const mnistcnn_model *model, uint8_t pixels[MAX_PIXELS]) {
  mnistcnn_shape shape;
  assert_int_equal(mnistcnn_model_input_shape(model, &shape), MNISTCNN_OK);
  size_t at = 0;
  for (uint32_t i = 0; i < shape.height; i++)
    for (uint32_t j = 0; j < shape.width; j++)
      for (uint32_t c = 0; c < shape.channels; c++)
        pixels[at++] = (uint8_t)((7 * i + 13 * j + 31 * c) % 256);
  return at;
}

static void check_answer(const char *name, const mnistcnn_model *model, const double *outputs) {
  uint8_t pixels[MAX_PIXELS];
  float found[NUM_CLASSES];
  const size_t count = draw_image(model, pixels);
  assert_int_equal(mnistcnn_model_num_classes(model), NUM_CLASSES);
  assert_int_equal(mnistcnn_predict_u8(model, NULL, pixels, count, found, NUM_CLASSES),
                   MNISTCNN_OK);
  for (int i = 0; i < NUM_CLASSES; i++)
    if (!(fabs((double)found[i] - outputs[i]) < (double)tolerance))
      fail_msg("%s: output %d is %g, not %g", name, i, (double)found[i], outputs[i]);
}

typedef void (*file_fn)(const char *name, const double *outputs);

/* Calls fn for every file and what its framework answered. */
static void for_all_files(file_fn fn) {
  size_t size;
  int files = 0;
  char *const values = (char *)test_read(FOREIGN_GOLDEN_DIR, "values.txt", &size);
  char *const text = malloc(size + 1);
  memcpy(text, values, size);
  text[size] = '\0';
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), files++) {
    double outputs[NUM_CLASSES];
    char name[64];
    assert_int_equal(sscanf(line, "%63s %lf %lf %lf", name, &outputs[0], &outputs[1], &outputs[2]),
                     4);
    fn(name, outputs);
  }
  assert_int_equal(files, NUM_FILES);
  free(text);
  free(values);
}

static void check_file(const char *name, const double *outputs) {
  char path[TEST_PATH];
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.path = test_join(path, FOREIGN_GOLDEN_DIR, name);
  options.encoding = "unit";
  if (mnistcnn_import(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_exchange_last_error());
  check_answer(name, model, outputs);
  mnistcnn_model_free(model);
}

static void golden_files_answer_as_their_frameworks(void **state) {
  (void)state;
  for_all_files(check_file);
}

/* --- files that are damaged ------------------------------------------------------------------- */

static mnistcnn_status import_bytes(const void *data, size_t size) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.data = data;
  options.size_bytes = size;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  assert_true((status == MNISTCNN_OK) == (model ? 1 : 0));
  mnistcnn_model_free(model);
  return status;
}

/* Copies of exactly these sizes, so that a sanitizer sees reads behind the end. */
static void cut(const char *name, const double *outputs) {
  size_t size;
  unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, name, &size);
  (void)outputs;
  for (size_t length = 1; length < size; length++) {
    unsigned char *const copy = malloc(length);
    memcpy(copy, data, length);
    const mnistcnn_status status = import_bytes(copy, length);
    free(copy);
    if (status == MNISTCNN_OK && strstr(name, ".onnx") && length + 16 < size)
      fail_msg("%s cut to %zu bytes was imported", name, length);
  }
  free(data);
}

static void files_that_are_cut_off_are_refused(void **state) {
  (void)state;
  for_all_files(cut);
}

typedef struct file_bytes {
  const void *data;
  size_t size;
} file_bytes;

static mnistcnn_allocator allocator_of(const mcnn_alloc *alloc) {
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  allocator.allocate = alloc->allocate;
  allocator.deallocate = alloc->deallocate;
  allocator.user = alloc->user;
  return allocator;
}

static mnistcnn_status import_with(const mcnn_alloc *alloc, void *context) {
  const file_bytes *const file = context;
  const mnistcnn_allocator allocator = allocator_of(alloc);
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  options.data = file->data;
  options.size_bytes = file->size;
  options.allocator = &allocator;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  mnistcnn_model_free(model);
  return status;
}

static void fail_allocations(const char *name, const double *outputs) {
  size_t size;
  unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, name, &size);
  file_bytes file = {data, size};
  (void)outputs;
  assert_true(test_every_allocation(import_with, &file) > 10);
  free(data);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  for_all_files(fail_allocations);
}

/* --- files with a word changed ---------------------------------------------------------------- */

typedef struct change {
  const char *file, *word, *other;
  mnistcnn_status status;
  const char *message;
} change;

static int replace(unsigned char *data, size_t size, const change *c) {
  const size_t length = strlen(c->word);
  int count = 0;
  assert_int_equal(strlen(c->other), length);
  for (size_t i = 0; i + length <= size; i++)
    if (memcmp(data + i, c->word, length) == 0) {
      memcpy(data + i, c->other, length);
      count++;
    }
  return count;
}

static void changed_words_are_refused_by_name(void **state) {
  (void)state;
  static const change changes[] = {
      {"chain.onnx", "Relu", "Rela", MNISTCNN_UNSUPPORTED,
       "(Rela): an operation that cannot be imported"},
      {"chain.onnx", "MaxPool", "LSTMBig", MNISTCNN_UNSUPPORTED, "without recurrence only"},
      {"chain.onnx", "transB", "transA", MNISTCNN_UNSUPPORTED, "(Gemm): transposes its input"},
      {"chain.onnx", "kernel_shape", "kernel_shope", MNISTCNN_FORMAT, "its \"kernel_shape\""},
      {"keras.onnx", "perm", "pern", MNISTCNN_UNSUPPORTED, "moves the batch"},
      {"keras.onnx", "Add", "Ant", MNISTCNN_UNSUPPORTED, "(Ant)"},
      {"factors.onnx", "Tanh", "Sqrt", MNISTCNN_UNSUPPORTED,
       "(Mul): a function of each number that is none"},
      {"norm.onnx", "axes", "axis", MNISTCNN_UNSUPPORTED, "other dimensions than height and width"},
      {"norm.onnx", "BatchNormalization", "LayerNormalization", MNISTCNN_UNSUPPORTED,
       "this library has BatchNormalization"},
      {"norm.onnx", "group", "groop", MNISTCNN_SHAPE_MISMATCH, "an input of 4 channels"},
      {"computed.onnx", "Gather", "Gothic", MNISTCNN_UNSUPPORTED, "(Gothic)"},
      {"computed.onnx", "SAME_LOWER", "SAME_LOVER", MNISTCNN_SHAPE_MISMATCH, "for 120 inputs"},
      {"activations.onnx", "Sigmoid", "Softsig", MNISTCNN_UNSUPPORTED, "(Softsig)"},
      {"activations.onnx", "Erf", "Exp", MNISTCNN_UNSUPPORTED,
       "none of this library's activations"},
      {"vector.onnx", "Elu", "Abs", MNISTCNN_UNSUPPORTED, "none of this library's activations"},
      {"stored.onnx", "DequantizeLinear", "DequantizeLivear", MNISTCNN_UNSUPPORTED,
       "(DequantizeLivear)"},
      {"stored.onnx", "kernel", "kernal", MNISTCNN_OK, ""},
      {"strides.tflite", "TFL3", "TFL4", MNISTCNN_FORMAT, "neither a model of this library"},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    size_t size;
    unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, changes[i].file, &size);
    if (replace(data, size, &changes[i]) == 0)
      fail_msg("%s is not in %s", changes[i].word, changes[i].file);
    const mnistcnn_status status = import_bytes(data, size);
    if (status != changes[i].status)
      fail_msg("%s: status %d: %s", changes[i].other, status, mnistcnn_exchange_last_error());
    assert_message(changes[i].message);
    free(data);
  }
}

/* Word by word: an input that is left out is written as -1. */
static void set_to_minus_one(const char *name, const double *outputs) {
  enum { WORD = 4 };
  const char *const ending = strrchr(name, '.');
  size_t size;
  (void)outputs;
  if (strcmp(ending, ".tflite") != 0)
    return;
  unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, name, &size);
  for (size_t at = 0; at + WORD <= size; at += WORD) {
    unsigned char before[WORD];
    memcpy(before, data + at, WORD);
    memset(data + at, 0xFF, WORD);
    import_bytes(data, size);
    memcpy(data + at, before, WORD);
  }
  free(data);
}

static void inputs_may_be_left_out(void **state) {
  (void)state;
  for_all_files(set_to_minus_one);
}

static void a_shape_that_is_left_out_is_an_option(void **state) {
  (void)state;
  static const unsigned char inputs[] = {2, 0, 0, 0, 12, 0, 0, 0, 15, 0, 0, 0};
  size_t size, at = 0;
  unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, "strides.tflite", &size);
  while (memcmp(data + at, inputs, sizeof inputs) != 0)
    assert_true(++at + sizeof inputs <= size);
  memset(data + at + 8, 0xFF, 4);
  assert_int_equal(import_bytes(data, size), MNISTCNN_OK);
  free(data);
}

static void what_cannot_be_computed_is_refused(void **state) {
  (void)state;
  static const struct {
    const char *file;
    mnistcnn_status status;
    const char *message;
  } rows[] = {
      {"refused-choice-of-constants.onnx", MNISTCNN_UNSUPPORTED, "chooses between constants"},
      {"refused-choice-of-many.onnx", MNISTCNN_UNSUPPORTED, "a constant with several numbers"},
      {"refused-choice-of-images.onnx", MNISTCNN_UNSUPPORTED, "the numbers of several images"},
      {"refused-choice-of-two.onnx", MNISTCNN_FORMAT, "(Where): has not three inputs"},
      {"refused-large-constant.onnx", MNISTCNN_LIMIT, "up to 4096 numbers"},
      {"refused-negative-constant.onnx", MNISTCNN_LIMIT, "up to 4096 numbers"},
      {"refused-deep-constant.onnx", MNISTCNN_LIMIT, "up to 4096 numbers"},
      {"refused-shape-of-nan.onnx", MNISTCNN_UNSUPPORTED, ""},
      {"refused-step-of-0.onnx", MNISTCNN_FORMAT, "its \"steps\""},
      {"refused-optimised.onnx", MNISTCNN_UNSUPPORTED,
       "(QuickGelu): an operation of the domain com.microsoft, which this library has not; ONNX "
       "Runtime makes these of others"},
      {"refused-slice-of-channels.onnx", MNISTCNN_UNSUPPORTED,
       "(Slice): takes a part of the batch"},
      {"refused-slice-of-backwards.onnx", MNISTCNN_UNSUPPORTED, "or takes them backwards"},
      {"refused-slice-of-nothing.onnx", MNISTCNN_UNSUPPORTED, "(Slice): takes no rows or columns"},
      {"refused-slice-of-channels.tflite", MNISTCNN_UNSUPPORTED,
       "\"STRIDED_SLICE\" (LiteRT): takes a part of the batch"},
      {"refused-pool-of-parts.tflite", MNISTCNN_UNSUPPORTED,
       "\"MAX_POOL_2D\" (LiteRT): works on an image that SPACE_TO_BATCH_ND has cut into parts"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    size_t size;
    unsigned char *const data = test_read(FOREIGN_GOLDEN_DIR, rows[i].file, &size);
    const mnistcnn_status status = import_bytes(data, size);
    if (status != rows[i].status)
      fail_msg("%s: status %d: %s", rows[i].file, status, mnistcnn_exchange_last_error());
    assert_message(rows[i].message);
    free(data);
  }
}

static void no_architecture_is_taken(void **state) {
  (void)state;
  static const char *const names[] = {"chain.onnx", "strides.tflite"};
  for (int i = 0; i < 2; i++) {
    char path[TEST_PATH];
    mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
    mnistcnn_model *model = NULL;
    options.path = test_join(path, FOREIGN_GOLDEN_DIR, names[i]);
    options.architecture = "flatten, dense 3 softmax";
    assert_int_equal(mnistcnn_import(&options, &model), MNISTCNN_INVALID_ARGUMENT);
    assert_message("no architecture can be given");
  }
}

/* --- protocol buffers ------------------------------------------------------------------------- */

static mcnn_pb message(const void *bytes, size_t size) {
  const mcnn_span span = {bytes, size};
  return mcnn_pb_message(&span);
}

static void fields_are_read(void **state) {
  (void)state;
  static const unsigned char bytes[] = {0x08, 0xAC, 0x02, 0x12, 0x02, 'h',  'i',
                                        0x1D, 0x00, 0x00, 0x80, 0x3F, 0x21, 0,
                                        0,    0,    0,    0,    0,    0xF0, 0x3F};
  mcnn_pb pb = message(bytes, sizeof bytes);
  mcnn_pb_field field;
  assert_true(mcnn_pb_next(&pb, &field));
  assert_int_equal(field.number, 1);
  assert_int_equal(field.value, 300);
  assert_true(mcnn_pb_next(&pb, &field));
  assert_int_equal(field.bytes.size_bytes, 2);
  assert_memory_equal(field.bytes.data, "hi", 2);
  assert_true(mcnn_pb_next(&pb, &field));
  assert_true(mcnn_pb_float(field.value) == 1.0f);
  assert_true(mcnn_pb_next(&pb, &field));
  assert_true(mcnn_pb_double(field.value) == 1.0);
  assert_false(mcnn_pb_next(&pb, &field));
  assert_false(pb.is_malformed);
  for (size_t length = 1; length < sizeof bytes; length++) {
    pb = message(bytes, length);
    while (mcnn_pb_next(&pb, &field))
      continue;
    assert_true(pb.is_malformed == (length != 3 && length != 7 && length != 12));
  }
}

static void malformed_fields_are_noticed(void **state) {
  (void)state;
  static const unsigned char cases[][13] = {
      {0x0B, 0, 0, 0},                                                    /* a group */
      {0x00, 0},                                                          /* number 0 */
      {0x0F, 0},                                                          /* wire type 7 */
      {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, /* endless */
      {0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02}, /* 65 bits */
      {0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, /* a huge length */
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    mcnn_pb pb = message(cases[i], sizeof cases[i]);
    mcnn_pb_field field;
    assert_false(mcnn_pb_next(&pb, &field));
    assert_true(pb.is_malformed);
  }
}

static void lists_are_packed_or_not(void **state) {
  (void)state;
  static const unsigned char bytes[] = {0x08, 7,    0x0A, 3, 1, 0x80, 1, 0x0A,
                                        1,    0x80, 0x0D, 0, 0, 0,    0};
  static const uint64_t expected[] = {7, 1, 128};
  mcnn_pb pb = message(bytes, sizeof bytes);
  mcnn_pb_field field;
  size_t at = 0;
  int malformed = 0;
  while (mcnn_pb_next(&pb, &field)) {
    mcnn_pb_list list = mcnn_pb_elements(&field, MCNN_PB_VARINT);
    uint64_t value;
    while (mcnn_pb_next_element(&list, &value))
      assert_int_equal(value, expected[at++]);
    malformed += list.rest.is_malformed;
  }
  assert_int_equal(at, 3);
  assert_int_equal(malformed, 2); /* cut off, and of another type */
}

/* --- FlatBuffers ------------------------------------------------------------------------------ */

static void offsets_that_lead_outside_are_noticed(void **state) {
  (void)state;
  /* The root at 8, its vtable at 4: two fields, of which the second is missing. */
  static const unsigned char good[] = {8, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
  mcnn_fb fb = {good, sizeof good, 0};
  const mcnn_fb_table table = mcnn_fb_root(&fb);
  assert_non_null(table.fb);
  assert_int_equal(mcnn_fb_unsigned(&table, 3, 4, 77), 77);
  assert_int_equal(mcnn_fb_list(&table, 0, 4).count, 0);
  assert_false(fb.is_malformed);
  for (size_t size = 0; size < 12; size++) {
    unsigned char *const copy = malloc(size + 1);
    memcpy(copy, good, size);
    fb = (mcnn_fb){copy, size, 0};
    (void)mcnn_fb_root(&fb);
    assert_true(fb.is_malformed);
    free(copy);
  }
  for (size_t at = 0; at < 12; at += 4) {
    unsigned char bad[sizeof good];
    memcpy(bad, good, sizeof good);
    memset(bad + at, 0x7F, 4);
    fb = (mcnn_fb){bad, sizeof bad, 0};
    (void)mcnn_fb_root(&fb);
    assert_true(fb.is_malformed);
  }
}

/* --- functions -------------------------------------------------------------------------------- */

static double clamp_of_line(double x) {
  return fmin(fmax(0.2 * x + 0.5, 0), 1);
}

static double leaky(double x) {
  return x > 0 ? x : 0.25 * x;
}

static double falling(double x) {
  return 3 - x / 2;
}

static double thresholded(double x) {
  return x > 0.1 ? x : 0;
}

static double shrunk(double x) {
  return fabs(x) > 0.004 ? x : 0;
}

static double bump(double x) {
  return exp(-x * x);
}

static int recognise(double (*fn)(double x), mcnn_recognised *r) {
  mcnn_samples samples;
  for (uint32_t i = 0; i < MCNN_NUM_SAMPLES; i++)
    samples.y[i] = fn(mcnn_sample_x(i));
  return mcnn_recognise(&samples, r);
}

static void functions_are_recognised_by_their_values(void **state) {
  (void)state;
  mcnn_recognised r;
  assert_true(recognise(tanh, &r));
  assert_string_equal(r.activation, "tanh");
  assert_true(recognise(leaky, &r));
  assert_string_equal(r.activation, "leaky_relu 0.25");
  assert_true(recognise(falling, &r));
  assert_string_equal(r.activation, "");
  assert_true(fabs(r.scale + 0.5) < 1e-9 && fabs(r.offset - 3) < 1e-9);
  assert_true(recognise(clamp_of_line, &r));
  assert_string_equal(r.activation, "hard_sigmoid");
  assert_true(fabs(r.scale - 1.2) < 1e-6 && fabs(r.offset) < 1e-6);
  assert_true(fabs(r.scale_after - 1) < 1e-6 && fabs(r.offset_after) < 1e-6);
  assert_false(recognise(bump, &r));
  assert_false(recognise(thresholded, &r));
  assert_false(recognise(shrunk, &r));
  assert_false(recognise(log, &r));
  for (uint32_t i = 1; i < MCNN_NUM_SAMPLES; i++)
    assert_true(mcnn_sample_x(i) > mcnn_sample_x(i - 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_files_answer_as_their_frameworks),
      cmocka_unit_test(files_that_are_cut_off_are_refused),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(changed_words_are_refused_by_name),
      cmocka_unit_test(inputs_may_be_left_out),
      cmocka_unit_test(a_shape_that_is_left_out_is_an_option),
      cmocka_unit_test(what_cannot_be_computed_is_refused),
      cmocka_unit_test(no_architecture_is_taken),
      cmocka_unit_test(fields_are_read),
      cmocka_unit_test(malformed_fields_are_noticed),
      cmocka_unit_test(lists_are_packed_or_not),
      cmocka_unit_test(offsets_that_lead_outside_are_noticed),
      cmocka_unit_test(functions_are_recognised_by_their_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
