/* Files of tests/golden/old/, which the library wrote before checkpoints had all of today's keys:
 * a checkpoint of an interrupted training for each optimiser, the model in which the same training
 * ended there without the interruption, and that model's predictions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "image_args.h"

enum { IMAGES = 400, VALIDATION_IMAGES = 50, SIDE = 8, CLASSES = 3, PREDICTED = 4 };
enum { IMAGE_BYTES = SIDE * SIDE, MAX_WEIGHTS = 256, MAX_FILE = 1 << 14 };

/* The interrupted trainings. */
static const struct old_training {
  const char *name;
  int is_validated;
} trainings[] = {
    {"rmsprop", 1}, /* within an epoch; constant rate, Keras' augmentation */
    {"sgd", 0},     /* in the first epoch; Nesterov, cosine schedule with warmup, He's normal
                       distribution, decay, smoothed labels */
    {"adam", 1},    /* within an epoch; linear schedule, calibration, no shuffling */
    {"adamw", 0},   /* between epochs; average of the weights, all of the other augmentation */
};
enum { TRAININGS = sizeof trainings / sizeof trainings[0] };

static uint8_t old_pixels[IMAGES * IMAGE_BYTES];
static int32_t old_labels[IMAGES];

static mnistcnn_dataset *dataset_of(size_t count) {
  mnistcnn_dataset *dataset;
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(old_pixels, old_labels, count, SIDE, SIDE, 1, CLASSES, NULL), NULL, &dataset));
  return dataset;
}

/* The images that the files were trained on: a checkpoint knows them by a checksum. */
static int make_old_images(void **state) {
  uint32_t noise = 1;
  (void)state;
  for (size_t i = 0; i < IMAGES; i++) {
    old_labels[i] = (int32_t)(i % CLASSES);
    for (size_t p = 0; p < IMAGE_BYTES; p++) {
      noise = noise * 1664525u + 1013904223u;
      const int is_bright = (int32_t)(p % SIDE / 3) == old_labels[i];
      old_pixels[i * IMAGE_BYTES + p] = (uint8_t)((noise >> 24) / 2 + (is_bright ? 100u : 0u));
    }
  }
  return 0;
}

static const char *path_of(const char *name, const char *what, char path[512]) {
  (void)snprintf(path, 512, "%s/old/%s.%s.safetensors", MNISTCNN_GOLDEN_DIR, name, what);
  return path;
}

static mnistcnn_model *load_old_model(const char *name) {
  char path[512];
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_load_file(path_of(name, "model", path), NULL, &model));
  return model;
}

/* --- models ----------------------------------------------------------------------------------- */

static void predicts_as_written_down(void **state) {
  char name[32];
  FILE *file = fopen(MNISTCNN_GOLDEN_DIR "/old/predictions.txt", "r");
  size_t models = 0;
  (void)state;
  assert_non_null(file);
  for (; fscanf(file, "%31s", name) == 1; models++) {
    mnistcnn_model *model = load_old_model(name);
    float probabilities[PREDICTED * CLASSES], want;
    assert_ok(mnistcnn_predict_u8(model, NULL, old_pixels, PREDICTED * IMAGE_BYTES, probabilities,
                                  PREDICTED * CLASSES));
    for (size_t i = 0; i < PREDICTED * CLASSES; i++) {
      assert_int_equal(fscanf(file, "%f", &want), 1);
      assert_float_equal(probabilities[i], want, 1e-6);
    }
    mnistcnn_model_free(model);
  }
  (void)fclose(file);
  assert_int_equal(models, TRAININGS);
}

/* --- checkpoints ------------------------------------------------------------------------------ */

static mnistcnn_status resume(const mnistcnn_resume_options *options, int is_validated,
                              mnistcnn_model **model, mnistcnn_progress *last) {
  mnistcnn_dataset *train = dataset_of(IMAGES);
  mnistcnn_dataset *validation = is_validated ? dataset_of(VALIDATION_IMAGES) : NULL;
  const mnistcnn_status status = mnistcnn_train_resume(options, train, validation, model, last);
  mnistcnn_dataset_free(train);
  mnistcnn_dataset_free(validation);
  return status;
}

/* 0: the layer has none. */
static size_t array_of(const mnistcnn_model *model, uint32_t layer, int32_t which,
                       float values[MAX_WEIGHTS]) {
  size_t count = 0;
  const mnistcnn_status status =
      mnistcnn_model_weights(model, layer, which, values, MAX_WEIGHTS, &count);
  assert_true(status == MNISTCNN_OK || status == MNISTCNN_NOT_FOUND);
  return status == MNISTCNN_OK ? count : 0;
}

/* Sums in another order are no more than this apart. */
static void assert_close_models(const char *name, const mnistcnn_model *a,
                                const mnistcnn_model *b) {
  float x[MAX_WEIGHTS], y[MAX_WEIGHTS];
  assert_string_equal(mnistcnn_model_architecture(a), mnistcnn_model_architecture(b));
  for (uint32_t layer = 0; layer < mnistcnn_model_num_layers(a); layer++) {
    for (int32_t which = MNISTCNN_WEIGHTS_KERNEL; which <= MNISTCNN_WEIGHTS_BIAS; which++) {
      const size_t count = array_of(a, layer, which, x);
      assert_int_equal(array_of(b, layer, which, y), count);
      for (size_t i = 0; i < count; i++)
        if (!(fabsf(x[i] - y[i]) <= 1e-4f))
          fail_msg("%s: weight %zu of layer %u is %.7g, not %.7g", name, i, layer, (double)x[i],
                   (double)y[i]);
    }
  }
  assert_true(fabsf(mnistcnn_model_temperature(a) - mnistcnn_model_temperature(b)) <= 1e-3f);
}

static void ends_as_without_interruption(void **state) {
  (void)state;
  for (size_t i = 0; i < TRAININGS; i++) {
    char path[512];
    mnistcnn_resume_options options;
    mnistcnn_progress last = {.struct_size = sizeof last};
    mnistcnn_model *resumed, *old = load_old_model(trainings[i].name);
    assert_ok(mnistcnn_resume_options_init(&options, sizeof options));
    options.path = path_of(trainings[i].name, "checkpoint", path);
    assert_ok(resume(&options, trainings[i].is_validated, &resumed, &last));
    assert_int_equal(last.epoch, 3);
    assert_close_models(trainings[i].name, resumed, old);
    mnistcnn_model_free(resumed);
    mnistcnn_model_free(old);
  }
}

/* --- keys ------------------------------------------------------------------------------------- */

typedef struct old_file {
  char data[MAX_FILE];
  size_t size, done;
} old_file;

static int64_t read_bytes(void *buffer, size_t size_bytes, void *user) {
  old_file *from = user;
  const size_t left = from->size - from->done;
  const size_t count = size_bytes < left ? size_bytes : left;
  memcpy(buffer, from->data + from->done, count);
  from->done += count;
  return (int64_t)count;
}

static void read_checkpoint(const char *name, old_file *file) {
  char path[512];
  FILE *stream = fopen(path_of(name, "checkpoint", path), "rb");
  assert_non_null(stream);
  file->size = fread(file->data, 1, sizeof file->data, stream);
  file->done = 0;
  assert_true(file->size > 8 && file->size < sizeof file->data);
  (void)fclose(stream);
}

/* Replaces a text of the header by another one of the same length. */
static void replace(old_file *file, const char *key, const char *by) {
  const size_t length = strlen(key);
  assert_int_equal(strlen(by), length);
  for (size_t i = 0; i + length <= file->size; i++) {
    if (memcmp(file->data + i, key, length) == 0) {
      memcpy(file->data + i, by, length);
      return;
    }
  }
  fail_msg("%s is not in the file", key);
}

static void refuses(const char *key, const char *by, const char *message) {
  static old_file file;
  const mnistcnn_reader reader = {.struct_size = sizeof reader, .read = read_bytes, .user = &file};
  mnistcnn_resume_options options;
  mnistcnn_model *model;
  read_checkpoint("sgd", &file);
  replace(&file, key, by);
  assert_ok(mnistcnn_resume_options_init(&options, sizeof options));
  options.reader = &reader;
  assert_int_equal(resume(&options, 0, &model, NULL), MNISTCNN_FORMAT);
  assert_non_null(strstr(mnistcnn_last_error(), message));
}

static void refuses_other_keys(void **state) {
  (void)state;
  refuses("checkpoint.option.beta1\"", "checkpoint.option.beta3\"",
          "checkpoint.option.beta3 is not known");
  refuses("\"checkpoint.option.beta1\"", "\"note.checkpoint.options\"",
          "checkpoint.option.beta1 is missing");
  refuses("checkpoint.option.elastic_pixels\"", "checkpoint.option.final_lr_ratio\"",
          "checkpoint.option.schedule_end is the older name of a key that is there, too");
  refuses("checkpoint.option.batch_size\":\"00000010\"",
          "checkpoint.option.batch_size\":\"0000001g\"",
          "checkpoint.option.batch_size is malformed");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(predicts_as_written_down),
      cmocka_unit_test(ends_as_without_interruption),
      cmocka_unit_test(refuses_other_keys),
  };
  return cmocka_run_group_tests(tests, make_old_images, NULL);
}
