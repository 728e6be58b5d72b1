/* How a model wants its images: set, checked, applied alike by bytes, intensities, files and
 * training. */
#include "api_support.h"
#include "image_args.h"
#include "temp_folder.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = SMALL_SIDE, PIXELS = SIDE * SIDE, CLASSES = SMALL_CLASSES };

static mnistcnn_preparation preparation_of(const mnistcnn_model *model) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  assert_ok(mnistcnn_model_preparation(model, &how));
  return how;
}

static void assert_near(const float *a, const float *b, size_t count, float tolerance) {
  for (size_t i = 0; i < count; i++)
    assert_true(fabsf(a[i] - b[i]) < tolerance);
}

/* --- what can be said ------------------------------------------------------------------------- */

static void a_new_model_has_the_defaults(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  const mnistcnn_preparation defaults = MNISTCNN_PREPARATION_INIT, how = preparation_of(model);
  (void)state;
  assert_memory_equal(&how, &defaults, sizeof how);
  mnistcnn_model_free(model);
}

static void presets_say_it(void **state) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  (void)state;
  assert_ok(mnistcnn_model_options_preset(&options, sizeof options, "tutorial"));
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_int_equal(preparation_of(model).alpha, MNISTCNN_ALPHA_DROP);
  assert_int_equal(preparation_of(model).prepare, MNISTCNN_PREPARE_NONE);
  mnistcnn_model_free(model);
  assert_ok(mnistcnn_model_options_preset(&options, sizeof options, "best"));
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_int_equal(preparation_of(model).alpha, MNISTCNN_ALPHA_COMPOSITE);
  assert_true(preparation_of(model).mean[0] == 0.1307f);
  assert_true(preparation_of(model).deviation[0] == 0.3081f);
  mnistcnn_model_free(model);
}

#define SPOIL(name, statement)                                                                     \
  static void spoil_##name(mnistcnn_preparation *how) {                                            \
    how->statement;                                                                                \
  }
SPOIL(prepare, prepare = 2)
SPOIL(prepare_below, prepare = -1)
SPOIL(polarity, polarity = 3)
SPOIL(idle_polarity, polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT)
SPOIL(invert, invert = 2)
SPOIL(invert_huge, invert = UINT32_MAX)
SPOIL(alpha, alpha = 2)
SPOIL(resize, resize = 2)
SPOIL(scale_zero, scale = 0)
SPOIL(scale_nan, scale = NAN)
SPOIL(scale_huge, scale = -2e6f)
SPOIL(offset_nan, offset = NAN)
SPOIL(offset_tiny, offset = 1e-7f)
SPOIL(mean_infinite, mean[2] = INFINITY)
SPOIL(deviation_zero, deviation[1] = 0)
SPOIL(deviation_negative, deviation[0] = -1)
SPOIL(deviation_nan, deviation[2] = NAN)

static const struct {
  void (*spoil)(mnistcnn_preparation *how);
  const char *named;
} refused[] = {{spoil_prepare, "prepare: 2"},
               {spoil_prepare_below, "prepare: -1"},
               {spoil_polarity, "polarity: 3"},
               {spoil_idle_polarity, "polarity has no effect"},
               {spoil_invert, "invert: 2"},
               {spoil_invert_huge, "invert"},
               {spoil_alpha, "alpha: 2"},
               {spoil_resize, "resize: 2"},
               {spoil_scale_zero, "scale must be of a magnitude"},
               {spoil_scale_nan, "scale"},
               {spoil_scale_huge, "scale"},
               {spoil_offset_nan, "offset must be 0, or"},
               {spoil_offset_tiny, "offset"},
               {spoil_mean_infinite, "mean"},
               {spoil_deviation_zero, "deviation must be 1e-6 to 1e6"},
               {spoil_deviation_negative, "deviation"},
               {spoil_deviation_nan, "deviation"}};

/* By the setter, by the options of a model and by those of a dataset; and nothing is changed. */
static void wrong_values_are_named(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL), *other;
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_dataset_options load = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_dataset *dataset;
  const mnistcnn_preparation before = preparation_of(model);
  (void)state;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
    refused[i].spoil(&how);
    options.preparation = load.preparation = &how;
    assert_int_equal(mnistcnn_model_set_preparation(model, &how), MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), refused[i].named));
    assert_int_equal(mnistcnn_model_create(&options, &other), MNISTCNN_INVALID_ARGUMENT);
    assert_null(other);
    assert_non_null(strstr(mnistcnn_last_error(), refused[i].named));
    assert_int_equal(mnistcnn_dataset_load_folder(".", &load, &dataset), MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), refused[i].named));
  }
  const mnistcnn_preparation after = preparation_of(model);
  assert_memory_equal(&before, &after, sizeof before);
  assert_int_equal(mnistcnn_model_set_preparation(NULL, &before), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_set_preparation(model, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_model_preparation(model, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_preparation_init(NULL, sizeof before), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
}

static void digits_have_sides_of_8_to_1024(void **state) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_dataset_options load = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_dataset *dataset;
  mnistcnn_model *model;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  (void)state;
  how.prepare = MNISTCNN_PREPARE_DIGIT;
  options.input_height = options.input_width = 7;
  options.architecture = "flatten, dense 10 softmax";
  options.preparation = &how;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "8 to 1024, not 7 x 7"));
  options.preparation = NULL;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_int_equal(mnistcnn_model_set_preparation(model, &how), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "with none, images are only resized"));
  mnistcnn_model_free(model);
  options.input_height = 8;
  options.input_width = 1024;
  options.preparation = &how;
  assert_ok(mnistcnn_model_create(&options, &model));
  mnistcnn_model_free(model);
  load.height = load.width = 1025;
  load.prepare = MNISTCNN_PREPARE_DIGIT;
  assert_int_equal(mnistcnn_dataset_load_folder(".", &load, &dataset), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "not 1025 x 1025"));
}

/* input_mean and input_std are short for the numbers: said twice they must agree. */
static void the_short_form_must_agree(void **state) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model *model;
  (void)state;
  options.preparation = &how;
  options.input_mean = 0.5f;
  options.input_std = 0.25f;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_true(preparation_of(model).mean[2] == 0.5f && preparation_of(model).deviation[1] == 0.25f);
  mnistcnn_model_free(model);
  for (int c = 0; c < 3; c++)
    how.mean[c] = 0.5f;
  assert_int_equal(mnistcnn_model_create(&options, &model), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "input_mean and input_std are given"));
  for (int c = 0; c < 3; c++)
    how.deviation[c] = 0.25f;
  assert_ok(mnistcnn_model_create(&options, &model));
  mnistcnn_model_free(model);
  options.input_mean = 0;
  options.input_std = 1;
  assert_ok(mnistcnn_model_create(&options, &model));
  assert_true(preparation_of(model).mean[0] == 0.5f && preparation_of(model).deviation[0] == 0.25f);
  mnistcnn_model_free(model);
}

static void contradicting_dataset_options_are_refused(void **state) {
  mnistcnn_dataset_options load = MNISTCNN_DATASET_OPTIONS_INIT;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  mnistcnn_dataset *dataset;
  (void)state;
  load.preparation = &how;
  load.prepare = MNISTCNN_PREPARE_DIGIT;
  assert_int_equal(mnistcnn_dataset_load_folder(".", &load, &dataset), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "prepare and resize must be 0 or those of"));
  load.prepare = 0;
  load.resize = MNISTCNN_RESIZE_NEAREST;
  assert_int_equal(mnistcnn_dataset_load_folder(".", &load, &dataset), MNISTCNN_INVALID_ARGUMENT);
  load.resize = 7;
  load.preparation = NULL;
  assert_int_equal(mnistcnn_dataset_load_folder(".", &load, &dataset), MNISTCNN_INVALID_ARGUMENT);
  assert_non_null(strstr(mnistcnn_last_error(), "resize: 7"));
}

/* A model of one channel has one mean; what is said of others is of no account. */
static void gray_has_the_first_number(void **state) {
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  (void)state;
  how.mean[0] = 0.5f;
  how.mean[1] = 0.25f;
  how.deviation[2] = 4;
  assert_ok(mnistcnn_model_set_preparation(model, &how));
  how = preparation_of(model);
  assert_true(how.mean[1] == 0.5f && how.mean[2] == 0.5f && how.deviation[2] == 1);
  mnistcnn_model_free(model);
}

static void options_for_a_model(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_dataset_options options;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  (void)state;
  how.prepare = MNISTCNN_PREPARE_DIGIT;
  how.polarity = MNISTCNN_POLARITY_DARK_ON_LIGHT;
  assert_ok(mnistcnn_model_set_preparation(model, &how));
  assert_ok(mnistcnn_dataset_options_for_model(&options, sizeof options, model));
  assert_true(options.height == SIDE && options.width == SIDE && options.channels == 0);
  assert_int_equal(options.num_threads, 1);
  assert_int_equal(options.preparation->polarity, MNISTCNN_POLARITY_DARK_ON_LIGHT);
  assert_int_equal(mnistcnn_dataset_options_for_model(&options, sizeof options, NULL),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_options_for_model(NULL, sizeof options, model),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_dataset_options_for_model(&options, 8, model),
                   MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
  model = make_small_model(1, NULL);
  assert_ok(mnistcnn_dataset_options_for_model(&options, sizeof options, model));
  assert_int_equal(options.channels, 1);
  mnistcnn_model_free(model);
}

/* --- the numbers ------------------------------------------------------------------------------ */

/* The same initial weights, and these numbers. */
static mnistcnn_model *model_with(uint32_t channels, const mnistcnn_preparation *how,
                                  const char *architecture) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_model *model;
  options.input_height = options.input_width = SIDE;
  options.input_channels = channels;
  options.num_classes = CLASSES;
  options.architecture = architecture;
  options.preparation = how;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static void predict_both(const mnistcnn_model *model, const uint8_t *pixels, float *of_bytes,
                         float *of_floats) {
  const size_t count = mnistcnn_model_num_inputs(model);
  float *const floats = malloc(count * sizeof *floats);
  for (size_t i = 0; i < count; i++)
    floats[i] = (float)pixels[i] / 255.0f;
  assert_ok(mnistcnn_predict_u8(model, NULL, pixels, count, of_bytes, CLASSES));
  assert_ok(mnistcnn_predict(model, NULL, floats, count, of_floats, CLASSES));
  free(floats);
}

/* What the numbers make of the bytes, computed here, as intensities for a model without numbers. */
static void numbers_are_applied(uint32_t channels, const mnistcnn_preparation *how) {
  mnistcnn_model *const plain = model_with(channels, NULL, SMALL_ARCHITECTURE);
  mnistcnn_model *const model = model_with(channels, how, SMALL_ARCHITECTURE);
  float expected[CLASSES], of_bytes[CLASSES], of_floats[CLASSES];
  const size_t count = (size_t)PIXELS * channels;
  float *const floats = malloc(count * sizeof *floats);
  uint8_t *pixels;
  int32_t *labels;
  make_images(1, SIDE, channels, CLASSES, 3, &pixels, &labels);
  for (size_t i = 0; i < count; i++) {
    const double v = how->invert ? 255 - pixels[i] : pixels[i];
    floats[i] =
        (float)((v * (double)how->scale + (double)how->offset - (double)how->mean[i % channels]) /
                (double)how->deviation[i % channels]);
  }
  assert_ok(mnistcnn_predict(plain, NULL, floats, count, expected, CLASSES));
  predict_both(model, pixels, of_bytes, of_floats);
  assert_near(of_bytes, expected, CLASSES, 1e-4f);
  assert_near(of_floats, expected, CLASSES, 1e-4f);
  free(floats);
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
  mnistcnn_model_free(plain);
}

static void bytes_and_intensities_are_scaled(void **state) {
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  (void)state;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    for (uint32_t invert = 0; invert <= 1; invert++) {
      how = (mnistcnn_preparation)MNISTCNN_PREPARATION_INIT;
      how.invert = invert;
      numbers_are_applied(channels, &how);
      how.mean[0] = how.mean[1] = how.mean[2] = 0.25f;
      how.deviation[0] = how.deviation[1] = how.deviation[2] = 0.5f;
      numbers_are_applied(channels, &how);
      how.scale = 1.0f / 127.5f; /* -1..1, as many networks have it */
      how.offset = -1;
      numbers_are_applied(channels, &how);
    }
  }
  how.mean[1] = -0.5f;
  how.deviation[2] = 0.125f;
  numbers_are_applied(3, &how);
  how.invert = 0;
  numbers_are_applied(3, &how);
}

/* Three channels scaled by numbers of their own, in the preparation or by a layer: of colour images
 * and of gray ones, which are no longer gray then, predicted and trained. */
static void channels_have_numbers_of_their_own(void **state) {
  static const char layer[] = "normalize 0.5 0.25 -0.125 / 0.5 0.25 2, conv 4 3x3 relu, maxpool 2, "
                              "flatten, dense 4 softmax";
  const char *const rest = strstr(layer, "conv");
  const mnistcnn_preparation how = {.struct_size = sizeof how,
                                    .scale = 1.0f / 255.0f,
                                    .mean = {0.5f, 0.25f, -0.125f},
                                    .deviation = {0.5f, 0.25f, 2}};
  (void)state;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    mnistcnn_model *const a = model_with(3, &how, rest), *const b = model_with(3, NULL, layer);
    mnistcnn_dataset *const dataset = make_dataset(64, SIDE, channels, CLASSES, 4);
    mnistcnn_train_options options = small_training(2);
    mnistcnn_metrics of_a = {.struct_size = sizeof of_a}, of_b = of_a;
    mnistcnn_cost cost = {.struct_size = sizeof cost};
    float *weights_a = NULL, *weights_b = NULL;
    size_t count;
    assert_ok(mnistcnn_model_weights(a, 0, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count));
    weights_a = malloc(count * sizeof *weights_a);
    weights_b = malloc(count * sizeof *weights_b);
    for (uint32_t i = 0; i < mnistcnn_model_num_layers(a); i++) { /* the same initial weights */
      for (int32_t which = 0; which <= MNISTCNN_WEIGHTS_BIAS; which++) {
        float values[4096];
        if (mnistcnn_model_weights(a, i, which, values, 4096, &count) == MNISTCNN_OK)
          assert_ok(mnistcnn_model_set_weights(b, i + 1, which, values, count));
      }
    }
    assert_ok(mnistcnn_evaluate(a, dataset, NULL, &of_a));
    assert_ok(mnistcnn_evaluate(b, dataset, NULL, &of_b));
    assert_true(fabs(of_a.loss - of_b.loss) < 1e-4);
    assert_ok(mnistcnn_model_train_cost(a, dataset, NULL, &options, &cost));
    options.augment = MNISTCNN_AUGMENT_NONE; /* which fills with other values than a layer */
    options.rotation = options.shift = 0;
    options.optimizer = MNISTCNN_OPTIMIZER_SGD;
    options.learning_rate = 0.01f;
    assert_ok(mnistcnn_train(a, dataset, dataset, &options, NULL));
    assert_ok(mnistcnn_train(b, dataset, dataset, &options, NULL));
    count = 3 * 3 * 3 * 4;
    assert_ok(mnistcnn_model_weights(a, 0, MNISTCNN_WEIGHTS_KERNEL, weights_a, count, NULL));
    assert_ok(mnistcnn_model_weights(b, 1, MNISTCNN_WEIGHTS_KERNEL, weights_b, count, NULL));
    assert_near(weights_a, weights_b, count, 1e-3f);
    free(weights_a);
    free(weights_b);
    mnistcnn_dataset_free(dataset);
    mnistcnn_model_free(a);
    mnistcnn_model_free(b);
  }
}

/* --- files ------------------------------------------------------------------------------------ */

enum { CANVAS = 60, DIGIT_SIDE = 28 };

static const char DIGIT_FILE[] = "digit.png", BLANK_FILE[] = "blank.png", PAIR_FILE[] = "pair.png";

static void draw(uint8_t *canvas, uint32_t top, uint32_t left, uint32_t height, uint32_t width) {
  for (uint32_t y = top; y < top + height; y++)
    memset(canvas + y * CANVAS + left, 0, width);
}

/* A 1, nothing, and a shape wider than a digit, black on white. */
static int write_pictures(void **state) {
  uint8_t canvas[CANVAS * CANVAS];
  if (test_enter_folder(state) != 0)
    return 1;
  memset(canvas, 255, sizeof canvas);
  assert_ok(mnistcnn_image_save_png(IMAGE(canvas, CANVAS, CANVAS, 1), BLANK_FILE));
  draw(canvas, 10, 27, 40, 5);
  assert_ok(mnistcnn_image_save_png(IMAGE(canvas, CANVAS, CANVAS, 1), DIGIT_FILE));
  memset(canvas, 255, sizeof canvas);
  draw(canvas, 18, 8, 24, 4);
  draw(canvas, 18, 48, 24, 4);
  draw(canvas, 28, 8, 4, 44);
  assert_ok(mnistcnn_image_save_png(IMAGE(canvas, CANVAS, CANVAS, 1), PAIR_FILE));
  return 0;
}

static mnistcnn_model *digit_model(uint32_t channels, uint32_t invert,
                                   const mnistcnn_allocator *allocator) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  mnistcnn_preparation how = MNISTCNN_PREPARATION_INIT;
  mnistcnn_model *model;
  how.prepare = MNISTCNN_PREPARE_DIGIT;
  how.invert = invert;
  options.input_channels = channels;
  options.architecture = "conv 2 5x5 relu, maxpool 4, flatten, dense 10 softmax";
  options.preparation = &how;
  options.allocator = allocator;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

/* The file is prepared as mnistcnn_digit_prepare() would, and its pixels predicted as by the call
 * for pixels; as by a dataset of that file. */
static void a_file_is_prepared_as_a_digit(void **state) {
  uint8_t canvas[CANVAS * CANVAS], prepared[DIGIT_SIDE * DIGIT_SIDE];
  uint8_t colour[3 * DIGIT_SIDE * DIGIT_SIDE];
  float expected[10], row[10];
  (void)state;
  assert_ok(mnistcnn_image_decode_file(DIGIT_FILE, 1, canvas, sizeof canvas, NULL));
  assert_ok(mnistcnn_digit_prepare(IMAGE(canvas, CANVAS, CANVAS, 1), NULL, prepared,
                                   sizeof prepared, NULL));
  for (size_t i = 0; i < sizeof colour; i++)
    colour[i] = prepared[i / 3];
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    for (uint32_t invert = 0; invert <= 1; invert++) {
      mnistcnn_model *model = digit_model(channels, invert, NULL);
      assert_ok(mnistcnn_predict_u8(model, NULL, channels == 1 ? prepared : colour,
                                    sizeof prepared * channels, expected, 10));
      assert_ok(mnistcnn_predict_image_file(model, NULL, DIGIT_FILE, row, 10));
      assert_near(row, expected, 10, 1e-5f);
      mnistcnn_model_free(model);
    }
  }
}

static void no_digit_has_a_status_of_its_own(void **state) {
  mnistcnn_model *model = digit_model(1, 0, NULL);
  mnistcnn_preparation how;
  float row[10] = {7};
  (void)state;
  assert_int_equal(mnistcnn_predict_image_file(model, NULL, BLANK_FILE, row, 10),
                   MNISTCNN_NO_DIGIT);
  assert_string_equal(mnistcnn_last_error(), "blank.png: shows no digit: nothing is drawn on it");
  assert_true(row[0] == 7);
  assert_int_equal(mnistcnn_predict_image_file(model, NULL, "none.png", row, 10),
                   MNISTCNN_NOT_FOUND);
  how = preparation_of(model);
  how.prepare = MNISTCNN_PREPARE_NONE;
  assert_ok(mnistcnn_model_set_preparation(model, &how));
  assert_ok(mnistcnn_predict_image_file(model, NULL, BLANK_FILE, row, 10));
  mnistcnn_model_free(model);
}

/* As mnistcnn_digit_list_predict() has it. */
static void touching_digits_are_half_trusted(void **state) {
  mnistcnn_model *model = digit_model(1, 0, NULL);
  uint8_t canvas[CANVAS * CANVAS], prepared[DIGIT_SIDE * DIGIT_SIDE];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  float row[10], network[10];
  (void)state;
  assert_ok(mnistcnn_image_decode_file(PAIR_FILE, 1, canvas, sizeof canvas, NULL));
  assert_ok(mnistcnn_digit_prepare(IMAGE(canvas, CANVAS, CANVAS, 1), NULL, prepared,
                                   sizeof prepared, &info));
  assert_int_equal(info.verdict, MNISTCNN_DIGIT_TOUCHING);
  assert_ok(mnistcnn_predict_u8(model, NULL, prepared, sizeof prepared, network, 10));
  assert_ok(mnistcnn_predict_image_file(model, NULL, PAIR_FILE, row, 10));
  for (int i = 0; i < 10; i++)
    assert_true(fabsf(row[i] - (0.5f * network[i] + 0.05f)) < 1e-6f);
  mnistcnn_model_free(model);
}

static void digits_survive_want_of_memory(void **state) {
  test_allocator allocator;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  float row[10];
  (void)state;
  test_allocator_init(&allocator);
  mnistcnn_model *model = digit_model(1, 0, &allocator.interface);
  const size_t live = allocator.live;
  for (size_t fail_at = 0; status == MNISTCNN_OUT_OF_MEMORY; fail_at++) {
    row[0] = 7;
    atomic_store(&allocator.calls, 0);
    allocator.fail_at = fail_at;
    status = mnistcnn_predict_image_file(model, NULL, DIGIT_FILE, row, 10);
    assert_true((row[0] == 7) == (status != MNISTCNN_OK));
    assert_int_equal(allocator.live, live);
  }
  assert_ok(status);
  assert_true(atomic_load(&allocator.calls) > 6);
  mnistcnn_model_free(model);
  assert_int_equal(allocator.live, 0);
}

/* --- copies ----------------------------------------------------------------------------------- */

static void it_goes_with_the_model(void **state) {
  mnistcnn_model *model = digit_model(3, 1, NULL), *clone, *loaded;
  mnistcnn_dataset *dataset = make_dataset(40, DIGIT_SIDE, 1, 10, 1);
  mnistcnn_train_options options = small_training(1);
  mnistcnn_resume_options resume = MNISTCNN_RESUME_OPTIONS_INIT;
  mnistcnn_trainer *trainer;
  const mnistcnn_preparation how = preparation_of(model);
  mnistcnn_preparation other;
  (void)state;
  assert_ok(mnistcnn_model_clone(model, &clone));
  other = preparation_of(clone);
  assert_memory_equal(&how, &other, sizeof how);
  assert_ok(mnistcnn_model_save_file(model, "model"));
  assert_ok(mnistcnn_model_load_file("model", NULL, &loaded));
  other = preparation_of(loaded);
  assert_memory_equal(&how, &other, sizeof how);
  assert_same_model(model, loaded);
  assert_ok(mnistcnn_trainer_create(model, dataset, NULL, &options, &trainer));
  assert_ok(mnistcnn_trainer_save_file(trainer, "checkpoint"));
  mnistcnn_trainer_free(trainer);
  mnistcnn_model_free(model);
  mnistcnn_model_free(clone);
  mnistcnn_model_free(loaded);
  resume.path = "checkpoint";
  assert_ok(mnistcnn_train_resume(&resume, dataset, NULL, &model, NULL));
  other = preparation_of(model);
  assert_memory_equal(&how, &other, sizeof how);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_model_has_the_defaults),
      cmocka_unit_test(presets_say_it),
      cmocka_unit_test(wrong_values_are_named),
      cmocka_unit_test(digits_have_sides_of_8_to_1024),
      cmocka_unit_test(the_short_form_must_agree),
      cmocka_unit_test(contradicting_dataset_options_are_refused),
      cmocka_unit_test(gray_has_the_first_number),
      cmocka_unit_test(options_for_a_model),
      cmocka_unit_test(bytes_and_intensities_are_scaled),
      cmocka_unit_test(channels_have_numbers_of_their_own),
      cmocka_unit_test(a_file_is_prepared_as_a_digit),
      cmocka_unit_test(no_digit_has_a_status_of_its_own),
      cmocka_unit_test(touching_digits_are_half_trusted),
      cmocka_unit_test(digits_survive_want_of_memory),
      cmocka_unit_test(it_goes_with_the_model),
  };
  return cmocka_run_group_tests(tests, write_pictures, test_leave_folder);
}
