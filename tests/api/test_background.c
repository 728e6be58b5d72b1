/* Background images, which show none of the classes, and the threshold that rejects their kind. */
// labels: threads
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
#include "network_support.h"
#include "temp_folder.h"

enum { SIDE = SMALL_SIDE, PIXELS = SIDE * SIDE, CLASSES = SMALL_CLASSES, IMAGES = 160 };

/* A checkerboard, which is none of the bars that make_images() draws. */
static void draw_background(uint8_t *pixels, size_t index) {
  for (int i = 0; i < PIXELS; i++)
    pixels[i] = (uint8_t)((i / SIDE + i % SIDE + (int)index) % 2 * 200 + (int)(index % 50));
}

/* Every fourth image is background. */
static mnistcnn_dataset *make_mixed(uint32_t seed, size_t count) {
  mnistcnn_dataset *dataset;
  uint8_t *pixels;
  int32_t *labels;
  make_images(count, SIDE, 1, CLASSES, seed, &pixels, &labels);
  for (size_t i = 2; i < count; i += 4) {
    draw_background(pixels + i * PIXELS, i / 4);
    labels[i] = MNISTCNN_NO_CLASS;
  }
  for (size_t i = 3; i < count; i += 8) /* all classes remain: i % CLASSES gives the others none */
    labels[i] = 2;
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, count, SIDE, SIDE, 1, CLASSES, NULL), NULL, &dataset));
  free(pixels);
  free(labels);
  return dataset;
}

static mnistcnn_metrics evaluate(const mnistcnn_model *model, const mnistcnn_dataset *dataset,
                                 uint64_t *confusion, float *probabilities) {
  mnistcnn_evaluate_options options = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  options.confusion = confusion;
  options.confusion_capacity = confusion ? (size_t)CLASSES * CLASSES : 0;
  options.probabilities = probabilities;
  options.probabilities_capacity =
      probabilities ? mnistcnn_dataset_num_images(dataset) * CLASSES : 0;
  assert_ok(mnistcnn_evaluate(model, dataset, &options, &metrics));
  return metrics;
}

/* --- datasets --------------------------------------------------------------------------------- */

static void labels_may_say_no_class(void **state) {
  static const uint8_t pixels[3] = {1, 2, 3};
  int32_t labels[3] = {1, MNISTCNN_NO_CLASS, 0};
  mnistcnn_dataset *dataset;
  (void)state;
  assert_ok(
      mnistcnn_dataset_create_copy(LABELLED(pixels, labels, 3, 1, 1, 1, 2, NULL), NULL, &dataset));
  assert_int_equal(mnistcnn_dataset_num_classes(dataset), 2);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(mnistcnn_dataset_label(dataset, i), labels[i]);
  mnistcnn_dataset_free(dataset);
  labels[1] = -2;
  assert_int_equal(
      mnistcnn_dataset_create_copy(LABELLED(pixels, labels, 3, 1, 1, 1, 2, NULL), NULL, &dataset),
      MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "labels[1]: -2 is not a class"));
}

static size_t background_of(const mnistcnn_dataset *dataset) {
  size_t count = 0;
  for (size_t i = 0; i < mnistcnn_dataset_num_images(dataset); i++)
    count += mnistcnn_dataset_label(dataset, i) == MNISTCNN_NO_CLASS;
  return count;
}

static void splits_take_their_share_of_the_background(void **state) {
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES), *first, *second;
  (void)state;
  assert_int_equal(background_of(dataset), IMAGES / 4);
  assert_ok(mnistcnn_dataset_split(dataset, 0.25, 1, &first, &second));
  assert_int_equal(background_of(second), IMAGES / 16);
  assert_int_equal(background_of(first), IMAGES / 4 - IMAGES / 16);
  assert_int_equal(mnistcnn_dataset_num_images(first) + mnistcnn_dataset_num_images(second),
                   IMAGES);
  mnistcnn_dataset_free(second);
  mnistcnn_dataset_free(first);
  mnistcnn_dataset_free(dataset);
}

static void idx_files_have_none(void **state) {
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_dataset *dataset;
  (void)state;
  options.background = "none";
  assert_int_equal(mnistcnn_dataset_load_idx("images", "labels", &options, &dataset),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "background is for folders"));
}

/* --- training --------------------------------------------------------------------------------- */

static mnistcnn_model *train_on(const mnistcnn_dataset *dataset, uint32_t threads) {
  mnistcnn_train_options options = small_training(12);
  mnistcnn_model *model = make_network(SMALL_ARCHITECTURE);
  options.num_threads = threads;
  options.loss = MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY;
  assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
  return model;
}

static double mean_confidence(const mnistcnn_dataset *dataset, const float *probabilities,
                              int of_background) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < mnistcnn_dataset_num_images(dataset); i++) {
    float confidence;
    if ((mnistcnn_dataset_label(dataset, i) == MNISTCNN_NO_CLASS) != of_background)
      continue;
    assert_ok(mnistcnn_top_class(probabilities + i * CLASSES, CLASSES, NULL, &confidence));
    sum += (double)confidence;
    count++;
  }
  return sum / (double)count;
}

/* About other images of the same kinds the network is undecided where they are background. */
static void training_makes_undecided(void **state) {
  mnistcnn_dataset *train = make_mixed(3, IMAGES), *other = make_mixed(11, IMAGES);
  mnistcnn_model *model = train_on(train, 1);
  float probabilities[IMAGES * CLASSES];
  uint64_t confusion[CLASSES * CLASSES], confused = 0;
  (void)state;
  const mnistcnn_metrics metrics = evaluate(model, other, confusion, probabilities);
  assert_int_equal(metrics.count, IMAGES - IMAGES / 4);
  assert_int_equal(metrics.background, IMAGES / 4);
  assert_int_equal(metrics.rejected + metrics.background_rejected, 0);
  assert_true(fabs(metrics.accuracy - (double)metrics.correct / (double)metrics.count) < 1e-12);
  for (int i = 0; i < CLASSES * CLASSES; i++)
    confused += confusion[i];
  assert_int_equal(confused, metrics.count);
  assert_true(mean_confidence(other, probabilities, 1) + 0.2 <
              mean_confidence(other, probabilities, 0));
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(other);
  mnistcnn_dataset_free(train);
}

static void threads_do_not_matter(void **state) {
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES);
  mnistcnn_model *alone = train_on(dataset, 1);
  (void)state;
  for (uint32_t threads = 2; threads <= 5; threads += 3) {
    mnistcnn_model *model = train_on(dataset, threads);
    assert_same_model(alone, model);
    mnistcnn_model_free(model);
  }
  mnistcnn_model_free(alone);
  mnistcnn_dataset_free(dataset);
}

static int32_t stop_at_zero(const mnistcnn_progress *progress, void *user) {
  int *const calls_left = user;
  (void)progress;
  return (*calls_left)-- == 0;
}

typedef struct final_figures {
  double accuracy, loss;
} final_figures;

static final_figures figures_of(mnistcnn_trainer *trainer) {
  mnistcnn_progress figures = MNISTCNN_PROGRESS_INIT;
  while (!mnistcnn_trainer_finished(trainer))
    assert_ok(mnistcnn_trainer_step(trainer, NULL));
  assert_ok(mnistcnn_trainer_history(trainer, 1, &figures));
  return (final_figures){figures.accuracy, figures.loss};
}

/* In the middle of an epoch, whose accuracy is that of the labelled images before and after. */
static void resuming_gives_the_same(void **state) {
  static const char checkpoint[] = "background.ckpt";
  mnistcnn_dataset *dataset = make_mixed(5, IMAGES);
  mnistcnn_train_options options = small_training(2);
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_model *whole = make_network(SMALL_ARCHITECTURE);
  mnistcnn_model *stopped = make_network(SMALL_ARCHITECTURE), *resumed;
  mnistcnn_trainer *trainer;
  int calls_left = 4;
  (void)state;
  assert_ok(mnistcnn_model_set_rejection_threshold(whole, 0.5f));
  assert_ok(mnistcnn_model_set_rejection_threshold(stopped, 0.5f));
  assert_ok(mnistcnn_trainer_create(whole, dataset, NULL, &options, &trainer));
  const final_figures want = figures_of(trainer);
  mnistcnn_trainer_free(trainer);
  options.checkpoint_path = checkpoint;
  options.progress = stop_at_zero;
  options.user = &calls_left;
  assert_int_equal(mnistcnn_train(stopped, dataset, NULL, &options, NULL), MNISTCNN_CANCELLED);
  resume.path = checkpoint;
  assert_ok(mnistcnn_trainer_resume(&resume, dataset, NULL, &resumed, &trainer));
  const final_figures got = figures_of(trainer);
  mnistcnn_trainer_free(trainer);
  assert_memory_equal(&want, &got, sizeof want);
  assert_same_model(whole, resumed);
  assert_true(mnistcnn_model_rejection_threshold(resumed) == 0.5f);
  remove(checkpoint);
  mnistcnn_model_free(resumed);
  mnistcnn_model_free(stopped);
  mnistcnn_model_free(whole);
  mnistcnn_dataset_free(dataset);
}

/* The background has no weight of its own, so that balanced weights are those of the classes. */
static void weights_balance_the_classes_only(void **state) {
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES);
  mnistcnn_train_options options = small_training(2);
  float weights[CLASSES];
  size_t counts[CLASSES] = {0};
  mnistcnn_model *balanced = make_network(SMALL_ARCHITECTURE);
  mnistcnn_model *weighted = make_network(SMALL_ARCHITECTURE);
  (void)state;
  for (size_t i = 0; i < IMAGES; i++)
    if (mnistcnn_dataset_label(dataset, i) != MNISTCNN_NO_CLASS)
      counts[mnistcnn_dataset_label(dataset, i)]++;
  for (int c = 0; c < CLASSES; c++)
    weights[c] = (float)((IMAGES - IMAGES / 4) / ((double)CLASSES * (double)counts[c]));
  options.balance_classes = 1;
  assert_ok(mnistcnn_train(balanced, dataset, NULL, &options, NULL));
  options.balance_classes = 0;
  options.class_weights = weights;
  options.num_class_weights = CLASSES;
  assert_ok(mnistcnn_train(weighted, dataset, NULL, &options, NULL));
  assert_same_model(balanced, weighted);
  mnistcnn_model_free(weighted);
  mnistcnn_model_free(balanced);
  mnistcnn_dataset_free(dataset);
}

/* --- the threshold ---------------------------------------------------------------------------- */

static void the_threshold_is_part_of_the_model(void **state) {
  static const float wrong[] = {-0.1f, 1e-7f, 1.01f, NAN, INFINITY};
  mnistcnn_model *model = make_small_model(1, NULL), *copy;
  size_t size;
  (void)state;
  assert_true(mnistcnn_model_rejection_threshold(model) == 0);
  assert_true(mnistcnn_model_rejection_threshold(NULL) == 0);
  assert_ok(mnistcnn_model_set_rejection_threshold(model, 0.625f));
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(mnistcnn_model_set_rejection_threshold(model, wrong[i]),
                     MNISTCNN_INVALID_ARGUMENT);
    assert_true(mnistcnn_model_rejection_threshold(model) == 0.625f);
  }
  assert_ok(mnistcnn_model_clone(model, &copy));
  assert_true(mnistcnn_model_rejection_threshold(copy) == 0.625f);
  mnistcnn_model_free(copy);
  unsigned char *bytes = model_bytes(model, &size);
  assert_ok(mnistcnn_model_load_memory(bytes, size, NULL, &copy));
  assert_true(mnistcnn_model_rejection_threshold(copy) == 0.625f);
  free(bytes);
  mnistcnn_model_free(copy);
  mnistcnn_model_free(model);
}

static void evaluation_counts_what_it_rejects(void **state) {
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES);
  mnistcnn_model *model = train_on(dataset, 1);
  float probabilities[IMAGES * CLASSES];
  uint64_t want[2] = {0};
  (void)state;
  const mnistcnn_metrics before = evaluate(model, dataset, NULL, probabilities);
  assert_ok(mnistcnn_model_set_rejection_threshold(model, 0.7f));
  for (size_t i = 0; i < IMAGES; i++) {
    float confidence;
    assert_ok(mnistcnn_top_class(probabilities + i * CLASSES, CLASSES, NULL, &confidence));
    want[mnistcnn_dataset_label(dataset, i) == MNISTCNN_NO_CLASS] += confidence < 0.7f;
  }
  const mnistcnn_metrics metrics = evaluate(model, dataset, NULL, NULL);
  assert_int_equal(metrics.rejected, want[0]);
  assert_int_equal(metrics.background_rejected, want[1]);
  assert_true(want[1] > 0 && want[0] < metrics.count);
  assert_int_equal(metrics.correct, before.correct);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* --- calibration ------------------------------------------------------------------------------ */

/* Labels that are partly wrong bound the confidence: the temperature lowers the error that a far
 * too sure model makes on them, whatever the background is. */
static void calibration_fits_confidence_and_threshold(void **state) {
  mnistcnn_dataset *train = make_mixed(3, IMAGES), *other = make_mixed(11, IMAGES);
  mnistcnn_model *model = train_on(train, 1);
  float probabilities[IMAGES * CLASSES];
  size_t accepted = 0;
  (void)state;
  assert_ok(mnistcnn_model_set_temperature(model, 0.01f));
  const mnistcnn_metrics before = evaluate(model, other, NULL, NULL);
  assert_true(before.correct < before.count);
  assert_ok(mnistcnn_model_calibrate(model, other, 0));
  assert_true(mnistcnn_model_rejection_threshold(model) == 0);
  assert_ok(mnistcnn_model_calibrate(model, other, 0.9f));
  const float threshold = mnistcnn_model_rejection_threshold(model);
  assert_true(threshold > 0.25f && threshold < 1);
  const mnistcnn_metrics after = evaluate(model, other, NULL, probabilities);
  assert_true(after.calibration_error < before.calibration_error);
  assert_int_equal(after.correct, before.correct);
  for (size_t i = 0; i < IMAGES; i++) {
    uint32_t top;
    float confidence;
    assert_ok(mnistcnn_top_class(probabilities + i * CLASSES, CLASSES, &top, &confidence));
    accepted += (int32_t)top == mnistcnn_dataset_label(other, i) && confidence >= threshold;
  }
  assert_true((double)accepted >= 0.9 * (double)after.correct);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(other);
  mnistcnn_dataset_free(train);
}

static void calibration_refuses(void **state) {
  static const float wrong[] = {-0.1f, 1.1f, NAN};
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES), *background;
  mnistcnn_dataset *larger = make_dataset(4, SIDE + 1, 1, CLASSES, 1);
  mnistcnn_model *model = make_small_model(1, NULL);
  const size_t index = 2;
  (void)state;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(mnistcnn_model_calibrate(model, dataset, wrong[i]), MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), "accepted must be 0 to 1"));
  }
  assert_int_equal(mnistcnn_model_calibrate(model, larger, 0.5f), MNISTCNN_SHAPE_MISMATCH);
  assert_ok(mnistcnn_dataset_subset(dataset, &index, 1, &background));
  assert_int_equal(mnistcnn_model_calibrate(model, background, 0.5f), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "all of its images are background"));
  assert_true(mnistcnn_model_temperature(model) == 1);
  assert_true(mnistcnn_model_rejection_threshold(model) == 0);
  mnistcnn_dataset_free(background);
  mnistcnn_dataset_free(larger);
  mnistcnn_dataset_free(dataset);
  mnistcnn_model_free(model);
}

static void calibration_survives_a_lack_of_memory(void **state) {
  mnistcnn_dataset *dataset = make_mixed(3, IMAGES);
  test_allocator allocator;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  (void)state;
  test_allocator_init(&allocator);
  mnistcnn_model *model = make_small_model(1, &allocator.interface);
  const size_t live = atomic_load(&allocator.live), calls = atomic_load(&allocator.calls);
  for (size_t i = 0; status != MNISTCNN_OK; i++) {
    allocator.fail_at = calls + i;
    atomic_store(&allocator.calls, calls);
    status = mnistcnn_model_calibrate(model, dataset, 0.9f);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_int_equal(atomic_load(&allocator.live), live);
    assert_true(i < 100);
  }
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* The last of the files is none. */
enum { FILES = 3 };

static void write_files(char paths[FILES][16]) {
  uint8_t pixels[PIXELS];
  for (size_t i = 0; i < FILES; i++) {
    (void)snprintf(paths[i], 16, "%zu.png", i);
    draw_background(pixels, i);
    if (i + 1 < FILES)
      assert_ok(mnistcnn_image_save_png(IMAGE(pixels, SIDE, SIDE, 1), paths[i]));
  }
}

static void check_one_by_one(const mnistcnn_model *model, const char *path, const float *want,
                             mnistcnn_status status) {
  unsigned char data[4096];
  float got[CLASSES] = {0};
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  const size_t size = fread(data, 1, sizeof data, file);
  (void)fclose(file);
  assert_int_equal(mnistcnn_predict_image_file(model, NULL, path, got, CLASSES), status);
  assert_memory_equal(got, want, sizeof got);
  if (status != MNISTCNN_OK)
    assert_non_null(strstr(mnistcnn_last_error(), "rejected: the most probable class"));
  memset(got, 0, sizeof got);
  assert_int_equal(mnistcnn_predict_image_memory(model, NULL, data, size, got, CLASSES), status);
  assert_memory_equal(got, want, sizeof got);
}

/* With the threshold between the confidence of the two files, one of them is rejected, by every
 * call alike; its probabilities are there. */
static void files_are_rejected_alike(void **state) {
  mnistcnn_model *model = make_small_model(1, NULL);
  char texts[FILES][16], messages[FILES][512];
  const char *const paths[FILES] = {texts[0], texts[1], texts[2]};
  float rows[FILES * CLASSES], confidence[2];
  mnistcnn_status statuses[FILES];
  int32_t verdicts[FILES];
  const mnistcnn_file_results results = {.struct_size = sizeof results,
                                         .message_capacity = 512,
                                         .probabilities = rows,
                                         .probabilities_capacity = FILES * CLASSES,
                                         .statuses = statuses,
                                         .messages = messages[0],
                                         .verdicts = verdicts};
  (void)state;
  write_files(texts);
  assert_ok(mnistcnn_predict_image_files(model, NULL, paths, FILES, &results));
  for (size_t i = 0; i < 2; i++)
    assert_ok(mnistcnn_top_class(rows + i * CLASSES, CLASSES, NULL, &confidence[i]));
  assert_true(confidence[0] != confidence[1]);
  const size_t low = confidence[1] < confidence[0];
  assert_ok(mnistcnn_model_set_rejection_threshold(model, confidence[!low]));
  assert_ok(mnistcnn_predict_image_files(model, NULL, paths, FILES, &results));
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(statuses[i], i == low ? MNISTCNN_NO_DIGIT : MNISTCNN_OK);
    assert_int_equal(verdicts[i], i == low ? MNISTCNN_DIGIT_UNCLEAR : MNISTCNN_DIGIT_FOUND);
    check_one_by_one(model, paths[i], rows + i * CLASSES, statuses[i]);
  }
  assert_non_null(strstr(messages[low], "the model's threshold is"));
  assert_string_equal(messages[!low], "");
  assert_int_equal(statuses[2], MNISTCNN_NOT_FOUND);
  assert_true(isnan(rows[2 * CLASSES]));
  assert_non_null(mnistcnn_digit_verdict_text(MNISTCNN_DIGIT_UNCLEAR));
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_may_say_no_class),
      cmocka_unit_test(splits_take_their_share_of_the_background),
      cmocka_unit_test(idx_files_have_none),
      cmocka_unit_test(training_makes_undecided),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(resuming_gives_the_same),
      cmocka_unit_test(weights_balance_the_classes_only),
      cmocka_unit_test(the_threshold_is_part_of_the_model),
      cmocka_unit_test(evaluation_counts_what_it_rejects),
      cmocka_unit_test(calibration_fits_confidence_and_threshold),
      cmocka_unit_test(calibration_refuses),
      cmocka_unit_test(calibration_survives_a_lack_of_memory),
      cmocka_unit_test(files_are_rejected_alike),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
