#include "network_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

mnistcnn_model *make_network(const char *architecture) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model;
  options.input_height = options.input_width = SMALL_SIDE;
  options.num_classes = SMALL_CLASSES;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_string_equal(mnistcnn_model_architecture(model), architecture);
  return model;
}

void check_thread_counts(const char *architecture, const mnistcnn_train_options *given) {
  static const uint32_t threads[] = {2, 3, 8};
  mnistcnn_dataset *dataset = make_dataset(50, SMALL_SIDE, 1, SMALL_CLASSES, 7);
  mnistcnn_train_options options = *given;
  mnistcnn_model *alone = make_network(architecture), *untrained = make_network(architecture);
  mnistcnn_progress last = MNISTCNN_PROGRESS_INIT, other = MNISTCNN_PROGRESS_INIT;
  size_t size, untrained_size;
  options.epochs = 2;
  assert_ok(mnistcnn_train(alone, dataset, dataset, &options, &last));
  for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
    mnistcnn_model *model = make_network(architecture);
    options.num_threads = threads[t];
    assert_ok(mnistcnn_train(model, dataset, dataset, &options, &other));
    assert_same_model(alone, model);
    assert_memory_equal(&last.loss, &other.loss, sizeof last.loss);
    assert_memory_equal(&last.validation_loss, &other.validation_loss, sizeof last.loss);
    mnistcnn_model_free(model);
  }
  unsigned char *bytes = model_bytes(alone, &size);
  unsigned char *before = model_bytes(untrained, &untrained_size);
  assert_true(size != untrained_size || memcmp(bytes, before, size) != 0);
  free(bytes);
  free(before);
  mnistcnn_model_free(untrained);
  mnistcnn_model_free(alone);
  mnistcnn_dataset_free(dataset);
}

static int32_t stop_training_at_zero(const mnistcnn_progress *progress, void *user) {
  int *calls_left = user;
  (void)progress;
  return (*calls_left)-- == 0;
}

void check_resume(const char *architecture, const mnistcnn_train_options *given,
                  const char *checkpoint) {
  mnistcnn_dataset *dataset = make_dataset(50, SMALL_SIDE, 1, SMALL_CLASSES, 8);
  mnistcnn_train_options options = *given;
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_model *uninterrupted = make_network(architecture), *model = make_network(architecture);
  mnistcnn_model *resumed;
  int calls_left = 6;
  options.epochs = 3;
  assert_ok(mnistcnn_train(uninterrupted, dataset, NULL, &options, NULL));
  options.checkpoint_path = checkpoint;
  options.progress = stop_training_at_zero;
  options.user = &calls_left;
  assert_int_equal(mnistcnn_train(model, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
  resume.path = checkpoint;
  resume.num_threads = 2;
  assert_ok(mnistcnn_train_resume(&resume, dataset, NULL, &resumed, NULL));
  assert_same_model(uninterrupted, resumed);
  remove(checkpoint);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(model);
  mnistcnn_model_free(uninterrupted);
  mnistcnn_dataset_free(dataset);
}

void check_copies(const char *architecture) {
  mnistcnn_model *model = make_network(architecture), *clone, *loaded;
  size_t size;
  unsigned char *bytes = model_bytes(model, &size);
  assert_ok(mnistcnn_model_clone(model, &clone));
  assert_same_model(model, clone);
  assert_ok(mnistcnn_model_load_memory(bytes, size, NULL, &loaded));
  assert_same_model(model, loaded);
  assert_string_equal(mnistcnn_model_architecture(loaded), architecture);
  free(bytes);
  mnistcnn_model_free(loaded);
  mnistcnn_model_free(clone);
  mnistcnn_model_free(model);
}
