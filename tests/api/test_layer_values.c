/* Small networks of each kind of layer beside tests/golden/layer_values.txt, which layers.py has
 * computed in double and compared with Keras and PyTorch: predictions, and every parameter after a
 * few steps of gradient descent. Parameters go in and out as tensors of model files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "file_order.h"
#include "image_args.h"

enum { CLASSES = 2, MAX_IMAGES = 8, MAX_IMAGE = 512, TEXT_BYTES = 1024 };
static const double bound = 1e-5; /* of a value, or relative to one above 1 */

typedef struct golden_case {
  char name[TEXT_BYTES], architecture[TEXT_BYTES], loss[16];
  mnistcnn_shape shape;
  uint32_t images, batch, noise;
  float smoothing, rate;
  uint8_t pixels[MAX_IMAGES * MAX_IMAGE];
  int32_t labels[MAX_IMAGES];
  mnistcnn_model *model;
  unsigned char *file; /* of the model: its values before training, then those after it */
  size_t file_bytes, tensors;
} golden_case;

static size_t cases_done, cases_refused;

/* --- numbers ---------------------------------------------------------------------------------- */

static uint8_t next_byte(golden_case *test) {
  test->noise = (1103515245u * test->noise + 12345u) & 0x7fffffffu;
  return (uint8_t)(test->noise >> 16);
}

static void compare(const golden_case *test, const char *what, const char *numbers,
                    const float *values, size_t count) {
  char *end = NULL;
  for (size_t i = 0; i < count; i++, numbers = end) {
    const double want = strtod(numbers, &end);
    const double size = want < 0 ? -want : want;
    const double off =
        (double)values[i] > want ? (double)values[i] - want : want - (double)values[i];
    assert_ptr_not_equal(numbers, end);
    if (!(off <= bound * (size > 1 ? size : 1)))
      fail_msg("%s, %s: %s[%zu] is %.7g, not %.7g", test->name,
               mnistcnn_model_instruction_set(test->model), what, i, (double)values[i], want);
  }
  assert_int_equal(strspn(end, " "), strlen(end));
}

/* --- tensors of the model's file -------------------------------------------------------------- */

static void save(golden_case *test) {
  free(test->file);
  test->file = model_bytes(test->model, &test->file_bytes);
}

/* Where the values of a tensor begin; NULL if there is none of that name. */
static unsigned char *find_tensor(const golden_case *test, const char *name, size_t *count) {
  const size_t length = file_header_bytes(test->file);
  char *const header = malloc(length + 1);
  char quoted[TEXT_BYTES];
  unsigned long from = 0, to = 0;
  assert_non_null(header);
  memcpy(header, test->file + 8, length);
  header[length] = '\0';
  snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char *const entry = strstr(header, quoted);
  const char *const offsets = entry ? strstr(entry, "\"data_offsets\"") : NULL;
  const int found = offsets && sscanf(offsets, "\"data_offsets\" : [ %lu , %lu ]", &from, &to) == 2;
  free(header);
  *count = (to - from) / sizeof(float);
  return found ? test->file + 8 + length + from : NULL;
}

static size_t count_tensors(const golden_case *test) {
  static const char key[] = "\"data_offsets\"";
  const size_t length = file_header_bytes(test->file);
  size_t count = 0;
  for (size_t i = 0; i + sizeof key - 1 <= length; i++)
    count += memcmp(test->file + 8 + i, key, sizeof key - 1) == 0;
  return count;
}

/* "NAME COUNT MIDDLE WIDTH" */
static void fill_tensor(golden_case *test, const char *rest) {
  char name[TEXT_BYTES];
  size_t want, count;
  float middle, width;
  assert_int_equal(sscanf(rest, "%1023s %zu %f %f", name, &want, &middle, &width), 4);
  unsigned char *const at = find_tensor(test, name, &count);
  if (!at || count != want)
    fail_msg("%s: %s has %zu values, not %zu", test->name, name, at ? count : 0, want);
  for (size_t i = 0; i < count; i++) {
    const float value = middle + width * (float)(next_byte(test) - 128) / 128;
    copy_file_floats(at + i * sizeof value, &value, 1);
  }
  test->tensors++;
}

/* "NAME VALUES..." */
static void compare_tensor(const golden_case *test, const char *rest) {
  char name[TEXT_BYTES];
  size_t count;
  float *values;
  assert_int_equal(sscanf(rest, "%1023s", name), 1);
  const unsigned char *const at = find_tensor(test, name, &count);
  values = malloc(count * sizeof *values);
  assert_true(at && values);
  copy_file_floats(values, at, count);
  compare(test, name, rest + strlen(name), values, count);
  free(values);
}

/* --- steps of a case -------------------------------------------------------------------------- */

/* 0 if the architecture is refused. */
static int create(golden_case *test) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  options.input_height = test->shape.height;
  options.input_width = test->shape.width;
  options.input_channels = test->shape.channels;
  options.num_classes = CLASSES;
  options.architecture = test->architecture;
  return mnistcnn_model_create(&options, &test->model) == MNISTCNN_OK;
}

static size_t image_bytes(const golden_case *test) {
  return (size_t)test->shape.height * test->shape.width * test->shape.channels;
}

static void draw_images(golden_case *test) {
  assert_true(test->images <= MAX_IMAGES && image_bytes(test) <= MAX_IMAGE);
  for (size_t i = 0; i < test->images * image_bytes(test); i++)
    test->pixels[i] = next_byte(test);
  for (uint32_t i = 0; i < test->images; i++)
    test->labels[i] = (int32_t)(i % CLASSES);
}

/* Of all images at once, and of each alone: the same bytes. */
static void compare_predictions(const golden_case *test, const char *what, const char *numbers) {
  float all[MAX_IMAGES * CLASSES], one[CLASSES];
  const size_t size = image_bytes(test);
  assert_ok(mnistcnn_predict_u8(test->model, NULL, test->pixels, test->images * size, all,
                                MAX_IMAGES * CLASSES));
  for (size_t i = 0; i < test->images; i++) {
    assert_ok(mnistcnn_predict_u8(test->model, NULL, test->pixels + i * size, size, one, CLASSES));
    assert_memory_equal(one, all + i * CLASSES, sizeof one);
  }
  compare(test, what, numbers, all, (size_t)test->images * CLASSES);
}

static void load(golden_case *test, const char *instruction_set) {
  assert_int_equal(count_tensors(test), test->tensors);
  mnistcnn_model_free(test->model);
  assert_ok(mnistcnn_model_load_memory(test->file, test->file_bytes, NULL, &test->model));
  assert_ok(mnistcnn_model_set_instruction_set(test->model, instruction_set));
}

static void train(golden_case *test) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_dataset *dataset;
  options.epochs = 1;
  options.batch_size = test->batch;
  options.optimizer = MNISTCNN_OPTIMIZER_SGD;
  options.momentum = 0;
  options.shuffle = 0;
  options.learning_rate = test->rate;
  options.label_smoothing = test->smoothing;
  options.loss = strcmp(test->loss, "binary") == 0 ? MNISTCNN_LOSS_BINARY_CROSS_ENTROPY
                                                   : MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  assert_ok(mnistcnn_dataset_create_copy(LABELLED(test->pixels, test->labels, test->images,
                                                  test->shape.height, test->shape.width,
                                                  test->shape.channels, CLASSES, NULL),
                                         NULL, &dataset));
  if (mnistcnn_train(test->model, dataset, NULL, &options, NULL))
    fail_msg("%s: %s", test->name, mnistcnn_last_error());
  mnistcnn_dataset_free(dataset);
}

static void finish(golden_case *test) {
  mnistcnn_model_free(test->model);
  free(test->file);
  test->model = NULL;
  test->file = NULL;
  test->tensors = 0;
}

/* --- the file --------------------------------------------------------------------------------- */

static void begin(golden_case *test) {
  if (create(test)) {
    draw_images(test);
    save(test);
    cases_done++;
    return;
  }
  print_message("%s: %s\n", test->name, mnistcnn_last_error());
  cases_refused++;
}

/* One line of a case whose model exists. */
static void check(golden_case *test, const char *instruction_set, const char *word,
                  const char *rest) {
  if (strcmp(word, "tensor") == 0) {
    fill_tensor(test, rest);
  } else if (strcmp(word, "predicted") == 0) {
    load(test, instruction_set);
    compare_predictions(test, word, rest);
    train(test);
    save(test);
  } else if (strcmp(word, "after") == 0) {
    compare_tensor(test, rest);
  } else if (strcmp(word, "predicted-after") == 0) {
    compare_predictions(test, word, rest);
  } else {
    assert_string_equal(word, "end");
    finish(test);
  }
}

static void read_line(golden_case *test, const char *instruction_set, char *line) {
  char *const space = strchr(line, ' ');
  const char *rest = space ? space + 1 : "";
  if (space)
    *space = '\0';
  if (line[0] == '#')
    return;
  if (strcmp(line, "case") == 0) {
    snprintf(test->name, sizeof test->name, "%s", rest);
  } else if (strcmp(line, "architecture") == 0) {
    snprintf(test->architecture, sizeof test->architecture, "%s", rest);
  } else if (strcmp(line, "input") == 0) {
    assert_int_equal(
        sscanf(rest, "%u %u %u", &test->shape.height, &test->shape.width, &test->shape.channels),
        3);
  } else if (strcmp(line, "training") == 0) {
    assert_int_equal(sscanf(rest, "%u %u %15s %f %f", &test->images, &test->batch, test->loss,
                            &test->smoothing, &test->rate),
                     5);
  } else if (strcmp(line, "seed") == 0) {
    assert_int_equal(sscanf(rest, "%u", &test->noise), 1);
    begin(test);
  } else if (test->model) {
    check(test, instruction_set, line, rest);
  }
}

static char *read_file(const char *path) {
  FILE *const file = fopen(path, "rb");
  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  const long size = ftell(file);
  char *const text = malloc((size_t)size + 1);
  rewind(file);
  assert_true(text && fread(text, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  text[size] = '\0';
  return text;
}

static void agree(const char *instruction_set) {
  golden_case test = {.model = NULL};
  char *const text = read_file(MNISTCNN_GOLDEN_DIR "/layer_values.txt");
  if (!mnistcnn_has_feature(instruction_set)) {
    free(text);
    skip();
  }
  cases_done = cases_refused = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    read_line(&test, instruction_set, line);
  assert_null(test.model);
  free(text);
  assert_true(cases_done > 0);
  assert_int_equal(cases_refused, 0);
}

static void agree_with_portable_kernels(void **state) {
  (void)state;
  agree("portable");
}

static void agree_with_baseline_kernels(void **state) {
  (void)state;
  agree("baseline");
}

static void agree_with_neon_kernels(void **state) {
  (void)state;
  agree("neon");
}

static void agree_with_avx2_kernels(void **state) {
  (void)state;
  agree("avx2");
}

static void agree_with_avx512_kernels(void **state) {
  (void)state;
  agree("avx512");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agree_with_portable_kernels), cmocka_unit_test(agree_with_baseline_kernels),
      cmocka_unit_test(agree_with_neon_kernels),     cmocka_unit_test(agree_with_avx2_kernels),
      cmocka_unit_test(agree_with_avx512_kernels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
