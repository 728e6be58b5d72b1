/* Trainings with the instruction set "portable" end in the same bytes on every processor, system
 * and compiler: each golden value is that of a model's file after the training, of what the
 * training reported, and of predictions. They are computed by whatever machine runs the test, and
 * written down once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"

typedef struct golden_training {
  const char *architecture;
  uint32_t channels, images, epochs, batch; /* 200 steps in all */
  void (*set)(mnistcnn_train_options *options);
  int32_t initializer;
  uint64_t model, reports, predictions;
} golden_training;

enum { SIDE = 12, CLASSES = 4 };

/* FNV-1a of bytes, and of numbers from their lowest byte to their highest. */
static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static void hash_bytes(uint64_t *hash, const void *data, size_t size) {
  const unsigned char *const bytes = data;
  for (size_t i = 0; i < size; i++)
    *hash = (*hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static void hash_number(uint64_t *hash, uint64_t number) {
  for (int i = 0; i < 8; i++) {
    const unsigned char byte = (unsigned char)(number >> (8 * i));
    hash_bytes(hash, &byte, 1);
  }
}

static void hash_double(uint64_t *hash, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  hash_number(hash, bits);
}

/* --- the trainings ---------------------------------------------------------------------------- */

/* As the tutorial. */
static void set_tutorial(mnistcnn_train_options *options) {
  options->augment = MNISTCNN_AUGMENT_KERAS_2_0;
  options->shear = 0.2f;
  options->zoom = 0.2f;
  options->horizontal_flip = 1;
}

/* As the preset that ships. */
static void set_best(mnistcnn_train_options *options) {
  options->optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options->loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  options->schedule = MNISTCNN_SCHEDULE_COSINE;
  options->warmup_fraction = 0.1f;
  options->weight_decay = 0.01f;
  options->label_smoothing = 0.1f;
  options->ema_decay = 0.99f;
  options->augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options->rotation = 12;
  options->shear = 0.15f;
  options->zoom = 0.15f;
  options->shift = 1.5f;
  options->elastic_pixels = 1.2f;
  options->dilate = 0.3f;
  options->num_threads = 2;
}

static void set_sgd(mnistcnn_train_options *options) {
  options->optimizer = MNISTCNN_OPTIMIZER_SGD;
  options->nesterov = 1;
  options->schedule = MNISTCNN_SCHEDULE_ONE_CYCLE;
  options->learning_rate = 0.05f;
  options->warmup_fraction = 0.3f;
  options->warmup_start_ratio = 0.04f;
  options->l2 = 1e-4f;
  options->clip_norm = 1;
  options->augment = MNISTCNN_AUGMENT_KERAS_2_9;
  options->rotation = 10;
  options->shift = 0.1f;
}

static const golden_training trainings[] = {
    {"conv 4 5x5 relu, maxpool 2, conv 10 3x3 relu, maxpool 2, flatten, dense 70 relu, "
     "dense 4 softmax",
     1, 400, 2, 4, set_tutorial, MNISTCNN_INIT_GLOROT_UNIFORM, UINT64_C(0x2226dd190ba7096f),
     UINT64_C(0x077b3f2e2905e5fd), UINT64_C(0x0714c75651a289d0)},
    {"conv 8 3x3 same, batchnorm relu, maxpool 2, conv 8 3x3 same, batchnorm relu, dropout 0.2, "
     "flatten, dense 32 gelu, dense 4 softmax",
     1, 200, 4, 4, set_best, MNISTCNN_INIT_HE_NORMAL, UINT64_C(0x00b497df0a3a4b38),
     UINT64_C(0x7c7c72c57915875c), UINT64_C(0x066182251d243dba)},
    {"conv 8 3x3 same stride 2 swish, depthwise 3x3 same, conv 8 1x1, batchnorm, add 4 relu, "
     "separable 12 3x3 same elu, avgpool 2, flatten, dense 24 tanh, dense 4 sigmoid",
     3, 100, 8, 4, set_sgd, MNISTCNN_INIT_HE_UNIFORM, UINT64_C(0x23a8cb3b6519c32b),
     UINT64_C(0x6d889dd1e98a5f1c), UINT64_C(0xab9b5f593366dce8)},
};

static int32_t reports(const mnistcnn_progress *progress, void *user) {
  uint64_t *const hash = user;
  if (progress->event == MNISTCNN_EVENT_EPOCH_END) {
    hash_double(hash, progress->loss);
    hash_double(hash, progress->accuracy);
    hash_double(hash, progress->learning_rate);
  }
  return 0;
}

static void train_as(const golden_training *t) {
  mnistcnn_model_options model_options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  mnistcnn_dataset *const dataset = make_dataset(t->images, SIDE, t->channels, CLASSES, 1);
  mnistcnn_model *model;
  uint64_t reported = hash_start, predicted = hash_start, bytes_hash = hash_start;
  float probabilities[CLASSES];
  size_t size;
  model_options.architecture = t->architecture;
  model_options.input_height = model_options.input_width = SIDE;
  model_options.input_channels = t->channels;
  model_options.num_classes = CLASSES;
  model_options.initializer = t->initializer;
  model_options.seed = 7;
  assert_ok(mnistcnn_model_create(&model_options, &model));
  assert_ok(mnistcnn_model_set_instruction_set(model, "portable"));
  options.epochs = t->epochs;
  options.batch_size = t->batch;
  options.progress = reports;
  options.user = &reported;
  t->set(&options);
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT;
  assert_ok(mnistcnn_train(model, dataset, NULL, &options, &last));
  print_message("  accuracy %.3f\n", last.accuracy);
  assert_true(last.accuracy > 0.5); /* it was a training */
  for (size_t i = 0; i < 20; i++) {
    assert_ok(mnistcnn_predict_u8(model, NULL, mnistcnn_dataset_image(dataset, i),
                                  (size_t)SIDE * SIDE * t->channels, probabilities, CLASSES));
    for (size_t c = 0; c < CLASSES; c++)
      hash_double(&predicted, (double)probabilities[c]);
  }
  unsigned char *const bytes = model_bytes(model, &size);
  hash_bytes(&bytes_hash, bytes, size);
  free(bytes);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
  print_message("  0x%016llx, 0x%016llx, 0x%016llx\n", (unsigned long long)bytes_hash,
                (unsigned long long)reported, (unsigned long long)predicted);
  assert_true(bytes_hash == t->model);
  assert_true(reported == t->reports);
  assert_true(predicted == t->predictions);
}

static void tutorial(void **state) {
  (void)state;
  train_as(&trainings[0]);
}

static void best(void **state) {
  (void)state;
  train_as(&trainings[1]);
}

static void residual(void **state) {
  (void)state;
  train_as(&trainings[2]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tutorial),
      cmocka_unit_test(best),
      cmocka_unit_test(residual),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
