/* Model files: whole round trips, files of others, and files that somebody has damaged. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "file_order.h"
#include "model/model_file.h"
#include "support.h"

static const char *const names[] = {"ant", "b\xc3\xa9\x65", "\xf0\x9f\x90\x9e"};
static const char note[] = "a \"quote\",\na second line";

/* The model of tests/golden/model_v1.safetensors, but for its weights. */
static mnistcnn_model *small_model(void) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_int_equal(mnistcnn_model_options_init(&options, sizeof options), MNISTCNN_OK);
  options.input_height = 6;
  options.input_width = 8;
  options.input_channels = 1;
  options.num_classes = 3;
  options.input_mean = 0.1307f;
  options.input_std = 0.3081f;
  options.architecture = "conv 2 3x3 relu, maxpool 2, flatten, dense 3 softmax";
  options.class_names = names;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_set_note(model, "who", note), MNISTCNN_OK);
  return model;
}

typedef struct bytes {
  unsigned char *data;
  size_t size;
} bytes;

static bytes save(const mnistcnn_model *model) {
  bytes b = {0};
  assert_int_equal(mnistcnn_model_save_memory(model, NULL, 0, &b.size), MNISTCNN_OK);
  b.data = malloc(b.size);
  assert_non_null(b.data);
  assert_int_equal(mnistcnn_model_save_memory(model, b.data, b.size, &b.size), MNISTCNN_OK);
  return b;
}

/* From a copy of exactly this size, so that the sanitizer sees reads behind the end. */
static mnistcnn_status load(const unsigned char *data, size_t size, mnistcnn_model **model) {
  unsigned char *copy = malloc(size ? size : 1);
  assert_non_null(copy);
  memcpy(copy, data, size);
  const mnistcnn_status status = mnistcnn_model_load_memory(copy, size, NULL, model);
  assert_true((status == MNISTCNN_OK) == (*model ? 1 : 0));
  free(copy);
  return status;
}

/* --- round trips ------------------------------------------------------------------------------ */

static void assert_equal_models(const mnistcnn_model *a, const mnistcnn_model *b) {
  assert_string_equal(a->arch->text, b->arch->text);
  assert_memory_equal(a->weights, b->weights, a->arch->parameter_floats * sizeof(float));
  assert_memory_equal(&a->preparation, &b->preparation, sizeof a->preparation);
  assert_true(a->temperature == b->temperature);
  for (uint32_t i = 0; i < a->arch->num_classes; i++)
    assert_string_equal(mcnn_model_class_name(a, i), mcnn_model_class_name(b, i));
  assert_int_equal(a->num_notes, b->num_notes);
  for (size_t i = 0; i < a->num_notes; i++) {
    assert_string_equal(a->notes[i].key, b->notes[i].key);
    assert_string_equal(a->notes[i].value, b->notes[i].value);
  }
}

static void loads_what_it_saved(void **state) {
  mnistcnn_model *model = small_model(), *loaded;
  const bytes saved = save(model);
  (void)state;
  assert_int_equal(load(saved.data, saved.size, &loaded), MNISTCNN_OK);
  assert_equal_models(model, loaded);
  const bytes again = save(loaded);
  assert_int_equal(again.size, saved.size);
  assert_memory_equal(again.data, saved.data, saved.size);
  free(saved.data);
  free(again.data);
  mnistcnn_model_free(model);
  mnistcnn_model_free(loaded);
}

/* A temperature of 1 leaves no trace in the file, any other survives to the last bit. */
static void keeps_the_temperature(void **state) {
  static const float temperatures[] = {0.05f, 0.45678912f, 1.0000001f, 20.0f};
  mnistcnn_model *model = small_model(), *loaded;
  const bytes plain = save(model);
  (void)state;
  for (size_t i = 0; i < sizeof temperatures / sizeof temperatures[0]; i++) {
    assert_int_equal(mnistcnn_model_set_temperature(model, temperatures[i]), MNISTCNN_OK);
    const bytes saved = save(model);
    assert_int_equal(load(saved.data, saved.size, &loaded), MNISTCNN_OK);
    assert_true(loaded->temperature == temperatures[i]);
    assert_equal_models(model, loaded);
    mnistcnn_model_free(loaded);
    free(saved.data);
  }
  assert_int_equal(mnistcnn_model_set_temperature(model, 1), MNISTCNN_OK);
  const bytes again = save(model);
  assert_int_equal(again.size, plain.size);
  assert_memory_equal(again.data, plain.data, plain.size);
  free(plain.data);
  free(again.data);
  mnistcnn_model_free(model);
}

static void loads_from_any_address(void **state) {
  mnistcnn_model *model = small_model(), *loaded;
  const bytes saved = save(model);
  unsigned char *room = malloc(saved.size + 8);
  (void)state;
  assert_non_null(room);
  for (size_t offset = 0; offset < 8; offset++) {
    memcpy(room + offset, saved.data, saved.size);
    assert_int_equal(mnistcnn_model_load_memory(room + offset, saved.size, NULL, &loaded),
                     MNISTCNN_OK);
    assert_equal_models(model, loaded);
    mnistcnn_model_free(loaded);
  }
  free(room);
  free(saved.data);
  mnistcnn_model_free(model);
}

static void the_most_a_model_can_hold_fits(void **state) {
  enum { CLASSES = 1000, NAME = 255, NOTES = 64, VALUE = 4096 };
  static char texts[CLASSES][NAME + 1], value[VALUE + 1];
  const char *many[CLASSES];
  mnistcnn_model_options options;
  mnistcnn_model *model, *loaded;
  (void)state;
  for (int i = 0; i < CLASSES; i++) {
    memset(texts[i], '"', NAME); /* doubled by its escape */
    (void)snprintf(texts[i], 6, "%05d", i);
    texts[i][5] = '"';
    many[i] = texts[i];
  }
  memset(value, '\n', VALUE);
  assert_int_equal(mnistcnn_model_options_init(&options, sizeof options), MNISTCNN_OK);
  options.num_classes = CLASSES;
  options.class_names = many;
  options.architecture = "maxpool 14, flatten, dense classes softmax";
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  for (int i = 0; i < NOTES; i++) {
    char key[65];
    (void)snprintf(key, sizeof key, "%064d", i);
    assert_int_equal(mnistcnn_model_set_note(model, key, value), MNISTCNN_OK);
  }
  const bytes saved = save(model);
  assert_int_equal(load(saved.data, saved.size, &loaded), MNISTCNN_OK);
  assert_equal_models(model, loaded);
  free(saved.data);
  mnistcnn_model_free(model);
  mnistcnn_model_free(loaded);
}

/* --- other writers and readers ---------------------------------------------------------------- */

static float golden_value(size_t i, size_t count) {
  return ((float)i - (float)count / 2) / 8;
}

static mnistcnn_model *load_golden(const char *name) {
  char path[TEST_PATH];
  mnistcnn_model *model;
  test_join(path, MNISTCNN_GOLDEN_DIR, name);
  assert_int_equal(mnistcnn_model_load_file(path, NULL, &model), MNISTCNN_OK);
  return model;
}

static int holds(const bytes *b, const char *text) {
  const size_t length = strlen(text);
  for (size_t at = 0; at + length <= b->size; at++)
    if (memcmp(b->data + at, text, length) == 0)
      return 1;
  return 0;
}

/* Saving writes this version, and what is loaded from that is saved to the same bytes. */
static void assert_saved_as(const mnistcnn_model *model, const char *version) {
  const bytes saved = save(model);
  mnistcnn_model *again;
  char entry[32];
  (void)snprintf(entry, sizeof entry, "\"format_version\":\"%s\"", version);
  assert_true(holds(&saved, entry));
  assert_int_equal(load(saved.data, saved.size, &again), MNISTCNN_OK);
  assert_equal_models(model, again);
  const bytes twice = save(again);
  assert_int_equal(saved.size, twice.size);
  assert_memory_equal(saved.data, twice.data, twice.size);
  free(saved.data);
  free(twice.data);
  mnistcnn_model_free(again);
}

static void reads_version_1(void **state) {
  mnistcnn_model *expected = small_model(), *model = load_golden("model_v1.safetensors");
  (void)state;
  expected->preparation.alpha = MNISTCNN_ALPHA_DROP; /* as it was before it could be said */
  for (uint32_t i = 0; i < expected->arch->num_layers; i++) {
    const mcnn_layer *layer = &expected->arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++) {
      const mcnn_parameter *parameter = &layer->parameters[j];
      for (size_t k = 0; k < parameter->count; k++)
        expected->weights[parameter->offset + k] = golden_value(k, parameter->count);
    }
  }
  assert_equal_models(expected, model);
  assert_saved_as(model, "1");
  mnistcnn_model_free(model);
  mnistcnn_model_free(expected);
}

static void reads_version_2(void **state) {
  mnistcnn_model *model = load_golden("model_v2.safetensors");
  const mnistcnn_preparation expected = {.struct_size = sizeof expected,
                                         .prepare = MNISTCNN_PREPARE_DIGIT,
                                         .polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT,
                                         .invert = 1,
                                         .alpha = MNISTCNN_ALPHA_DROP,
                                         .resize = MNISTCNN_RESIZE_NEAREST,
                                         .scale = 0.0078125f,
                                         .offset = -1,
                                         .mean = {0.5f, 0.25f, -0.125f},
                                         .deviation = {1, 2, 4}};
  (void)state;
  assert_memory_equal(&model->preparation, &expected, sizeof expected);
  assert_true(model->rejection_threshold == 0.625f);
  assert_true(model->weights[model->arch->layers[0].parameters[MCNN_KERNEL].offset + 1] ==
              golden_value(1, 54));
  assert_saved_as(model, "2");
  mnistcnn_model_free(model);
}

/* What version 1 cannot express is written as version 2, all else as version 1, which older
 * libraries read. */
static void writes_the_older_version_where_it_can(void **state) {
  mnistcnn_model *model = small_model();
  (void)state;
  assert_saved_as(model, "2");
  model->preparation.alpha = MNISTCNN_ALPHA_DROP;
  assert_saved_as(model, "1");
  model->preparation.scale = 1;
  assert_saved_as(model, "2");
  model->preparation = mcnn_file_preparation_v1();
  model->preparation.offset = 0.5f;
  assert_saved_as(model, "2");
  model->preparation = mcnn_file_preparation_v1();
  model->preparation.invert = 1;
  assert_saved_as(model, "2");
  model->preparation = mcnn_file_preparation_v1();
  model->rejection_threshold = 0.625f;
  assert_saved_as(model, "2");
  mnistcnn_model_free(model);
}

/* The model's facts as the reader in Python prints them. */
static void expect_line(const char *output, const char *line) {
  if (!strstr(output, line))
    fail_msg("the reader does not print \"%s\" but:\n%s", line, output);
}

static size_t run_reader(const char *path, char *output, size_t capacity) {
  char command[1024];
  (void)snprintf(command, sizeof command, "python3 '%s/model_v1.py' read '%s'", MNISTCNN_GOLDEN_DIR,
                 path);
  FILE *reader = popen(command, "r");
  assert_non_null(reader);
  const size_t length = fread(output, 1, capacity - 1, reader);
  output[length] = '\0';
  assert_int_equal(pclose(reader), 0);
  return length;
}

static void others_can_read_it(void **state) {
  char folder[TEST_PATH], path[TEST_PATH], output[4096], line[128];
  mnistcnn_model *model = small_model();
  const mcnn_parameter *conv = &model->arch->layers[0].parameters[MCNN_KERNEL];
  (void)state;
  if (system("python3 -c pass >/dev/null 2>&1") != 0) {
    mnistcnn_model_free(model);
    skip();
  }
  test_folder_create(folder);
  test_join(path, folder, "model.safetensors");
  assert_int_equal(mnistcnn_model_save_file(model, path), MNISTCNN_OK);
  assert_true(run_reader(path, output, sizeof output) > 0);
  test_folder_remove(folder);
  expect_line(output, "format = \"mnistcnn\"");
  expect_line(output, "input_mean = \"0.1307\"");
  expect_line(output, "class_names = \"ant\\nb\\u00e9e\\n\\ud83d\\udc1e\"");
  expect_line(output, "note.who = \"a \\\"quote\\\",\\na second line\"");
  expect_line(output, "architecture = \"conv 2 3x3 relu, maxpool 2, flatten, dense 3 softmax\"");
  (void)snprintf(line, sizeof line, "conv2d_1/kernel [3, 3, 1, 2] %.9g %.9g",
                 (double)model->weights[conv->offset],
                 (double)model->weights[conv->offset + conv->count - 1]);
  expect_line(output, line);
  expect_line(output, "dense_1/kernel [12, 3] ");
  mnistcnn_model_free(model);
}

/* --- damage ----------------------------------------------------------------------------------- */

static void refuses_every_truncation(void **state) {
  mnistcnn_model *model = small_model(), *loaded;
  const bytes saved = save(model);
  (void)state;
  for (size_t size = 0; size < saved.size; size++)
    assert_int_equal(load(saved.data, size, &loaded), MNISTCNN_FORMAT);
  free(saved.data);
  mnistcnn_model_free(model);
}

/* A damaged header is refused, or is another valid header for the same weights. */
static int load_damaged(const mnistcnn_model *original, const bytes *damaged) {
  mnistcnn_model *loaded;
  const mnistcnn_status status = load(damaged->data, damaged->size, &loaded);
  if (status != MNISTCNN_OK) {
    assert_true(status == MNISTCNN_FORMAT || status == MNISTCNN_UNSUPPORTED);
    return 0;
  }
  assert_int_equal(loaded->arch->num_parameters, original->arch->num_parameters);
  assert_memory_equal(loaded->weights, original->weights,
                      original->arch->parameter_floats * sizeof(float));
  const bytes again = save(loaded);
  mnistcnn_model_free(loaded);
  assert_int_equal(load(again.data, again.size, &loaded), MNISTCNN_OK);
  mnistcnn_model_free(loaded);
  free(again.data);
  return 1;
}

static void survives_every_changed_byte(void **state) {
  static const unsigned char replacements[] = {0, ' ', '"', '\\', '{', '}', '0', '9', 0xFF};
  mnistcnn_model *model = small_model();
  const bytes saved = save(model);
  const size_t header = saved.size - model->arch->num_parameters * sizeof(float);
  size_t accepted = 0;
  (void)state;
  for (size_t at = 0; at < header; at++) {
    const unsigned char original = saved.data[at];
    for (unsigned change = 0; change < 8 + sizeof replacements; change++) {
      saved.data[at] =
          (unsigned char)(change < 8 ? original ^ (1u << change) : replacements[change - 8]);
      accepted += (size_t)load_damaged(model, &saved);
    }
    saved.data[at] = original;
  }
  /* Texts (names, notes) may change; most of the header may not. */
  assert_in_range(accepted, 100, header * 17 / 2);
  free(saved.data);
  mnistcnn_model_free(model);
}

static void refuses_weights_that_are_not_finite(void **state) {
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  mnistcnn_model *model = small_model(), *loaded;
  const bytes saved = save(model);
  const size_t header = saved.size - model->arch->num_parameters * sizeof(float);
  (void)state;
  for (size_t at = header; at < saved.size; at += sizeof(float)) {
    float original;
    memcpy(&original, saved.data + at, sizeof original);
    copy_file_floats(saved.data + at, &bad[at / sizeof(float) % 3], 1);
    assert_int_equal(load(saved.data, saved.size, &loaded), MNISTCNN_FORMAT);
    assert_non_null(strstr(mnistcnn_last_error(), "holds a NaN or an infinity"));
    assert_non_null(
        strstr(mnistcnn_last_error(), at < header + 18 * 4 ? "conv2d_1/kernel" : "_1/"));
    memcpy(saved.data + at, &original, sizeof original);
  }
  free(saved.data);
  mnistcnn_model_free(model);
}

/* --- edited files ----------------------------------------------------------------------------- */

/* The bytes of a record as it stands. */
static bytes assemble(const mcnn_model_record *record) {
  unsigned char *header;
  bytes b;
  assert_int_equal(mcnn_st_write_header(record->tensors, record->num_tensors, record->metadata,
                                        record->num_metadata, &record->alloc, &header, &b.size),
                   MNISTCNN_OK);
  size_t total = b.size;
  for (size_t i = 0; i < record->num_tensors; i++)
    total += record->tensors[i].count * sizeof(float);
  b.data = malloc(total);
  assert_non_null(b.data);
  memcpy(b.data, header, b.size);
  for (size_t i = 0; i < record->num_tensors; i++) {
    memcpy(b.data + b.size, record->tensors[i].values, record->tensors[i].count * sizeof(float));
    b.size += record->tensors[i].count * sizeof(float);
  }
  mcnn_free(&record->alloc, header);
  return b;
}

static void set_entry(mcnn_model_record *record, const char *key, const char *value) {
  size_t at = 0;
  while (at < record->num_metadata && strcmp(record->metadata[at].key, key) != 0)
    at++;
  if (!value) {
    assert_true(at < record->num_metadata);
    record->metadata[at] = record->metadata[--record->num_metadata];
    return;
  }
  record->metadata[at] = (mcnn_st_entry){key, value};
  if (at == record->num_metadata)
    record->num_metadata++;
}

static const struct {
  const char *key, *value; /* NULL: removed */
  mnistcnn_status status;
  const char *reason;
} edits[] = {
    {"format", NULL, MNISTCNN_FORMAT, "not a model of this library"},
    {"format", "pt", MNISTCNN_FORMAT, "not a model of this library"},
    {"format_version", NULL, MNISTCNN_FORMAT, "missing"},
    {"format_version", "3", MNISTCNN_UNSUPPORTED, "version 3; this library reads up to version 2"},
    {"format_version", "1", MNISTCNN_OK, NULL},
    {"format_version", "0", MNISTCNN_FORMAT, "positive number"},
    {"format_version", "1.0", MNISTCNN_FORMAT, "positive number"},
    {"library_version", NULL, MNISTCNN_FORMAT, "missing"},
    {"library_version", "9.9.9", MNISTCNN_OK, NULL},
    {"architecture", NULL, MNISTCNN_FORMAT, "missing"},
    {"architecture", "conv 2 3x3", MNISTCNN_FORMAT, "layer 1"},
    {"architecture", "conv 2 3x3, maxpool 2, flatten, dense 3 softmax", MNISTCNN_OK, NULL},
    {"architecture", "conv 2 3x3 relu, maxpool 2, flatten, dense 3, dense 3 softmax",
     MNISTCNN_FORMAT, "dense_2/kernel\" is missing"},
    {"architecture", "conv 4 3x3 relu, maxpool 2, flatten, dense 3 softmax", MNISTCNN_FORMAT,
     "another shape"},
    {"architecture", "maxpool 2, flatten, dense 3 softmax", MNISTCNN_FORMAT, "tensors where"},
    {"architecture", "flatten, dense 268435456 relu, dense 3 softmax", MNISTCNN_FORMAT,
     "parameters"},
    {"architecture", "flatten, dense 4000000 relu, dense 3 softmax", MNISTCNN_FORMAT,
     "another shape"},
    {"input_height", NULL, MNISTCNN_FORMAT, "missing"},
    {"input_height", "0", MNISTCNN_FORMAT, "positive number"},
    {"input_height", "-6", MNISTCNN_FORMAT, "positive number"},
    {"input_height", "06", MNISTCNN_FORMAT, "positive number"},
    {"input_height", "4097", MNISTCNN_FORMAT, "input_height is 4097"},
    {"input_height", "9999999999", MNISTCNN_FORMAT, "positive number"},
    {"input_height", "600", MNISTCNN_FORMAT, "another shape"},
    {"input_channels", "2", MNISTCNN_FORMAT, "input_channels is 2"},
    {"input_channels", "3", MNISTCNN_FORMAT, "another shape"},
    {"num_classes", "1", MNISTCNN_FORMAT, "num_classes"},
    {"num_classes", "4", MNISTCNN_FORMAT, "there are 4 classes"},
    {"num_classes", "1001", MNISTCNN_FORMAT, "num_classes"},
    {"input_mean", NULL, MNISTCNN_FORMAT, "missing"},
    {"input_mean", "nan", MNISTCNN_FORMAT, "decimal"},
    {"input_mean", "0,5", MNISTCNN_FORMAT, "decimal"},
    {"input_mean", "1000001", MNISTCNN_FORMAT, "mean must be 0, or"},
    {"input_mean", "-0.5", MNISTCNN_OK, NULL},
    {"input_mean", "-0", MNISTCNN_OK, NULL},
    {"input_mean", "0.5 0.5", MNISTCNN_FORMAT, "nor one for each channel"},
    {"input_mean", "0.5 ", MNISTCNN_FORMAT, "nor one for each channel"},
    {"input_deviation", "0", MNISTCNN_FORMAT, "deviation must be"},
    {"input_deviation", "-1", MNISTCNN_FORMAT, "deviation must be"},
    {"input_deviation", "1 1 1", MNISTCNN_FORMAT, "nor one for each channel"},
    {"input_scale", "0", MNISTCNN_FORMAT, "scale must be"},
    {"input_scale", "-0.5", MNISTCNN_OK, NULL},
    {"input_scale", "x", MNISTCNN_FORMAT, "input_scale\" is not a decimal number"},
    {"input_offset", "2000000", MNISTCNN_FORMAT, "offset must be 0, or"},
    {"input_offset", "0.5", MNISTCNN_OK, NULL},
    {"prepare", "none", MNISTCNN_OK, NULL},
    {"prepare", "letter", MNISTCNN_FORMAT, "prepare\" has a value that this library does not"},
    {"prepare", "", MNISTCNN_FORMAT, "prepare\" has a value that this library does not"},
    {"prepare", "digit", MNISTCNN_FORMAT, "heights and widths of 8 to 1024, not 6 x 8"},
    {"polarity", "light_on_dark", MNISTCNN_FORMAT, "polarity has no effect"},
    {"invert", "yes", MNISTCNN_OK, NULL},
    {"invert", "1", MNISTCNN_FORMAT, "invert\" has a value"},
    {"alpha", "drop", MNISTCNN_OK, NULL},
    {"alpha", "Drop", MNISTCNN_FORMAT, "alpha\" has a value"},
    {"resize", "nearest", MNISTCNN_OK, NULL},
    {"resize", "bicubic", MNISTCNN_FORMAT, "resize\" has a value"},
    {"rejection_threshold", "0.75", MNISTCNN_OK, NULL},
    {"rejection_threshold", "0", MNISTCNN_OK, NULL},
    {"rejection_threshold", "1.5", MNISTCNN_FORMAT, "rejection_threshold must be 0, or 1e-6 to 1"},
    {"rejection_threshold", "-0.5", MNISTCNN_FORMAT, "rejection_threshold must be 0, or"},
    {"rejection_threshold", "high", MNISTCNN_FORMAT, "is not a decimal number"},
    {"class_names", NULL, MNISTCNN_OK, NULL},
    {"class_names", "", MNISTCNN_FORMAT, "1 class names"},
    {"class_names", "a\nb", MNISTCNN_FORMAT, "2 class names"},
    {"class_names", "a\nb\nc\nd", MNISTCNN_FORMAT, "4 class names"},
    {"class_names", "a\nb\nc\n", MNISTCNN_FORMAT, "4 class names"},
    {"class_names", "a\nb\nb", MNISTCNN_FORMAT, "is that of class 1 too"},
    {"class_names", "a\n\nb", MNISTCNN_FORMAT, "1 to 255 bytes"},
    {"class_names", "a\tx\nb\nc", MNISTCNN_FORMAT, "control"},
    {"note.who", NULL, MNISTCNN_OK, NULL},
    {"note.", "x", MNISTCNN_FORMAT, "a key is 1 to 64"},
    {"note.WHO", "x", MNISTCNN_FORMAT, "a key is 1 to 64"},
    {"note.x", "bell\x07", MNISTCNN_FORMAT, "control"},
    {"stranger", "x", MNISTCNN_FORMAT, "\"stranger\" does not belong"},
    {"temperature", "2.5", MNISTCNN_OK, NULL},
    {"temperature", "0", MNISTCNN_FORMAT, "temperature must be"},
    {"temperature", "-1", MNISTCNN_FORMAT, "temperature must be"},
    {"temperature", "nan", MNISTCNN_FORMAT, "is not a decimal number"},
    {"temperature", "", MNISTCNN_FORMAT, "is not a decimal number"},
    {"checkpoint.version", "1", MNISTCNN_FORMAT, "belongs to a checkpoint"},
};

static void checks_each_metadata_entry(void **state) {
  mnistcnn_model *model = small_model();
  (void)state;
  for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
    mcnn_model_record record;
    mnistcnn_model *loaded;
    assert_int_equal(mcnn_model_record_create(model, 0, 1, &record), MNISTCNN_OK);
    set_entry(&record, edits[i].key, edits[i].value);
    const bytes edited = assemble(&record);
    const mnistcnn_status status = load(edited.data, edited.size, &loaded);
    if (status != edits[i].status ||
        (edits[i].reason && !strstr(mnistcnn_last_error(), edits[i].reason))) {
      fail_msg("%s = %s: %d, %s", edits[i].key, edits[i].value ? edits[i].value : "nothing", status,
               mnistcnn_last_error());
    }
    mnistcnn_model_free(loaded);
    free(edited.data);
    mcnn_model_record_free(&record);
  }
  mnistcnn_model_free(model);
}

/* Version 1 has none of the keys that came with version 2. */
static void version_1_has_no_newer_keys(void **state) {
  static const char newer[][20] = {"prepare", "polarity",    "invert",       "alpha",
                                   "resize",  "input_scale", "input_offset", "rejection_threshold"};
  mnistcnn_model *model = small_model();
  (void)state;
  for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++) {
    mcnn_model_record record;
    mnistcnn_model *loaded;
    assert_int_equal(mcnn_model_record_create(model, 0, 1, &record), MNISTCNN_OK);
    set_entry(&record, "format_version", "1");
    set_entry(&record, newer[i], "1");
    const bytes edited = assemble(&record);
    assert_int_equal(load(edited.data, edited.size, &loaded), MNISTCNN_FORMAT);
    assert_non_null(strstr(mnistcnn_last_error(), "does not belong in a model"));
    free(edited.data);
    mcnn_model_record_free(&record);
  }
  mnistcnn_model_free(model);
}

static void refuse_record(const mcnn_model_record *record, const char *reason) {
  mnistcnn_model *loaded;
  const bytes edited = assemble(record);
  assert_int_equal(load(edited.data, edited.size, &loaded), MNISTCNN_FORMAT);
  if (!strstr(mnistcnn_last_error(), reason))
    fail_msg("expected \"%s\" in: %s", reason, mnistcnn_last_error());
  free(edited.data);
}

static void checks_the_tensors(void **state) {
  mnistcnn_model *model = small_model();
  mcnn_model_record record;
  static const float extra[2];
  (void)state;
  assert_int_equal(mcnn_model_record_create(model, 1, 0, &record), MNISTCNN_OK);
  record.tensors[record.num_tensors++] =
      (mcnn_st_tensor){.name = "extra", .rank = 1, .shape = {2}, .values = extra, .count = 2};
  refuse_record(&record, "5 tensors where");
  record.tensors[4].name = "checkpoint.slot0";
  refuse_record(&record, "5 tensors where");
  record.num_tensors = 3;
  refuse_record(&record, "\"dense_1/bias\" is missing");
  record.num_tensors = 4;
  record.tensors[2].shape[0] = 3;
  record.tensors[2].shape[1] = 12;
  refuse_record(&record, "\"dense_1/kernel\" has another shape");
  record.tensors[2].rank = 1;
  record.tensors[2].shape[0] = 36;
  refuse_record(&record, "\"dense_1/kernel\" has another shape");
  mcnn_model_record_free(&record);
  mnistcnn_model_free(model);
}

/* What is not strict lets a checkpoint's own entries through, and nothing else. */
static mnistcnn_status load_lenient(const mcnn_model_record *record) {
  const bytes edited = assemble(record);
  mnistcnn_model *model = NULL;
  mcnn_st *st;
  assert_int_equal(mcnn_st_parse(edited.data, edited.size, "x", &record->alloc, &st), MNISTCNN_OK);
  const mcnn_load_request request = {.label = "x", .is_checkpoint = 1, .alloc = record->alloc};
  const mnistcnn_status status = mcnn_model_from_st(st, &request, &model);
  mnistcnn_model_free(model);
  mcnn_st_free(st);
  free(edited.data);
  return status;
}

static void lets_checkpoints_through(void **state) {
  mnistcnn_model *model = small_model();
  mcnn_model_record record;
  static const float extra[2] = {NAN, 1};
  (void)state;
  assert_int_equal(mcnn_model_record_create(model, 1, 1, &record), MNISTCNN_OK);
  record.tensors[record.num_tensors++] = (mcnn_st_tensor){
      .name = "checkpoint.history", .rank = 1, .shape = {2}, .values = extra, .count = 2};
  record.metadata[record.num_metadata++] = (mcnn_st_entry){"checkpoint.version", "1"};
  assert_int_equal(load_lenient(&record), MNISTCNN_OK);
  record.tensors[4].name = "stranger";
  assert_int_equal(load_lenient(&record), MNISTCNN_FORMAT);
  record.num_tensors--;
  record.metadata[record.num_metadata - 1].key = "stranger";
  assert_int_equal(load_lenient(&record), MNISTCNN_FORMAT);
  mcnn_model_record_free(&record);
  mnistcnn_model_free(model);
}

static void names_the_path(void **state) {
  mnistcnn_model *model;
  (void)state;
  assert_int_equal(mnistcnn_model_load_file("/nonexistent/m.safetensors", NULL, &model),
                   MNISTCNN_NOT_FOUND);
  assert_null(model);
  assert_non_null(strstr(mnistcnn_last_error(), "/nonexistent/m.safetensors"));
  assert_int_equal(mnistcnn_model_load_file(MNISTCNN_GOLDEN_DIR "/model_v1.py", NULL, &model),
                   MNISTCNN_FORMAT);
  assert_non_null(strstr(mnistcnn_last_error(), "model_v1.py"));
  assert_int_equal(mnistcnn_model_load_file(MNISTCNN_GOLDEN_DIR, NULL, &model), MNISTCNN_IO);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loads_what_it_saved),
      cmocka_unit_test(keeps_the_temperature),
      cmocka_unit_test(loads_from_any_address),
      cmocka_unit_test(the_most_a_model_can_hold_fits),
      cmocka_unit_test(reads_version_1),
      cmocka_unit_test(reads_version_2),
      cmocka_unit_test(writes_the_older_version_where_it_can),
      cmocka_unit_test(others_can_read_it),
      cmocka_unit_test(refuses_every_truncation),
      cmocka_unit_test(survives_every_changed_byte),
      cmocka_unit_test(refuses_weights_that_are_not_finite),
      cmocka_unit_test(checks_each_metadata_entry),
      cmocka_unit_test(version_1_has_no_newer_keys),
      cmocka_unit_test(checks_the_tensors),
      cmocka_unit_test(lets_checkpoints_through),
      cmocka_unit_test(names_the_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
