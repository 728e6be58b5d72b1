// labels: threads
/* Many image files in one call: the same bytes as one by one, whatever the threads and the mixture
 * of gray, colour and broken files; statuses, messages, verdicts; every allocation failing. */
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

/* More than one block of files. */
enum { FILES = 300, CLASSES = 10, MESSAGE = 512, PATH = 32 };

typedef struct outcome {
  float probabilities[FILES * CLASSES];
  mnistcnn_status statuses[FILES];
  char messages[FILES][MESSAGE];
  int32_t verdicts[FILES];
  uint32_t passed_through[FILES];
} outcome;

typedef struct fixture {
  char path_texts[FILES][PATH];
  const char *paths[FILES];
  outcome alone, together;
} fixture;

/* --- files ------------------------------------------------------------------------------------ */

static uint32_t next_noise(uint32_t *seed) {
  return *seed = *seed * 1664525u + 1013904223u;
}

static void write_noise(const char *path, uint32_t side, uint32_t channels, uint32_t seed) {
  uint8_t pixels[40 * 40 * 3];
  const mnistcnn_image image = {.pixels = pixels,
                                .size_bytes = (size_t)side * side * channels,
                                .shape = {side, side, channels}};
  for (size_t i = 0; i < image.size_bytes; i++)
    pixels[i] = (uint8_t)(next_noise(&seed) >> 24);
  assert_ok(mnistcnn_image_save_png(&image, path));
}

static void write_garbage(const char *path) {
  FILE *const file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs("no image", file) >= 0);
  assert_int_equal(fclose(file), 0);
}

/* Gray and coloured files of several sizes in irregular turns, some broken and some missing. */
static int create_files(void **state) {
  fixture *const f = calloc(1, sizeof *f);
  uint32_t seed = 7;
  assert_non_null(f);
  if (test_enter_folder(state) != 0)
    return -1;
  for (uint32_t i = 0; i < FILES; i++) {
    const uint32_t kind = next_noise(&seed) >> 28;
    (void)snprintf(f->path_texts[i], PATH, "%u.png", i);
    f->paths[i] = f->path_texts[i];
    if (kind == 0)
      write_garbage(f->paths[i]);
    else if (kind > 1)
      write_noise(f->paths[i], kind < 9 ? 28 : 20 + kind, kind % 3 == 0 ? 3 : 1, i);
  }
  *state = f;
  return 0;
}

static int remove_files(void **state) {
  void *folder = NULL;
  free(*state);
  return test_leave_folder(&folder);
}

static mnistcnn_model *make_model(uint32_t channels) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = channels;
  options.seed = 3;
  options.architecture = "conv 4 5x5 relu, maxpool 2, conv 8 5x5 relu, maxpool 2, flatten, "
                         "dense 64 relu, dense 10 softmax";
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static mnistcnn_workspace *make_workspace(const mnistcnn_model *model, uint32_t threads,
                                          uint32_t batch) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace *workspace;
  assert_ok(mnistcnn_workspace_options_init(&options, sizeof options));
  options.num_threads = threads;
  options.max_batch = batch;
  assert_ok(mnistcnn_workspace_create(model, &options, &workspace));
  return workspace;
}

/* --- predictions ------------------------------------------------------------------------------ */

static mnistcnn_file_results results_to(outcome *to) {
  return (mnistcnn_file_results){.struct_size = sizeof(mnistcnn_file_results),
                                 .message_capacity = MESSAGE,
                                 .probabilities = to->probabilities,
                                 .probabilities_capacity = FILES * CLASSES,
                                 .statuses = to->statuses,
                                 .messages = to->messages[0],
                                 .verdicts = to->verdicts,
                                 .passed_through = to->passed_through};
}

static void predict_alone(const mnistcnn_model *model, const fixture *f, size_t count,
                          outcome *to) {
  mnistcnn_workspace *const workspace = make_workspace(model, 1, 1);
  memset(to, 0, sizeof *to);
  for (size_t i = 0; i < count; i++) {
    to->statuses[i] = mnistcnn_predict_image_file(model, workspace, f->paths[i],
                                                  to->probabilities + i * CLASSES, CLASSES);
    if (to->statuses[i] != MNISTCNN_OK)
      (void)snprintf(to->messages[i], MESSAGE, "%s", mnistcnn_last_error());
  }
  mnistcnn_workspace_free(workspace);
}

static void assert_same(size_t count, const outcome *alone, const outcome *together) {
  for (size_t i = 0; i < count; i++) {
    const float *const row = together->probabilities + i * CLASSES;
    assert_int_equal(together->statuses[i], alone->statuses[i]);
    assert_string_equal(together->messages[i], alone->messages[i]);
    if (alone->statuses[i] == MNISTCNN_OK)
      assert_memory_equal(row, alone->probabilities + i * CLASSES, CLASSES * sizeof *row);
    for (size_t c = 0; c < CLASSES && alone->statuses[i] != MNISTCNN_OK; c++)
      assert_true(isnan(row[c]));
  }
}

static void compare(fixture *f, size_t count, mnistcnn_model *model) {
  predict_alone(model, f, count, &f->alone);
  for (uint32_t threads = 1; threads <= 5; threads += threads < 3 ? 1 : 2) {
    const mnistcnn_file_results results = results_to(&f->together);
    mnistcnn_workspace *const workspace = make_workspace(model, threads, threads == 2 ? 7 : 32);
    memset(&f->together, 0x55, sizeof f->together);
    assert_ok(mnistcnn_predict_image_files(model, workspace, f->paths, count, &results));
    assert_same(count, &f->alone, &f->together);
    mnistcnn_workspace_free(workspace);
  }
  mnistcnn_model_free(model);
}

static void the_same_as_one_by_one(void **state) {
  compare(*state, FILES, make_model(1));
}

/* Gray files of a model for colour are predicted by a network of their own. */
static void the_same_in_colour(void **state) {
  compare(*state, FILES, make_model(3));
}

/* Of a few: noise is work for who looks for digits. */
static void the_same_with_digits_prepared(void **state) {
  enum { FEW = 60 };
  fixture *const f = *state;
  mnistcnn_model *const model = make_model(1);
  mnistcnn_preparation preparation;
  size_t without_digit = 0, passed = 0;
  assert_ok(mnistcnn_preparation_init(&preparation, sizeof preparation));
  preparation.prepare = MNISTCNN_PREPARE_DIGIT;
  assert_ok(mnistcnn_model_set_preparation(model, &preparation));
  compare(f, FEW, model);
  for (size_t i = 0; i < FEW; i++) {
    const int none = f->together.statuses[i] == MNISTCNN_NO_DIGIT;
    without_digit += (size_t)none;
    passed += f->together.passed_through[i];
    if (none)
      assert_true(f->together.verdicts[i] > MNISTCNN_DIGIT_TOUCHING);
  }
  assert_true(without_digit > FEW / 4); /* noise is none */
  assert_true(passed < FEW);
}

static void without_digits_all_verdicts_are_found(void **state) {
  fixture *const f = *state;
  mnistcnn_model *const model = make_model(1);
  const mnistcnn_file_results results = results_to(&f->together);
  memset(&f->together, 0x55, sizeof f->together);
  assert_ok(mnistcnn_predict_image_files(model, NULL, f->paths, FILES, &results));
  for (size_t i = 0; i < FILES; i++) {
    assert_int_equal(f->together.verdicts[i], MNISTCNN_DIGIT_FOUND);
    assert_int_equal(f->together.passed_through[i], 0);
  }
  mnistcnn_model_free(model);
}

/* --- failures --------------------------------------------------------------------------------- */

static size_t first_failure(const outcome *o) {
  size_t i = 0;
  while (o->statuses[i] == MNISTCNN_OK)
    i++;
  return i;
}

static void without_statuses_the_first_failure_is_returned(void **state) {
  fixture *const f = *state;
  mnistcnn_model *const model = make_model(1);
  mnistcnn_file_results results = results_to(&f->together);
  predict_alone(model, f, FILES, &f->alone);
  const size_t first = first_failure(&f->alone);
  results.statuses = NULL;
  results.messages = NULL;
  assert_int_equal(mnistcnn_predict_image_files(model, NULL, f->paths, FILES, &results),
                   f->alone.statuses[first]);
  assert_string_equal(mnistcnn_last_error(), f->alone.messages[first]);
  memcpy(f->together.statuses, f->alone.statuses, sizeof f->alone.statuses);
  memcpy(f->together.messages, f->alone.messages, sizeof f->alone.messages);
  assert_same(FILES, &f->alone, &f->together);
  mnistcnn_model_free(model);
}

static void messages_are_cut_to_their_capacity(void **state) {
  const char *const paths[] = {"missing.png", "missing too.png"};
  char messages[2][8] = {"", ""};
  float probabilities[2 * CLASSES];
  mnistcnn_model *const model = make_model(1);
  mnistcnn_status statuses[2];
  const mnistcnn_file_results results = {.struct_size = sizeof results,
                                         .message_capacity = sizeof messages[0],
                                         .probabilities = probabilities,
                                         .probabilities_capacity = 2 * CLASSES,
                                         .statuses = statuses,
                                         .messages = messages[0]};
  (void)state;
  assert_ok(mnistcnn_predict_image_files(model, NULL, paths, 2, &results));
  assert_int_equal(statuses[0], MNISTCNN_NOT_FOUND);
  assert_string_equal(messages[0], "missing");
  assert_string_equal(messages[1], "missing");
  mnistcnn_model_free(model);
}

static void wrong_arguments(void **state) {
  fixture *const f = *state;
  const char *const paths[] = {"0.png", NULL};
  mnistcnn_model *const model = make_model(1), *const other = make_small_model(1, NULL);
  mnistcnn_workspace *const workspace = make_workspace(other, 1, 1);
  mnistcnn_file_results results = results_to(&f->together);
  f->together.probabilities[0] = 42;
#define PREDICT(m, w, p, n, r) mnistcnn_predict_image_files((m), (w), (p), (n), (r))
  assert_int_equal(PREDICT(NULL, NULL, f->paths, 1, &results), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREDICT(model, NULL, NULL, 1, &results), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREDICT(model, NULL, f->paths, 1, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(PREDICT(model, NULL, paths, 2, &results), MNISTCNN_INVALID_ARGUMENT);
  assert_string_equal(mnistcnn_last_error(), "paths: number 1 is NULL");
  assert_int_equal(PREDICT(model, workspace, f->paths, 1, &results), MNISTCNN_SHAPE_MISMATCH);
  results.message_capacity = 0;
  assert_int_equal(PREDICT(model, NULL, f->paths, 1, &results), MNISTCNN_INVALID_ARGUMENT);
  results.messages = NULL;
  results.probabilities_capacity = CLASSES - 1;
  assert_int_equal(PREDICT(model, NULL, f->paths, 1, &results), MNISTCNN_BUFFER_TOO_SMALL);
  results.probabilities_capacity = SIZE_MAX;
  assert_int_equal(PREDICT(model, NULL, f->paths, SIZE_MAX, NULL), MNISTCNN_INVALID_ARGUMENT);
  results.probabilities = NULL;
  assert_int_equal(PREDICT(model, NULL, f->paths, 1, &results), MNISTCNN_INVALID_ARGUMENT);
  assert_ok(PREDICT(model, NULL, NULL, 0, &results));
  results.struct_size = 8;
  assert_int_equal(PREDICT(model, NULL, f->paths, 1, &results), MNISTCNN_INVALID_ARGUMENT);
  assert_true(f->together.probabilities[0] == 42.0f);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(other);
  mnistcnn_model_free(model);
}

/* A lack of memory is the failure of the call, or of single files; nothing leaks either way. */
static void every_failing_allocation_is_survived(void **state) {
  fixture *const f = *state;
  test_allocator allocator;
  mnistcnn_model *model;
  float probabilities[8 * SMALL_CLASSES];
  mnistcnn_status statuses[8], status = MNISTCNN_OUT_OF_MEMORY;
  const mnistcnn_file_results results = {.struct_size = sizeof results,
                                         .probabilities = probabilities,
                                         .probabilities_capacity = 8 * SMALL_CLASSES,
                                         .statuses = statuses};
  size_t failures = 0, lost = 1;
  test_allocator_init(&allocator);
  allocator.fail_at = SIZE_MAX;
  model = make_small_model(1, &allocator.interface);
  const size_t live = atomic_load(&allocator.live);
  while (status != MNISTCNN_OK || lost > 0) {
    allocator.fail_at = atomic_load(&allocator.calls) + failures++;
    status = mnistcnn_predict_image_files(model, NULL, f->paths, 8, &results);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    lost = 0;
    for (size_t i = 0; status == MNISTCNN_OK && i < 8; i++)
      lost += statuses[i] == MNISTCNN_OUT_OF_MEMORY;
    allocator.fail_at = SIZE_MAX;
    assert_int_equal(atomic_load(&allocator.live), live);
  }
  assert_true(failures > 8);
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_as_one_by_one),
      cmocka_unit_test(the_same_in_colour),
      cmocka_unit_test(the_same_with_digits_prepared),
      cmocka_unit_test(without_digits_all_verdicts_are_found),
      cmocka_unit_test(without_statuses_the_first_failure_is_returned),
      cmocka_unit_test(messages_are_cut_to_their_capacity),
      cmocka_unit_test(wrong_arguments),
      cmocka_unit_test(every_failing_allocation_is_survived),
  };
  return cmocka_run_group_tests(tests, create_files, remove_files);
}
