/* Models and checkpoints through the caller's reader and writer, and errors that are left for other
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "temp_folder.h"

/* Bytes in memory, read and written a few at a time; call number fail_at fails. */
typedef struct stream {
  unsigned char *data;
  size_t size, at, capacity, piece;
  size_t calls, fail_at;
} stream;

static int64_t stream_read(void *buffer, size_t size_bytes, void *user) {
  stream *s = user;
  size_t bytes = s->size - s->at;
  if (s->calls++ == s->fail_at)
    return -1;
  if (bytes > size_bytes)
    bytes = size_bytes;
  if (bytes > s->piece)
    bytes = s->piece;
  memcpy(buffer, s->data + s->at, bytes);
  s->at += bytes;
  return (int64_t)bytes;
}

static int32_t stream_write(const void *data, size_t size_bytes, void *user) {
  stream *s = user;
  if (s->calls++ == s->fail_at)
    return 1;
  if (s->size + size_bytes > s->capacity) {
    s->capacity = 2 * (s->size + size_bytes);
    s->data = realloc(s->data, s->capacity);
    assert_non_null(s->data);
  }
  memcpy(s->data + s->size, data, size_bytes);
  s->size += size_bytes;
  return 0;
}

static const stream empty = {.piece = 1000, .fail_at = SIZE_MAX};

static mnistcnn_status load(stream *s, const mnistcnn_allocator *allocator,
                            mnistcnn_model **model) {
  mnistcnn_reader reader = MNISTCNN_READER_INIT;
  mnistcnn_load_options options = MNISTCNN_LOAD_OPTIONS_INIT;
  reader.read = stream_read;
  reader.user = s;
  options.reader = &reader;
  options.allocator = allocator;
  s->at = s->calls = 0;
  return mnistcnn_model_load(&options, model);
}

static mnistcnn_status save(const mnistcnn_model *model, stream *s) {
  mnistcnn_writer writer = MNISTCNN_WRITER_INIT;
  mnistcnn_save_options options = MNISTCNN_SAVE_OPTIONS_INIT;
  writer.write = stream_write;
  writer.user = s;
  options.writer = &writer;
  s->size = s->calls = 0;
  return mnistcnn_model_save(model, &options);
}

/* --- models ----------------------------------------------------------------------------------- */

static void a_model_goes_through_a_stream(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *same;
  size_t size;
  unsigned char *bytes = model_bytes(model, &size);
  stream s = empty;
  (void)state;
  assert_ok(save(model, &s));
  assert_int_equal(s.size, size);
  assert_memory_equal(s.data, bytes, size);
  for (s.piece = 1; s.piece <= size; s.piece = 3 * s.piece + 1) {
    assert_ok(load(&s, NULL, &same));
    assert_same_model(model, same);
    mnistcnn_model_free(same);
  }
  free(bytes);
  free(s.data);
  mnistcnn_model_free(model);
}

static void a_failing_stream_is_an_io_error(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *same;
  test_allocator allocator;
  stream s = empty;
  size_t calls;
  (void)state;
  assert_ok(save(model, &s));
  calls = s.calls;
  for (s.fail_at = 0; s.fail_at < calls; s.fail_at++)
    assert_int_equal(save(model, &s), MNISTCNN_IO);
  assert_ok(save(model, &s));
  test_allocator_init(&allocator);
  s.fail_at = SIZE_MAX;
  assert_ok(load(&s, &allocator.interface, &same));
  mnistcnn_model_free(same);
  calls = s.calls;
  for (s.fail_at = 0; s.fail_at < calls; s.fail_at++) {
    assert_int_equal(load(&s, &allocator.interface, &same), MNISTCNN_IO);
    assert_null(same);
    assert_int_equal(allocator.live, 0);
  }
  s.size--; /* truncated */
  s.fail_at = SIZE_MAX;
  assert_int_equal(load(&s, &allocator.interface, &same), MNISTCNN_FORMAT);
  s.size = 0;
  assert_int_equal(load(&s, &allocator.interface, &same), MNISTCNN_FORMAT);
  assert_int_equal(allocator.live, 0);
  free(s.data);
  mnistcnn_model_free(model);
}

static void reading_survives_every_failing_allocation(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *same = NULL;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  test_allocator allocator;
  stream s = empty;
  (void)state;
  assert_ok(save(model, &s));
  test_allocator_init(&allocator);
  for (size_t n = 0; status != MNISTCNN_OK; n++) {
    allocator.calls = 0;
    allocator.fail_at = n;
    status = load(&s, &allocator.interface, &same);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    mnistcnn_model_free(same);
    assert_int_equal(allocator.live, 0);
  }
  free(s.data);
  mnistcnn_model_free(model);
}

static int64_t read_too_much(void *buffer, size_t size_bytes, void *user) {
  (void)buffer;
  (void)user;
  return (int64_t)size_bytes + 1;
}

static void wrong_options_are_refused(void **state) {
  mnistcnn_model *model = make_small_model(1, NULL), *loaded;
  mnistcnn_reader reader = MNISTCNN_READER_INIT;
  mnistcnn_writer writer = MNISTCNN_WRITER_INIT;
  mnistcnn_load_options load_options = MNISTCNN_LOAD_OPTIONS_INIT;
  mnistcnn_save_options save_options = MNISTCNN_SAVE_OPTIONS_INIT;
  (void)state;
  assert_int_equal(mnistcnn_model_load(NULL, &loaded), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_load(&load_options, &loaded), MNISTCNN_INVALID_ARGUMENT);
  load_options.reader = &reader;
  assert_int_equal(mnistcnn_model_load(&load_options, &loaded), MNISTCNN_INVALID_ARGUMENT);
  reader.read = read_too_much;
  assert_int_equal(mnistcnn_model_load(&load_options, &loaded), MNISTCNN_IO);
  load_options.path = "x";
  assert_int_equal(mnistcnn_model_load(&load_options, &loaded), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_save(model, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_save(model, &save_options), MNISTCNN_INVALID_ARGUMENT);
  save_options.writer = &writer;
  assert_int_equal(mnistcnn_model_save(model, &save_options), MNISTCNN_INVALID_ARGUMENT);
  writer.write = stream_write;
  save_options.path = "x";
  assert_int_equal(mnistcnn_model_save(model, &save_options), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_save(NULL, &save_options), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static mnistcnn_status resume(stream *s, const mnistcnn_dataset *dataset, const char *set,
                              mnistcnn_model **model, mnistcnn_progress *last) {
  mnistcnn_reader reader = MNISTCNN_READER_INIT;
  mnistcnn_resume_options options = MNISTCNN_RESUME_OPTIONS_INIT;
  reader.read = stream_read;
  reader.user = s;
  options.reader = &reader;
  options.instruction_set = set;
  s->at = s->calls = 0;
  return mnistcnn_train_resume(&options, dataset, NULL, model, last);
}

/* Written at the end of each epoch through the writer; what is written last is resumed. */
static int32_t restart(const mnistcnn_progress *progress, void *user) {
  stream *s = user;
  if (progress->event == MNISTCNN_EVENT_STEP && progress->step == 1)
    s->size = 0;
  return progress->event == MNISTCNN_EVENT_EPOCH_END && progress->epoch == 1;
}

static void a_checkpoint_goes_through_a_stream(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *uninterrupted = make_small_model(1, NULL), *model = make_small_model(1, NULL);
  mnistcnn_model *resumed;
  mnistcnn_train_options options = small_training(2);
  mnistcnn_writer writer = MNISTCNN_WRITER_INIT;
  stream s = empty;
  (void)state;
  assert_ok(mnistcnn_train(uninterrupted, dataset, NULL, &options, NULL));
  writer.write = stream_write;
  writer.user = &s;
  options.checkpoint_writer = &writer;
  options.progress = restart;
  options.user = &s;
  s.capacity = 1 << 20;
  s.data = malloc(s.capacity);
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
  s.size /= 2; /* once at the end of the epoch, once when it was cancelled */
  assert_ok(resume(&s, dataset, NULL, &resumed, NULL));
  assert_same_model(uninterrupted, resumed);
  mnistcnn_model_free(resumed);
  assert_int_equal(resume(&s, dataset, "wings", &resumed, NULL), MNISTCNN_UNSUPPORTED);
  assert_null(resumed);
  options.checkpoint_path = "x";
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_INVALID_ARGUMENT);
  free(s.data);
  mnistcnn_model_free(model);
  mnistcnn_model_free(uninterrupted);
  mnistcnn_dataset_free(dataset);
}

/* Straight through on one instruction set, and begun and resumed on it: the same bytes. */
static void resumes_with_a_chosen_instruction_set(void **state) {
  mnistcnn_dataset *dataset = make_dataset(75, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_model *straight = make_small_model(1, NULL), *model = make_small_model(1, NULL);
  mnistcnn_model *resumed;
  mnistcnn_train_options options = small_training(2);
  mnistcnn_save_options target = MNISTCNN_SAVE_OPTIONS_INIT;
  mnistcnn_writer writer = MNISTCNN_WRITER_INIT;
  mnistcnn_trainer *trainer;
  stream s = empty;
  (void)state;
  assert_ok(mnistcnn_model_set_instruction_set(straight, "portable"));
  assert_ok(mnistcnn_model_set_instruction_set(model, "portable"));
  assert_ok(mnistcnn_train(straight, dataset, NULL, &options, NULL));
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  for (int i = 0; i < 3; i++)
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  writer.write = stream_write;
  writer.user = &s;
  target.writer = &writer;
  assert_ok(mnistcnn_trainer_save(trainer, &target));
  mnistcnn_trainer_free(trainer);
  assert_ok(resume(&s, dataset, "portable", &resumed, NULL));
  assert_string_equal(mnistcnn_model_instruction_set(resumed), "portable");
  assert_same_model(straight, resumed);
  free(s.data);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(model);
  mnistcnn_model_free(straight);
  mnistcnn_dataset_free(dataset);
}

/* --- errors ----------------------------------------------------------------------------------- */

static void assert_error(mnistcnn_error *error, mnistcnn_status status) {
  assert_int_equal(error->status, status);
  assert_string_equal(error->message, mnistcnn_last_error());
  error->status = 1;
  error->message[0] = '\0';
}

static void calls_leave_their_error_where_they_are_told(void **state) {
  mnistcnn_model *model = make_small_model(1, NULL), *other;
  mnistcnn_dataset *dataset = make_dataset(20, SMALL_SIDE, 1, SMALL_CLASSES, 8), *none;
  mnistcnn_error error = MNISTCNN_ERROR_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_workspace *workspace;
  mnistcnn_digit_list *digits;
  mnistcnn_trainer *trainer;
  float row[SMALL_CLASSES];
  (void)state;
  mnistcnn_model_options create = MNISTCNN_MODEL_OPTIONS_INIT;
  create.architecture = "nonsense";
  create.error = &error;
  assert_int_equal(mnistcnn_model_create(&create, &other), MNISTCNN_ARCHITECTURE);
  assert_error(&error, MNISTCNN_ARCHITECTURE);
  mnistcnn_load_options load_options = MNISTCNN_LOAD_OPTIONS_INIT;
  load_options.path = "no such file";
  load_options.error = &error;
  assert_int_equal(mnistcnn_model_load(&load_options, &other), MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  mnistcnn_save_options save_options = MNISTCNN_SAVE_OPTIONS_INIT;
  save_options.path = "no such folder/file";
  save_options.error = &error;
  assert_int_equal(mnistcnn_model_save(model, &save_options), MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  mnistcnn_dataset_options dataset_options = MNISTCNN_DATASET_OPTIONS_INIT;
  dataset_options.error = &error;
  assert_int_equal(mnistcnn_dataset_load_folder("no such folder", &dataset_options, &none),
                   MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  assert_int_equal(mnistcnn_dataset_load_idx("no", "files", &dataset_options, &none),
                   MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  mnistcnn_workspace_options space = MNISTCNN_WORKSPACE_OPTIONS_INIT;
  space.error = &error;
  assert_ok(mnistcnn_workspace_create(model, &space, &workspace));
  assert_int_equal(mnistcnn_predict(model, workspace, row, 3, row, SMALL_CLASSES),
                   MNISTCNN_SHAPE_MISMATCH);
  assert_error(&error, MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(
      mnistcnn_predict_image_file(model, workspace, "no such file", row, SMALL_CLASSES),
      MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  mnistcnn_digit_options digit_options = MNISTCNN_DIGIT_OPTIONS_INIT;
  digit_options.error = &error;
  assert_int_equal(mnistcnn_digit_find(NULL, &digit_options, &digits), MNISTCNN_INVALID_ARGUMENT);
  assert_error(&error, MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_evaluate_options evaluate = MNISTCNN_EVALUATE_OPTIONS_INIT;
  evaluate.error = &error;
  evaluate.loss = 77;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &evaluate, &metrics),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_error(&error, MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_train_options train = small_training(1);
  train.error = &error;
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &train, &trainer));
  mnistcnn_trainer_cancel(trainer);
  assert_int_equal(mnistcnn_trainer_step(trainer, NULL), MNISTCNN_CANCELLED);
  assert_error(&error, MNISTCNN_CANCELLED);
  mnistcnn_trainer_free(trainer);
  train.batch_size = 0;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &train, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_error(&error, MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_resume_options resume_options = MNISTCNN_RESUME_OPTIONS_INIT;
  resume_options.error = &error;
  resume_options.path = "no such file";
  assert_int_equal(mnistcnn_train_resume(&resume_options, dataset, NULL, &other, NULL),
                   MNISTCNN_NOT_FOUND);
  assert_error(&error, MNISTCNN_NOT_FOUND);
  error.struct_size = 3;
  assert_int_equal(mnistcnn_model_load(&load_options, &other), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(error.status, 1);
  mnistcnn_workspace_free(workspace);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_model_goes_through_a_stream),
      cmocka_unit_test(a_failing_stream_is_an_io_error),
      cmocka_unit_test(reading_survives_every_failing_allocation),
      cmocka_unit_test(wrong_options_are_refused),
      cmocka_unit_test(a_checkpoint_goes_through_a_stream),
      cmocka_unit_test(resumes_with_a_chosen_instruction_set),
      cmocka_unit_test(calls_leave_their_error_where_they_are_told),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
