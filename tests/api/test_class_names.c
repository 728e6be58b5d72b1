/* Classes of the datasets of a training, by their names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image_args.h"
#include "network_support.h"

enum { IMAGES = 40 };

/* Images of make_dataset(), class i of which is called by_bar[i], in a dataset that lists its
 * `count` classes in the order of `names`; images of others are left out. */
static mnistcnn_dataset *named(const char *const *by_bar, const char *const *names,
                               uint32_t count) {
  uint8_t *pixels;
  int32_t *labels;
  mnistcnn_dataset *dataset;
  const size_t bytes = SMALL_SIDE * SMALL_SIDE;
  size_t kept = 0;
  make_images(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5, &pixels, &labels);
  for (size_t i = 0; i < IMAGES; i++) {
    for (uint32_t c = 0; c < count; c++) {
      if (strcmp(names[c], by_bar[i % SMALL_CLASSES]) != 0)
        continue;
      memmove(pixels + kept * bytes, pixels + i * bytes, bytes);
      labels[kept++] = (int32_t)c;
    }
  }
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, kept, SMALL_SIDE, SMALL_SIDE, 1, count, names), NULL, &dataset));
  free(pixels);
  free(labels);
  return dataset;
}

static const char *const pets[SMALL_CLASSES] = {"Ant", "bee", "cat", "dog"};

static mnistcnn_status train(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                             const mnistcnn_dataset *validation, mnistcnn_progress *last) {
  mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
  options.epochs = 30;
  options.learning_rate = 0.005f;
  return mnistcnn_train(model, dataset, validation, &options, last);
}

/* --- found by name ---------------------------------------------------------------------------- */

/* In another order, and with some of them missing, the validation finds the same classes. */
static void validation_classes_are_found_by_name(void **state) {
  static const char *const other[SMALL_CLASSES] = {"dog", "cat", "bee", "Ant"};
  static const char *const fewer[2] = {"cat", "Ant"};
  mnistcnn_dataset *dataset = named(pets, pets, 4);
  mnistcnn_dataset *validations[] = {named(pets, pets, 4), named(pets, other, 4),
                                     named(pets, fewer, 2)};
  mnistcnn_progress last[3];
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
    last[i] = (mnistcnn_progress)MNISTCNN_PROGRESS_INIT;
    assert_ok(train(model, dataset, validations[i], &last[i]));
    assert_true(last[i].validation_accuracy == 1.0);
    assert_string_equal(mnistcnn_model_class_name(model, 0), "Ant");
    assert_ok(train(model, dataset, validations[i], &last[i])); /* now that it has names */
    mnistcnn_model_free(model);
    mnistcnn_dataset_free(validations[i]);
  }
  mnistcnn_dataset_free(dataset);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuses(const mnistcnn_dataset *dataset, const mnistcnn_dataset *validation,
                    mnistcnn_model *model, const char *message) {
  mnistcnn_model *own = model ? NULL : make_network(SMALL_ARCHITECTURE);
  assert_int_equal(train(own ? own : model, dataset, validation, NULL), MNISTCNN_SHAPE_MISMATCH);
  if (strcmp(mnistcnn_last_error(), message) != 0)
    fail_msg("not \"%s\", but \"%s\"", message, mnistcnn_last_error());
  if (own) /* it has not taken the names */
    assert_string_equal(mnistcnn_model_class_name(own, 0), "0");
  mnistcnn_model_free(own);
}

static void other_names_are_refused(void **state) {
  static const char *const lower[SMALL_CLASSES] = {"ant", "bee", "cat", "dog"};
  static const char *const more[5] = {"Ant", "bee", "cat", "dog", "elk"};
  mnistcnn_dataset *dataset = named(pets, pets, 4), *small = named(lower, lower, 4);
  mnistcnn_dataset *five = named(pets, more, 5), *nine = named(lower, lower, 2);
  (void)state;
  refuses(dataset, small, NULL,
          "the validation dataset has other classes than the model: it lacks \"Ant\" and has "
          "\"ant\"");
  refuses(dataset, five, NULL,
          "the validation dataset has 5 classes; the model has 4: \"elk\" is not one of the "
          "model's");
  refuses(dataset, nine, NULL,
          "the validation dataset has 2 classes; the model has 4: it lacks \"Ant\" and has "
          "\"ant\"");
  mnistcnn_dataset_free(nine);
  mnistcnn_dataset_free(five);
  mnistcnn_dataset_free(small);
  mnistcnn_dataset_free(dataset);
}

/* The training set, and that of an evaluation, must have the model's classes in its order. */
static void other_training_sets_are_refused(void **state) {
  static const char *const other[SMALL_CLASSES] = {"dog", "cat", "bee", "Ant"};
  static const char *const fewer[3] = {"Ant", "cat", "dog"};
  mnistcnn_dataset *dataset = named(pets, pets, 4), *reversed = named(pets, other, 4);
  mnistcnn_dataset *three = named(pets, fewer, 3);
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
  (void)state;
  assert_ok(mnistcnn_model_set_class_names(model, pets, SMALL_CLASSES));
  refuses(reversed, NULL, model,
          "the training dataset has other classes than the model: their order is another");
  refuses(three, NULL, model,
          "the training dataset has 3 classes; the model has 4: it lacks \"bee\"");
  assert_int_equal(mnistcnn_evaluate(model, three, NULL, &metrics), MNISTCNN_SHAPE_MISMATCH);
  assert_non_null(strstr(mnistcnn_last_error(), "it lacks \"bee\""));
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(three);
  mnistcnn_dataset_free(reversed);
  mnistcnn_dataset_free(dataset);
}

/* Without names it is the number of classes that counts. */
static void numbers_must_agree(void **state) {
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_dataset *three = make_dataset(IMAGES, SMALL_SIDE, 1, 3, 5);
  (void)state;
  refuses(dataset, three, NULL, "the validation dataset has 3 classes; the model has 4");
  mnistcnn_dataset_free(three);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(validation_classes_are_found_by_name),
      cmocka_unit_test(other_names_are_refused),
      cmocka_unit_test(other_training_sets_are_refused),
      cmocka_unit_test(numbers_must_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
