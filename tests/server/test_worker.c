// What a worker answers is what the library says about the same file, bit for bit, in any batch;
// for networks that prepare digits, in one channel and three, and for those that only resize.
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mnistcnn.h>

#include "pool/job.h"
#include "system/files.h"
#include "worker/batch.h"

enum { MAX_FILES = 64, PATH_CAPACITY = 1024, SIDE = 40 };

typedef struct files {
  buffer content[MAX_FILES];
  size_t count;
} files;

static void add_folder(files *f, const char *name) {
  char path[PATH_CAPACITY], error[256];
  (void)snprintf(path, sizeof path, "%s/%s", SERVER_TEST_CORPUS, name);
  DIR *const folder = opendir(path);

  assert_non_null(folder);
  for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
    if (entry->d_name[0] == '.' || f->count == MAX_FILES)
      continue;
    (void)snprintf(path, sizeof path, "%s/%s/%s", SERVER_TEST_CORPUS, name, entry->d_name);
    assert_true(file_read(path, 1 << 20, &f->content[f->count++], error, sizeof error));
  }
  closedir(folder);
}

/* A stroke from the upper right to the lower left, as a bitmap. */
static void add_stroke(files *f, int slope) {
  static const uint8_t head[] = {'B',  'M', 0, 0, 0,    0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0,
                                 SIDE, 0,   0, 0, SIDE, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0,  0, 0, 0,
                                 0,    0,   0, 0, 0,    0, 0, 0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0};
  buffer *const out = &f->content[f->count++];

  buffer_add(out, head, sizeof head);
  for (int y = 0; y < SIDE; y++) {
    for (int x = 0; x < SIDE; x++) {
      const int at = SIDE / 2 + (y - SIDE / 2) * slope / 8;
      const uint8_t value = y > 5 && y < 34 && x >= at && x < at + 4 ? 20 : 240;
      for (int c = 0; c < 3; c++)
        buffer_byte(out, value);
    }
  }
  out->data[2] = (uint8_t)out->size;
  out->data[3] = (uint8_t)(out->size >> 8);
  assert_false(out->failed);
}

static void read_files(files *f) {
  add_folder(f, "png");
  if (mnistcnn_has_feature("jpeg"))
    add_folder(f, "jpeg");
  if (mnistcnn_has_feature("bmp"))
    for (int slope = -8; slope <= 8; slope++)
      add_stroke(f, slope);
  buffer_text(&f->content[f->count++], "this is no image");
}

/* Loads a model as a worker does: from the bytes of a file, none of which are the built-in one. */
static void load(loaded *l, const uint8_t *model, size_t size) {
  char reason[256] = "";
  buffer message = {0};

  pack_u64(&message, 1 << 24);
  pack_bytes(&message, model, size);
  cursor in = {.data = message.data, .size = message.size};
  const bool done = loaded_read(l, &in, reason, sizeof reason);
  if (!done)
    print_error("%s\n", reason);
  assert_true(done);
  buffer_free(&message);
}

/* Gray images are predicted by networks of three channels in another order of sums than colour
 * ones; a worker gives them the latter. */
static void compare_rows(const loaded *l, const float *a, const float *b) {
  if (l->input.channels == 1)
    assert_memory_equal(a, b, l->classes * sizeof *a);
  for (uint32_t c = 0; c < l->classes; c++)
    assert_true(fabsf(a[c] - b[c]) < 1e-5f);
}

static void compare(const loaded *l, const files *f, job *j) {
  float *const row = calloc(l->classes, sizeof *row);

  for (size_t i = 0; i < f->count; i++) {
    const job_picture *const picture = &j->pictures[i];
    memset(row, 0, l->classes * sizeof *row);
    const mnistcnn_status status = mnistcnn_predict_image_memory(
        l->model, l->workspace, f->content[i].data, f->content[i].size, row, l->classes);
    assert_int_equal(picture->status, status);
    assert_int_equal(picture->message[0] == '\0', status == MNISTCNN_OK);
    if (status == MNISTCNN_OK)
      compare_rows(l, picture->probabilities, row);
    if (status == MNISTCNN_NO_DIGIT && picture->probabilities && row[0] > 0)
      compare_rows(l, picture->probabilities, row);
  }
  free(row);
}

static void check_model(const uint8_t *model, size_t size) {
  model_info info = {.users = 8};
  static files f;
  loaded l;
  rows r = {0};
  buffer batch = {0}, answers = {0};

  memset(&f, 0, sizeof f);
  read_files(&f);
  assert_true(f.count > 10);
  load(&l, model, size);
  info.classes = l.classes;
  job *const j = job_create(JOB_PICTURES, (uint32_t)f.count);
  assert_non_null(j);
  for (size_t i = 0; i < f.count; i++)
    j->files[i] = (job_file){f.content[i].data, f.content[i].size};
  pack_u32(&batch, 1);
  job_pack(j, &batch);
  cursor in = {.data = batch.data, .size = batch.size};
  assert_true(batch_answer(&l, &r, &in, &answers));
  cursor back = {.data = answers.data, .size = answers.size};
  assert_int_equal(unpack_u32(&back), 1);
  assert_true(job_read_answer(j, &info, &back));
  compare(&l, &f, j);
  job_free(j);
  for (size_t i = 0; i < f.count; i++)
    buffer_free(&f.content[i]);
  buffer_free(&batch);
  buffer_free(&answers);
  rows_free(&r);
  loaded_free(&l);
}

/* A network with random weights. */
static void check_new_model(uint32_t channels, int32_t prepare, int32_t alpha) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  size_t size = 0;

  how.prepare = prepare;
  how.alpha = alpha;
  options.input_channels = channels;
  options.preparation = &how;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_OK);
  assert_int_equal(mnistcnn_model_save_memory(model, NULL, 0, &size), MNISTCNN_OK);
  uint8_t *const file = malloc(size);
  assert_non_null(file);
  assert_int_equal(mnistcnn_model_save_memory(model, file, size, &size), MNISTCNN_OK);
  check_model(file, size);
  free(file);
  mnistcnn_model_free(model);
}

static void test_digits(void **state) {
  (void)state;
  check_new_model(1, MNISTCNN_PREPARE_DIGIT, MNISTCNN_ALPHA_COMPOSITE);
  check_new_model(3, MNISTCNN_PREPARE_DIGIT, MNISTCNN_ALPHA_COMPOSITE);
  check_new_model(1, MNISTCNN_PREPARE_DIGIT, MNISTCNN_ALPHA_DROP);
}

static void test_resized(void **state) {
  (void)state;
  check_new_model(1, MNISTCNN_PREPARE_NONE, MNISTCNN_ALPHA_COMPOSITE);
  check_new_model(3, MNISTCNN_PREPARE_NONE, MNISTCNN_ALPHA_DROP);
}

/* With its threshold, and digits that touch. */
static void test_shipped(void **state) {
  buffer model = {0};
  char error[256];

  (void)state;
  assert_true(file_read(SERVER_TEST_MODEL, 1 << 24, &model, error, sizeof error));
  check_model(model.data, model.size);
  buffer_free(&model);
}

/* A worker says what is wrong with a message, and does not read behind its end. */
static void test_malformed(void **state) {
  buffer model = {0}, batch = {0};
  char error[256];
  const uint8_t pixels[784] = {0};
  loaded l;
  rows r = {0};

  (void)state;
  assert_true(file_read(SERVER_TEST_MODEL, 1 << 24, &model, error, sizeof error));
  load(&l, model.data, model.size);
  job *const j = job_create(JOB_BYTES, 1);
  assert_non_null(j);
  j->files[0] = (job_file){pixels, sizeof pixels};
  pack_u32(&batch, 1);
  job_pack(j, &batch);
  for (size_t size = 0; size <= batch.size; size++) {
    uint8_t *const copy = malloc(size ? size : 1);
    buffer answers = {0};
    cursor in = {.data = copy, .size = size};
    assert_non_null(copy);
    memcpy(copy, batch.data, size);
    assert_int_equal(batch_answer(&l, &r, &in, &answers), size == batch.size);
    buffer_free(&answers);
    free(copy);
  }
  job_free(j);
  buffer_free(&batch);
  buffer_free(&model);
  rows_free(&r);
  loaded_free(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_digits),
      cmocka_unit_test(test_resized),
      cmocka_unit_test(test_shipped),
      cmocka_unit_test(test_malformed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
