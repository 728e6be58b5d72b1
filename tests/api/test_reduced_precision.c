// labels: threads
/* Workspaces of reduced precision through the public API: close to float32, the same bytes however
 * the images are cut, never those of weights that are no longer there, and float32 itself where the
 * processor has nothing else. */
#include "api_support.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IMAGES = 70, CLASSES = 10, SIDE = 28, PIXELS = SIDE * SIDE };

typedef float rows[IMAGES * CLASSES];

/* A fresh model hardly prefers any class, and close calls are computed in float32. With the weights
 * of its last layer multiplied it does. */
static void make_decided(mnistcnn_model *model) {
  const uint32_t layers = mnistcnn_model_num_layers(model);
  for (uint32_t layer = layers; layer-- > 0;) {
    size_t count;
    if (mnistcnn_model_weights(model, layer, MNISTCNN_WEIGHTS_KERNEL, NULL, 0, &count) !=
        MNISTCNN_OK)
      continue;
    float *values = malloc(count * sizeof *values);
    assert_non_null(values);
    assert_ok(mnistcnn_model_weights(model, layer, MNISTCNN_WEIGHTS_KERNEL, values, count, NULL));
    for (size_t i = 0; i < count; i++)
      values[i] *= 10.0f;
    assert_ok(mnistcnn_model_set_weights(model, layer, MNISTCNN_WEIGHTS_KERNEL, values, count));
    free(values);
    return;
  }
  fail();
}

static mnistcnn_model *make_model(uint64_t seed, uint32_t channels,
                                  const mnistcnn_allocator *allocator) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = channels;
  options.seed = seed;
  options.allocator = allocator;
  assert_ok(mnistcnn_model_create(&options, &model));
  make_decided(model);
  return model;
}

static mnistcnn_workspace_options reduced_options(uint32_t max_batch, uint32_t threads) {
  mnistcnn_workspace_options options;
  assert_ok(mnistcnn_workspace_options_init(&options, sizeof options));
  assert_int_equal(options.precision, MNISTCNN_PRECISION_FLOAT32);
  options.max_batch = max_batch;
  options.num_threads = threads;
  options.precision = MNISTCNN_PRECISION_INT8;
  return options;
}

static mnistcnn_workspace *make_reduced(const mnistcnn_model *model, uint32_t max_batch,
                                        uint32_t threads) {
  const mnistcnn_workspace_options options = reduced_options(max_batch, threads);
  mnistcnn_workspace *workspace;
  assert_ok(mnistcnn_workspace_create(model, &options, &workspace));
  return workspace;
}

static uint8_t *make_pixels(uint32_t channels) {
  uint8_t *pixels;
  int32_t *labels;
  make_images(IMAGES, SIDE, channels, CLASSES, 4, &pixels, &labels);
  free(labels);
  return pixels;
}

static void predict(const mnistcnn_model *model, mnistcnn_workspace *workspace,
                    const uint8_t *pixels, rows got) {
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                got, IMAGES * CLASSES));
}

/* What a workspace that has met no other model gives. */
static void predict_afresh(const mnistcnn_model *model, const uint8_t *pixels, rows got) {
  mnistcnn_workspace *workspace = make_reduced(model, 32, 1);
  predict(model, workspace, pixels, got);
  mnistcnn_workspace_free(workspace);
}

static void close_to_float32(void **state) {
  static rows exact, got;
  (void)state;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    mnistcnn_model *model = make_model(1, channels, NULL);
    uint8_t *pixels = make_pixels(channels);
    predict(model, NULL, pixels, exact);
    predict_afresh(model, pixels, got);
    for (size_t i = 0; i < IMAGES * CLASSES; i++)
      assert_true(fabsf(got[i] - exact[i]) < 1e-2f);
    for (size_t i = 0; i < IMAGES; i++) {
      uint32_t want_top, got_top;
      assert_ok(mnistcnn_top_class(exact + i * CLASSES, CLASSES, &want_top, NULL));
      assert_ok(mnistcnn_top_class(got + i * CLASSES, CLASSES, &got_top, NULL));
      assert_int_equal(got_top, want_top);
    }
    assert_int_equal(memcmp(got, exact, sizeof got) != 0, mnistcnn_has_feature("int8"));
    free(pixels);
    mnistcnn_model_free(model);
  }
}

static void same_bytes_however_it_is_cut(void **state) {
  static const uint32_t batches[] = {1, 3, 32, 4096};
  static rows want, got;
  mnistcnn_model *model = make_model(1, 1, NULL);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  predict_afresh(model, pixels, want);
  for (size_t b = 0; b < sizeof batches / sizeof *batches; b++) {
    for (uint32_t threads = 1; threads <= 3; threads++) {
      mnistcnn_workspace *workspace = make_reduced(model, batches[b], threads);
      predict(model, workspace, pixels, got);
      assert_memory_equal(got, want, sizeof got);
      for (size_t i = 0; i < IMAGES; i++) {
        assert_ok(mnistcnn_predict_u8(model, workspace, pixels + i * PIXELS,
                                      mnistcnn_model_num_inputs(model), got + i * CLASSES,
                                      CLASSES));
      }
      assert_memory_equal(got, want, sizeof got);
      mnistcnn_workspace_free(workspace);
    }
  }
  free(pixels);
  mnistcnn_model_free(model);
}

static void float32_on_other_instruction_sets(void **state) {
  static const char *const names[] = {"portable", "baseline"};
  static rows want, got;
  mnistcnn_model *model = make_model(1, 1, NULL);
  mnistcnn_workspace *workspace;
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    if (!mnistcnn_has_feature(names[i]))
      continue;
    assert_ok(mnistcnn_model_set_instruction_set(model, names[i]));
    predict(model, NULL, pixels, want);
    predict_afresh(model, pixels, got);
    assert_memory_equal(got, want, sizeof got);
  }
  /* One made while the model was on another serves it all the same. */
  workspace = make_reduced(model, 32, 1);
  assert_ok(mnistcnn_model_set_instruction_set(model, "auto"));
  predict_afresh(model, pixels, want);
  if (mnistcnn_predict_u8(model, workspace, pixels, IMAGES * mnistcnn_model_num_inputs(model), got,
                          IMAGES * CLASSES) == MNISTCNN_OK)
    assert_memory_equal(got, want, sizeof got);
  mnistcnn_workspace_free(workspace);
  free(pixels);
  mnistcnn_model_free(model);
}

/* An image with a NaN or an infinity is one as in float32, and leaves the others alone. */
static void what_is_not_finite_is_as_in_float32(void **state) {
  static const float values[] = {NAN, INFINITY, -INFINITY};
  enum { SOME = 9, SPOILT = 4 };
  static float images[SOME * PIXELS];
  float want[SOME * CLASSES], finite[SOME * CLASSES], got[SOME * CLASSES];
  mnistcnn_model *model = make_model(1, 1, NULL);
  mnistcnn_workspace *workspace = make_reduced(model, 32, 1);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (size_t i = 0; i < SOME * PIXELS; i++)
    images[i] = (float)pixels[i] / 255.0f;
  assert_ok(mnistcnn_predict(model, workspace, images, SOME * mnistcnn_model_num_inputs(model),
                             finite, SOME * CLASSES));
  for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
    for (size_t i = 0; i < PIXELS; i += 3)
      images[SPOILT * PIXELS + i] = values[v];
    assert_ok(mnistcnn_predict(model, NULL, images, SOME * mnistcnn_model_num_inputs(model), want,
                               SOME * CLASSES));
    assert_ok(mnistcnn_predict(model, workspace, images, SOME * mnistcnn_model_num_inputs(model),
                               got, SOME * CLASSES));
    for (size_t i = 0; i < SOME * CLASSES; i++)
      if (i / CLASSES == SPOILT)
        assert_memory_equal(&got[i], &want[i], sizeof got[i]);
      else
        assert_memory_equal(&got[i], &finite[i], sizeof got[i]);
  }
  mnistcnn_workspace_free(workspace);
  free(pixels);
  mnistcnn_model_free(model);
}

static mnistcnn_model *make_dense_model(const char *architecture) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = 1;
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &model));
  make_decided(model);
  return model;
}

/* Each may have products of 8-bit integers of its own, which weights are packed for. */
static void one_workspace_serves_every_instruction_set(void **state) {
  static const char *const names[] = {"avx512", "avx2", "neon", "portable", "avx2", "auto"};
  static rows want, got;
  mnistcnn_model *model =
      make_dense_model("flatten, dense 100 relu, dense 100 relu, dense 10 softmax");
  mnistcnn_workspace *workspace = make_reduced(model, 32, 1);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(names[i], "auto") != 0 && !mnistcnn_has_feature(names[i]))
      continue;
    assert_ok(mnistcnn_model_set_instruction_set(model, names[i]));
    predict_afresh(model, pixels, want);
    predict(model, workspace, pixels, got);
    assert_memory_equal(got, want, sizeof got);
  }
  mnistcnn_workspace_free(workspace);
  free(pixels);
  mnistcnn_model_free(model);
}

static void layers_that_follow_no_relu_stay_float32(void **state) {
  static const struct {
    const char *architecture;
    int32_t reduced;
  } cases[] = {{"flatten, dense 100 relu, dense 10 softmax", 0},
               {"flatten, dense 100, dense 100, dense 10 softmax", 0},
               {"flatten, dense 100 relu, dense 100, dense 10 softmax", 1},
               {"flatten, dense 100, relu, dropout 0.5, dense 100, dense 10 softmax", 1},
               {"conv 4 3x3, flatten, dense 100, dense 10 softmax", 0},
               {"conv 4 3x3 relu, flatten, dense 100, dense 10 softmax", 1}};
  static rows exact, got;
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    mnistcnn_model *model = make_dense_model(cases[i].architecture);
    predict(model, NULL, pixels, exact);
    predict_afresh(model, pixels, got);
    assert_int_equal(memcmp(got, exact, sizeof got) != 0,
                     cases[i].reduced && mnistcnn_has_feature("int8"));
    mnistcnn_model_free(model);
  }
  free(pixels);
}

static void changed_weights_are_noticed(void **state) {
  static rows before, want, got;
  mnistcnn_model *model = make_model(1, 1, NULL);
  mnistcnn_workspace *workspace = make_reduced(model, 32, 1);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  predict(model, workspace, pixels, before);
  for (uint32_t layer = 0; layer < mnistcnn_model_num_layers(model); layer++) {
    mnistcnn_layer_info info = {.struct_size = sizeof info};
    assert_ok(mnistcnn_model_layer_info(model, layer, &info));
    if (info.kind != MNISTCNN_LAYER_DENSE || info.output_channels <= CLASSES)
      continue;
    const size_t count = (size_t)info.kernel_shape[0] * info.kernel_shape[1];
    float *zeros = calloc(count, sizeof *zeros);
    assert_ok(mnistcnn_model_set_weights(model, layer, MNISTCNN_WEIGHTS_KERNEL, zeros, count));
    free(zeros);
  }
  predict(model, workspace, pixels, got);
  predict_afresh(model, pixels, want);
  assert_memory_equal(got, want, sizeof got);
  assert_memory_not_equal(got, before, sizeof got);
  mnistcnn_workspace_free(workspace);
  free(pixels);
  mnistcnn_model_free(model);
}

/* Always the same address for the model: what a fresh process could not tell apart. */
static void another_model_at_the_same_address_is_noticed(void **state) {
  enum { MODELS = 5 };
  static rows want, got;
  mnistcnn_model *model = make_model(1, 1, NULL);
  mnistcnn_workspace *workspace = make_reduced(model, 32, 1);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (uint64_t seed = 2; seed < 2 + MODELS; seed++) {
    predict(model, workspace, pixels, got);
    predict_afresh(model, pixels, want);
    assert_memory_equal(got, want, sizeof got);
    mnistcnn_model_free(model);
    model = make_model(seed, 1, NULL);
  }
  mnistcnn_model_free(model);
  mnistcnn_workspace_free(workspace);
  free(pixels);
}

static void models_may_take_turns(void **state) {
  static rows want[2], got;
  mnistcnn_model *models[2] = {make_model(1, 1, NULL), make_model(2, 1, NULL)};
  mnistcnn_workspace *workspace = make_reduced(models[0], 32, 2);
  uint8_t *pixels = make_pixels(1);
  (void)state;
  for (int i = 0; i < 2; i++)
    predict_afresh(models[i], pixels, want[i]);
  assert_memory_not_equal(want[0], want[1], sizeof want[0]);
  for (int turn = 0; turn < 6; turn++) {
    predict(models[turn % 2], workspace, pixels, got);
    assert_memory_equal(got, want[turn % 2], sizeof got);
  }
  mnistcnn_workspace_free(workspace);
  free(pixels);
  mnistcnn_model_free(models[0]);
  mnistcnn_model_free(models[1]);
}

static void predicting_allocates_nothing(void **state) {
  test_allocator allocator;
  const mnistcnn_workspace_options options = reduced_options(8, 1);
  mnistcnn_workspace *workspace = NULL;
  uint8_t *pixels = make_pixels(1);
  static rows got;
  (void)state;
  test_allocator_init(&allocator);
  mnistcnn_model *model = make_model(1, 1, &allocator.interface);
  const size_t live = allocator.live;
  for (size_t n = 0; !workspace; n++) {
    allocator.calls = 0;
    allocator.fail_at = n;
    if (mnistcnn_workspace_create(model, &options, &workspace) != MNISTCNN_OK)
      assert_int_equal(allocator.live, live);
    assert_true(n < 100);
  }
  allocator.calls = 0;
  allocator.fail_at = 0;
  predict(model, workspace, pixels, got);
  assert_int_equal(allocator.calls, 0);
  mnistcnn_model_free(model); /* before the workspace that remembers it */
  mnistcnn_workspace_free(workspace);
  assert_int_equal(allocator.live, 0);
  free(pixels);
}

static void other_precisions_are_refused(void **state) {
  mnistcnn_model *model = make_model(1, 1, NULL);
  mnistcnn_workspace_options options = reduced_options(32, 1);
  mnistcnn_workspace *workspace;
  (void)state;
  options.precision = MNISTCNN_PRECISION_INT8 + 1;
  assert_int_equal(mnistcnn_workspace_create(model, &options, &workspace),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_null(workspace);
  assert_non_null(strstr(mnistcnn_last_error(), "precision: 2"));
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(close_to_float32),
      cmocka_unit_test(same_bytes_however_it_is_cut),
      cmocka_unit_test(float32_on_other_instruction_sets),
      cmocka_unit_test(one_workspace_serves_every_instruction_set),
      cmocka_unit_test(what_is_not_finite_is_as_in_float32),
      cmocka_unit_test(layers_that_follow_no_relu_stay_float32),
      cmocka_unit_test(changed_weights_are_noticed),
      cmocka_unit_test(another_model_at_the_same_address_is_noticed),
      cmocka_unit_test(models_may_take_turns),
      cmocka_unit_test(predicting_allocates_nothing),
      cmocka_unit_test(other_precisions_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
