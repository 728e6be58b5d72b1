// labels: threads
/* Predictions and evaluation through the public API: one image or many, floats or bytes, any number
 * of threads, in a forked child, with every allocation failing. */
#include "api_support.h"
#include "forked_child.h"
#include "image_args.h"
#include "temp_folder.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { IMAGES = 70, CLASSES = 10, SIDE = 28, PIXELS = SIDE * SIDE };

static mnistcnn_model *make_model(uint32_t channels, float mean, float deviation) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_channels = channels;
  options.input_mean = mean;
  options.input_std = deviation;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static mnistcnn_workspace *make_workspace(const mnistcnn_model *model, uint32_t max_batch,
                                          uint32_t threads) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace *workspace;
  assert_ok(mnistcnn_workspace_options_init(&options, sizeof options));
  options.max_batch = max_batch;
  options.num_threads = threads;
  assert_ok(mnistcnn_workspace_create(model, &options, &workspace));
  return workspace;
}

static float *to_floats(const uint8_t *bytes, size_t count) {
  float *floats = malloc(count * sizeof *floats);
  for (size_t i = 0; i < count; i++)
    floats[i] = (float)bytes[i] / 255.0f;
  return floats;
}

static void rows_are_probabilities(const float *probabilities) {
  for (size_t i = 0; i < IMAGES; i++) {
    double sum = 0;
    for (size_t j = 0; j < CLASSES; j++) {
      assert_true(probabilities[i * CLASSES + j] >= 0);
      sum += (double)probabilities[i * CLASSES + j];
    }
    assert_true(fabs(sum - 1) < 1e-5);
  }
}

/* Any batch, any threads, any workspace: the same bytes. */
static void same_bytes_however_it_is_cut(void **state) {
  static const uint32_t batches[] = {1, 3, 32, 4096}, threads[] = {1, 2, 3, 8};
  static float want[IMAGES * CLASSES], got[IMAGES * CLASSES];
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    mnistcnn_model *model = make_model(channels, 0.13f, 0.3f);
    const size_t floats = PIXELS * channels;
    make_images(IMAGES, SIDE, channels, CLASSES, 3, &pixels, &labels);
    assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                  want, IMAGES * CLASSES));
    rows_are_probabilities(want);
    for (size_t i = 0; i < IMAGES; i++) {
      assert_ok(mnistcnn_predict_u8(model, NULL, pixels + i * floats,
                                    mnistcnn_model_num_inputs(model), got + i * CLASSES, CLASSES));
    }
    assert_memory_equal(want, got, sizeof want);
    for (size_t b = 0; b < 4; b++) {
      for (size_t t = 0; t < 4; t++) {
        mnistcnn_workspace *workspace = make_workspace(model, batches[b], threads[t]);
        memset(got, 0, sizeof got);
        assert_ok(mnistcnn_predict_u8(model, workspace, pixels,
                                      IMAGES * mnistcnn_model_num_inputs(model), got,
                                      IMAGES * CLASSES));
        assert_memory_equal(want, got, sizeof want);
        mnistcnn_workspace_free(workspace);
      }
    }
    free(pixels);
    free(labels);
    mnistcnn_model_free(model);
  }
}

/* --- images that threads share ---------------------------------------------------------------- */

/* A network that is large enough for threads to share an image, in which no side is a multiple of
 * what is worked on at once. */
enum { LARGE_SIDE = 47, LARGE_FLOATS = LARGE_SIDE * LARGE_SIDE * 3, FEW = 4 };

static mnistcnn_model *make_large_model(void) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.architecture = "conv 16 3x3 same relu, conv 24 3x3 relu, maxpool 2, conv 20 5x5 gelu, "
                         "batchnorm, avgpool 2, flatten, dense 200 relu, dense 10 softmax";
  options.input_height = options.input_width = LARGE_SIDE;
  options.input_channels = 3;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

static mnistcnn_workspace *make_precise_workspace(const mnistcnn_model *model, uint32_t threads,
                                                  int32_t precision) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace *workspace;
  assert_ok(mnistcnn_workspace_options_init(&options, sizeof options));
  options.num_threads = threads;
  options.precision = precision;
  assert_ok(mnistcnn_workspace_create(model, &options, &workspace));
  return workspace;
}

/* From one image to more than half as many as threads, over and over in one workspace. */
static void few_images_are_the_same(const mnistcnn_model *model, const uint8_t *pixels,
                                    int32_t precision) {
  static const uint32_t threads[] = {2, 3, 8};
  float want[FEW * CLASSES], got[FEW * CLASSES];
  mnistcnn_workspace *alone = make_precise_workspace(model, 1, precision);
  assert_ok(mnistcnn_predict_u8(model, alone, pixels, FEW * LARGE_FLOATS, want, FEW * CLASSES));
  for (size_t t = 0; t < sizeof threads / sizeof threads[0]; t++) {
    mnistcnn_workspace *workspace = make_precise_workspace(model, threads[t], precision);
    for (size_t images = 1; images <= FEW; images++) {
      assert_ok(mnistcnn_predict_u8(model, workspace, pixels, images * LARGE_FLOATS, got,
                                    images * CLASSES));
      assert_memory_equal(want, got, images * CLASSES * sizeof *got);
    }
    mnistcnn_workspace_free(workspace);
  }
  mnistcnn_workspace_free(alone);
}

static void threads_that_share_an_image_give_the_same_bytes(void **state) {
  static const char *const names[] = {"portable", "baseline", "neon", "avx2", "avx512"};
  mnistcnn_model *model = make_large_model();
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(FEW, LARGE_SIDE, 3, CLASSES, 5, &pixels, &labels);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (mnistcnn_has_feature(names[i])) {
      assert_ok(mnistcnn_model_set_instruction_set(model, names[i]));
      few_images_are_the_same(model, pixels, MNISTCNN_PRECISION_FLOAT32);
      few_images_are_the_same(model, pixels, MNISTCNN_PRECISION_INT8);
    }
  }
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
}

static void floats_equal_bytes(void **state) {
  static float from_bytes[IMAGES * CLASSES], from_floats[IMAGES * CLASSES];
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(IMAGES, SIDE, 1, CLASSES, 3, &pixels, &labels);
  float *floats = to_floats(pixels, IMAGES * PIXELS);
  for (int standardised = 0; standardised < 2; standardised++) {
    mnistcnn_model *model = standardised ? make_model(1, 0.1307f, 0.3081f) : make_model(1, 0, 1);
    assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                  from_bytes, IMAGES * CLASSES));
    assert_ok(mnistcnn_predict(model, NULL, floats, IMAGES * mnistcnn_model_num_inputs(model),
                               from_floats, IMAGES * CLASSES));
    for (size_t i = 0; i < IMAGES * CLASSES; i++)
      assert_true(fabsf(from_bytes[i] - from_floats[i]) < 1e-5f);
    mnistcnn_model_free(model);
  }
  free(floats);
  free(pixels);
  free(labels);
}

/* A gray PNG in a model of three channels is three equal channels. */
static void png_equals_bytes(void **state) {
  static const char path[] = "digit.png";
  static uint8_t spread[PIXELS * 3];
  float from_file[CLASSES], from_memory[CLASSES], from_bytes[CLASSES];
  unsigned char file_bytes[4096];
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(1, SIDE, 1, CLASSES, 3, &pixels, &labels);
  for (size_t i = 0; i < PIXELS; i++)
    spread[3 * i] = spread[3 * i + 1] = spread[3 * i + 2] = pixels[i];
  assert_ok(mnistcnn_image_save_png(IMAGE(pixels, SIDE, SIDE, 1), path));
  FILE *file = fopen(path, "rb");
  const size_t size = fread(file_bytes, 1, sizeof file_bytes, file);
  fclose(file);
  mnistcnn_model *model = make_model(3, 0, 1);
  assert_ok(mnistcnn_predict_image_file(model, NULL, path, from_file, CLASSES));
  assert_ok(mnistcnn_predict_image_memory(model, NULL, file_bytes, size, from_memory, CLASSES));
  assert_ok(mnistcnn_predict_u8(model, NULL, spread, mnistcnn_model_num_inputs(model), from_bytes,
                                CLASSES));
  assert_memory_equal(from_file, from_memory, sizeof from_file);
  for (size_t i = 0; i < CLASSES; i++)
    assert_true(fabsf(from_file[i] - from_bytes[i]) < 1e-5f);
  assert_int_equal(
      mnistcnn_predict_image_memory(model, NULL, file_bytes, size / 2, from_memory, CLASSES),
      MNISTCNN_FORMAT);
  remove(path);
  assert_int_equal(mnistcnn_predict_image_file(model, NULL, path, from_file, CLASSES),
                   MNISTCNN_NOT_FOUND);
  assert_non_null(strstr(mnistcnn_last_error(), path));
  mnistcnn_model_free(model);
  free(pixels);
  free(labels);
}

/* --- threads and processes -------------------------------------------------------------------- */

typedef struct shared {
  const mnistcnn_model *model;
  const uint8_t *pixels;
  const float *want;
  int wrong;
} shared;

static void *predict_often(void *argument) {
  shared *s = argument;
  float got[IMAGES * CLASSES];
  mnistcnn_workspace *workspace;
  if (mnistcnn_workspace_create(s->model, NULL, &workspace) != MNISTCNN_OK) {
    s->wrong = 1;
    return NULL;
  }
  for (int round = 0; round < 5; round++) {
    const mnistcnn_status status =
        mnistcnn_predict_u8(s->model, workspace, s->pixels,
                            IMAGES * mnistcnn_model_num_inputs(s->model), got, IMAGES * CLASSES);
    s->wrong |= status != MNISTCNN_OK || memcmp(got, s->want, sizeof got) != 0;
  }
  mnistcnn_workspace_free(workspace);
  return NULL;
}

static void eight_threads_agree(const mnistcnn_model *model, const uint8_t *pixels) {
  enum { THREADS = 8 };
  float want[IMAGES * CLASSES];
  pthread_t threads[THREADS];
  shared shares[THREADS];
  assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                want, IMAGES * CLASSES));
  for (int i = 0; i < THREADS; i++) {
    shares[i] = (shared){model, pixels, want, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, predict_often, &shares[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_false(shares[i].wrong);
  }
}

/* On every instruction set: the baseline is what calls OpenBLAS. */
static void eight_threads_share_a_model(void **state) {
  static const char *const names[] = {"portable", "baseline", "neon", "avx2", "avx512"};
  mnistcnn_model *model = make_model(1, 0, 1);
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(IMAGES, SIDE, 1, CLASSES, 4, &pixels, &labels);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (mnistcnn_has_feature(names[i])) {
      assert_ok(mnistcnn_model_set_instruction_set(model, names[i]));
      eight_threads_agree(model, pixels);
    }
  }
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
}

/* A workspace whose threads share an image, used before and after fork(). */
static void a_forked_child_predicts_one_image(void **state) {
  float want[CLASSES], got[CLASSES];
  uint8_t *pixels;
  int32_t *labels;
  int child_status;
  (void)state;
  if (!FORKED_CHILD_RUNS)
    skip();
  mnistcnn_model *model = make_large_model();
  mnistcnn_workspace *workspace = make_workspace(model, 1, 3);
  make_images(1, LARGE_SIDE, 3, CLASSES, 4, &pixels, &labels);
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, LARGE_FLOATS, want, CLASSES));
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const mnistcnn_status status =
        mnistcnn_predict_u8(model, workspace, pixels, LARGE_FLOATS, got, CLASSES);
    _exit(status != MNISTCNN_OK || memcmp(got, want, sizeof got) != 0);
  }
  assert_int_equal(waitpid(child, &child_status, 0), child);
  assert_true(WIFEXITED(child_status) && WEXITSTATUS(child_status) == 0);
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, LARGE_FLOATS, got, CLASSES));
  assert_memory_equal(got, want, sizeof got);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
  free(pixels);
  free(labels);
}

/* The same of many images. */
static void a_forked_child_predicts(void **state) {
  float want[IMAGES * CLASSES], got[IMAGES * CLASSES];
  mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  uint8_t *pixels;
  int32_t *labels;
  int child_status;
  (void)state;
  if (!FORKED_CHILD_RUNS)
    skip();
  model = make_model(1, 0, 1);
  workspace = make_workspace(model, 8, 3);
  make_images(IMAGES, SIDE, 1, CLASSES, 4, &pixels, &labels);
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                want, IMAGES * CLASSES));
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    const mnistcnn_status status = mnistcnn_predict_u8(
        model, workspace, pixels, IMAGES * mnistcnn_model_num_inputs(model), got, IMAGES * CLASSES);
    _exit(status != MNISTCNN_OK || memcmp(got, want, sizeof got) != 0);
  }
  assert_int_equal(waitpid(child, &child_status, 0), child);
  assert_true(WIFEXITED(child_status) && WEXITSTATUS(child_status) == 0);
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                got, IMAGES * CLASSES));
  assert_memory_equal(got, want, sizeof got);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
  free(pixels);
  free(labels);
}

/* --- what goes wrong -------------------------------------------------------------------------- */

static void arguments_are_checked(void **state) {
  mnistcnn_model *model = make_model(1, 0, 1);
  const float image[PIXELS] = {0};
  float p[CLASSES] = {42};
  (void)state;
  assert_int_equal(mnistcnn_predict(NULL, NULL, image, PIXELS, p, CLASSES),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_predict(model, NULL, NULL, mnistcnn_model_num_inputs(model), p, CLASSES),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_predict(model, NULL, image, mnistcnn_model_num_inputs(model), NULL, CLASSES),
      MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(
      mnistcnn_predict(model, NULL, image, mnistcnn_model_num_inputs(model), p, CLASSES - 1),
      MNISTCNN_BUFFER_TOO_SMALL);
  assert_int_equal(mnistcnn_predict(model, NULL, image, SIZE_MAX / PIXELS * PIXELS, p, SIZE_MAX),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_predict(model, NULL, image, PIXELS - 1, p, CLASSES),
                   MNISTCNN_SHAPE_MISMATCH);
  assert_int_equal(mnistcnn_predict(model, NULL, image, 1, p, CLASSES), MNISTCNN_SHAPE_MISMATCH);
  assert_true(p[0] == 42.0f);
  assert_ok(mnistcnn_predict(model, NULL, NULL, 0, NULL, 0)); /* nothing to do */
  assert_int_equal(mnistcnn_predict_image_file(model, NULL, NULL, p, CLASSES),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_predict_image_memory(model, NULL, "", 0, p, CLASSES), MNISTCNN_FORMAT);
  mnistcnn_workspace_free(NULL);
  mnistcnn_model_free(model);
}

static void a_workspace_serves_its_architecture_only(void **state) {
  mnistcnn_model *model = make_model(1, 0, 1), *other = make_small_model(1, NULL), *clone;
  mnistcnn_workspace *workspace = make_workspace(model, 2, 1);
  const float image[PIXELS] = {0};
  float p[CLASSES];
  (void)state;
  assert_int_equal(
      mnistcnn_predict(other, workspace, image, mnistcnn_model_num_inputs(other), p, CLASSES),
      MNISTCNN_SHAPE_MISMATCH);
  assert_ok(mnistcnn_model_clone(model, &clone));
  mnistcnn_model_free(model);
  assert_ok(
      mnistcnn_predict(clone, workspace, image, mnistcnn_model_num_inputs(clone), p, CLASSES));
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(other);
  mnistcnn_model_free(clone);
}

/* The same layers for images of another size: as much memory or not, another workspace. */
static void a_workspace_serves_its_input_only(void **state) {
  static const uint32_t sides[][2] = {{8, 6}, {6, 8}, {4, 4}};
  const float image[48] = {0};
  float p[4];
  mnistcnn_model_options options;
  mnistcnn_model *model, *other;
  (void)state;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.architecture = "flatten, dense 4 softmax";
  options.num_classes = 4;
  options.input_channels = 1;
  options.input_height = sides[0][0];
  options.input_width = sides[0][1];
  assert_ok(mnistcnn_model_create(&options, &model));
  mnistcnn_workspace *workspace = make_workspace(model, 2, 1);
  assert_ok(mnistcnn_predict(model, workspace, image, mnistcnn_model_num_inputs(model), p, 4));
  for (size_t i = 1; i < sizeof sides / sizeof sides[0]; i++) {
    options.input_height = sides[i][0];
    options.input_width = sides[i][1];
    assert_ok(mnistcnn_model_create(&options, &other));
    assert_int_equal(
        mnistcnn_predict(other, workspace, image, mnistcnn_model_num_inputs(other), p, 4),
        MNISTCNN_SHAPE_MISMATCH);
    mnistcnn_model_free(other);
  }
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
}

static void every_instruction_set_agrees(void **state) {
  static const char *const names[] = {"portable", "baseline", "neon", "avx2", "avx512"};
  static float want[IMAGES * CLASSES], got[IMAGES * CLASSES];
  mnistcnn_model *model = make_model(1, 0, 1);
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(IMAGES, SIDE, 1, CLASSES, 4, &pixels, &labels);
  assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                want, IMAGES * CLASSES));
  for (size_t i = 0; i < 3; i++) {
    if (!mnistcnn_has_feature(names[i])) {
      assert_int_equal(mnistcnn_model_set_instruction_set(model, names[i]), MNISTCNN_UNSUPPORTED);
      continue;
    }
    assert_ok(mnistcnn_model_set_instruction_set(model, names[i]));
    assert_string_equal(mnistcnn_model_instruction_set(model), names[i]);
    assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                  got, IMAGES * CLASSES));
    for (size_t j = 0; j < IMAGES * CLASSES; j++)
      assert_true(fabsf(want[j] - got[j]) < 1e-5f);
  }
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
}

/* What is tried with a model whose allocator fails; `probabilities` may be written on success only.
 */
typedef mnistcnn_status (*attempt_fn)(const mnistcnn_model *model, float *probabilities);

static const float black[SMALL_SIDE * SMALL_SIDE];

static mnistcnn_status predict_floats(const mnistcnn_model *model, float *probabilities) {
  return mnistcnn_predict(model, NULL, black, mnistcnn_model_num_inputs(model), probabilities,
                          SMALL_CLASSES);
}

static mnistcnn_status predict_bytes(const mnistcnn_model *model, float *probabilities) {
  static const uint8_t image[SMALL_SIDE * SMALL_SIDE];
  return mnistcnn_predict_u8(model, NULL, image, mnistcnn_model_num_inputs(model), probabilities,
                             SMALL_CLASSES);
}

static const char MEMORY_PNG[] = "memory.png";

static mnistcnn_status predict_file(const mnistcnn_model *model, float *probabilities) {
  return mnistcnn_predict_image_file(model, NULL, MEMORY_PNG, probabilities, SMALL_CLASSES);
}

static mnistcnn_status predict_with_threads(const mnistcnn_model *model, float *probabilities) {
  mnistcnn_workspace_options options;
  mnistcnn_workspace *workspace;
  assert_ok(mnistcnn_workspace_options_init(&options, sizeof options));
  options.num_threads = 2;
  mnistcnn_status status = mnistcnn_workspace_create(model, &options, &workspace);
  assert_true((status == MNISTCNN_OK) == (workspace ? 1 : 0));
  if (status == MNISTCNN_OK)
    status = mnistcnn_predict(model, workspace, black, mnistcnn_model_num_inputs(model),
                              probabilities, SMALL_CLASSES);
  mnistcnn_workspace_free(workspace);
  return status;
}

static mnistcnn_status evaluate_one(const mnistcnn_model *model, float *probabilities) {
  mnistcnn_dataset *dataset = make_dataset(1, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics};
  mnistcnn_evaluate_options options;
  assert_ok(mnistcnn_evaluate_options_init(&options, sizeof options));
  options.num_threads = 2;
  options.probabilities = probabilities;
  options.probabilities_capacity = SMALL_CLASSES;
  const mnistcnn_status status = mnistcnn_evaluate(model, dataset, &options, &metrics);
  mnistcnn_dataset_free(dataset);
  return status;
}

static void fail_each_allocation(const mnistcnn_model *model, test_allocator *allocator,
                                 attempt_fn attempt) {
  const size_t live = allocator->live;
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  size_t n = 0;
  for (; status != MNISTCNN_OK; n++) {
    float probabilities[SMALL_CLASSES] = {42};
    allocator->calls = 0;
    allocator->fail_at = n;
    status = attempt(model, probabilities);
    assert_true(status == MNISTCNN_OK || status == MNISTCNN_OUT_OF_MEMORY);
    assert_true((status == MNISTCNN_OK) == (probabilities[0] != 42.0f));
    assert_int_equal(allocator->live, live);
    assert_true(n < 100);
  }
  allocator->fail_at = SIZE_MAX;
  assert_true(n > 1);
}

static void every_allocation_may_fail(void **state) {
  static const attempt_fn attempts[] = {predict_floats, predict_bytes, predict_file,
                                        predict_with_threads, evaluate_one};
  static const uint8_t image[30 * 20 * 3];
  test_allocator allocator;
  float p[SMALL_CLASSES];
  (void)state;
  test_allocator_init(&allocator);
  mnistcnn_model *model = make_small_model(1, &allocator.interface);
  assert_ok(mnistcnn_image_save_png(IMAGE(image, 30, 20, 3), MEMORY_PNG));
  for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
    fail_each_allocation(model, &allocator, attempts[i]);
  remove(MEMORY_PNG);
  mnistcnn_workspace *workspace = make_workspace(model, 4, 1);
  allocator.calls = 0;
  allocator.fail_at = 0; /* with a workspace nothing is allocated at all */
  assert_ok(mnistcnn_predict(model, workspace, black, mnistcnn_model_num_inputs(model), p,
                             SMALL_CLASSES));
  assert_int_equal(allocator.calls, 0);
  mnistcnn_workspace_free(workspace);
  mnistcnn_model_free(model);
  assert_int_equal(allocator.live, 0);
}

static void top_class_picks_the_first_largest(void **state) {
  const float p[] = {0.1f, 0.4f, 0.4f, 0.1f}, nan[] = {NAN, 0.2f, NAN}, none[] = {NAN, NAN};
  uint32_t index = 9;
  float confidence;
  (void)state;
  assert_ok(mnistcnn_top_class(p, 4, &index, &confidence));
  assert_int_equal(index, 1);
  assert_true(confidence == 0.4f);
  assert_ok(mnistcnn_top_class(nan, 3, &index, NULL));
  assert_int_equal(index, 1);
  assert_int_equal(mnistcnn_top_class(none, 2, &index, NULL), MNISTCNN_NOT_FINITE);
  assert_int_equal(mnistcnn_top_class(NULL, 2, &index, NULL), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mnistcnn_top_class(p, 0, &index, NULL), MNISTCNN_INVALID_ARGUMENT);
}

/* --- temperature ------------------------------------------------------------------------------ */

/* p_i^(1/T), made to add up to 1 again. */
static void reheat(const float *p, double temperature, double *want) {
  double sum = 0;
  for (size_t j = 0; j < CLASSES; j++)
    sum += want[j] = pow((double)p[j], 1 / temperature);
  for (size_t j = 0; j < CLASSES; j++)
    want[j] /= sum;
}

static void temperature_changes_how_sure_only(void **state) {
  static const float temperatures[] = {0.5f, 2};
  static float plain[IMAGES * CLASSES], other[IMAGES * CLASSES];
  mnistcnn_model *model = make_model(1, 0.1307f, 0.3081f);
  uint8_t *pixels;
  int32_t *labels;
  (void)state;
  make_images(IMAGES, SIDE, 1, CLASSES, 3, &pixels, &labels);
  assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                plain, IMAGES * CLASSES));
  for (size_t t = 0; t < 2; t++) {
    assert_ok(mnistcnn_model_set_temperature(model, temperatures[t]));
    assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                  other, IMAGES * CLASSES));
    for (size_t i = 0; i < IMAGES; i++) {
      double want[CLASSES];
      reheat(plain + i * CLASSES, (double)temperatures[t], want);
      for (size_t j = 0; j < CLASSES; j++)
        assert_true(fabs((double)other[i * CLASSES + j] - want[j]) < 1e-5);
    }
  }
  assert_ok(mnistcnn_model_set_temperature(model, 1));
  assert_ok(mnistcnn_predict_u8(model, NULL, pixels, IMAGES * mnistcnn_model_num_inputs(model),
                                other, IMAGES * CLASSES));
  assert_memory_equal(plain, other, sizeof plain);
  free(pixels);
  free(labels);
  mnistcnn_model_free(model);
}

/* --- evaluate --------------------------------------------------------------------------------- */

/* By the definition: a pass over the images for each bin. */
static double expected_error(const float *probabilities, const mnistcnn_dataset *dataset) {
  enum { BINS = 15 };
  double error = 0;
  for (int bin = 0; bin < BINS; bin++) {
    double gap = 0;
    for (size_t i = 0; i < IMAGES; i++) {
      uint32_t top;
      float confidence;
      assert_ok(
          mnistcnn_top_class(probabilities + i * SMALL_CLASSES, SMALL_CLASSES, &top, &confidence));
      if ((double)confidence * BINS > bin && (double)confidence * BINS <= bin + 1)
        gap += ((int32_t)top == mnistcnn_dataset_label(dataset, i)) - (double)confidence;
    }
    error += fabs(gap) / IMAGES;
  }
  return error;
}

static void evaluation_counts_right(void **state) {
  static float probabilities[IMAGES * SMALL_CLASSES];
  uint64_t confusion[SMALL_CLASSES * SMALL_CLASSES], correct = 0, all = 0;
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics};
  mnistcnn_evaluate_options options;
  (void)state;
  assert_ok(mnistcnn_evaluate_options_init(&options, sizeof options));
  options.num_threads = 2;
  options.confusion = confusion;
  options.confusion_capacity = SMALL_CLASSES * SMALL_CLASSES;
  options.probabilities = probabilities;
  options.probabilities_capacity = IMAGES * SMALL_CLASSES;
  assert_ok(mnistcnn_evaluate(model, dataset, &options, &metrics));
  assert_int_equal(metrics.count, IMAGES);
  for (size_t i = 0; i < IMAGES; i++) {
    uint32_t top;
    assert_ok(mnistcnn_top_class(probabilities + i * SMALL_CLASSES, SMALL_CLASSES, &top, NULL));
    correct += (int32_t)top == mnistcnn_dataset_label(dataset, i);
  }
  assert_int_equal(metrics.correct, correct);
  assert_true(metrics.accuracy == (double)correct / IMAGES);
  assert_true(fabs(metrics.calibration_error - expected_error(probabilities, dataset)) < 1e-9);
  for (size_t i = 0; i < SMALL_CLASSES * SMALL_CLASSES; i++)
    all += confusion[i];
  assert_int_equal(all, IMAGES);
  options.confusion_capacity--;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics),
                   MNISTCNN_BUFFER_TOO_SMALL);
  options.confusion = NULL;
  options.probabilities_capacity--;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics),
                   MNISTCNN_BUFFER_TOO_SMALL);
  metrics.struct_size = 0;
  assert_int_equal(mnistcnn_evaluate(model, dataset, NULL, &metrics), MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

/* With a workspace's options, the probabilities of a workspace with them. */
static void evaluation_takes_the_options_of_a_workspace(void **state) {
  static float evaluated[IMAGES * CLASSES], predicted[IMAGES * CLASSES];
  mnistcnn_model *model = make_model(1, 0, 1);
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SIDE, 1, CLASSES, 5);
  mnistcnn_workspace_options space = MNISTCNN_WORKSPACE_OPTIONS_INIT;
  mnistcnn_evaluate_options options = MNISTCNN_EVALUATE_OPTIONS_INIT;
  mnistcnn_metrics metrics = MNISTCNN_METRICS_INIT;
  mnistcnn_workspace *workspace;
  (void)state;
  options.probabilities = evaluated;
  options.probabilities_capacity = IMAGES * CLASSES;
  for (int32_t precision = 0; precision <= 1; precision++) {
    options.precision = space.precision = precision;
    options.max_batch = space.max_batch = 7;
    options.num_threads = space.num_threads = 3;
    assert_ok(mnistcnn_workspace_create(model, &space, &workspace));
    for (size_t i = 0; i < IMAGES; i++) {
      assert_ok(mnistcnn_predict_u8(model, workspace, mnistcnn_dataset_image(dataset, i), PIXELS,
                                    predicted + i * CLASSES, CLASSES));
    }
    assert_ok(mnistcnn_evaluate(model, dataset, &options, &metrics));
    assert_memory_equal(evaluated, predicted, sizeof evaluated);
    mnistcnn_workspace_free(workspace);
  }
  options.precision = 2;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics),
                   MNISTCNN_INVALID_ARGUMENT);
  options.precision = 0;
  options.max_batch = 0;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics),
                   MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

static int32_t stop(const mnistcnn_progress *progress, void *user) {
  (void)user;
  return progress->images_done > 0;
}

static void a_cancelled_evaluation_gives_no_figures(void **state) {
  static float probabilities[IMAGES * SMALL_CLASSES];
  uint64_t confusion[SMALL_CLASSES * SMALL_CLASSES];
  mnistcnn_model *model = make_small_model(1, NULL);
  mnistcnn_dataset *dataset = make_dataset(IMAGES, SMALL_SIDE, 1, SMALL_CLASSES, 5);
  mnistcnn_metrics metrics = {.struct_size = sizeof metrics}, untouched = metrics;
  mnistcnn_evaluate_options options;
  (void)state;
  memset(confusion, 7, sizeof confusion);
  memset(probabilities, 7, sizeof probabilities);
  assert_ok(mnistcnn_evaluate_options_init(&options, sizeof options));
  options.progress = stop;
  options.confusion = confusion;
  options.confusion_capacity = SMALL_CLASSES * SMALL_CLASSES;
  options.probabilities = probabilities;
  options.probabilities_capacity = IMAGES * SMALL_CLASSES;
  assert_int_equal(mnistcnn_evaluate(model, dataset, &options, &metrics), MNISTCNN_CANCELLED);
  assert_memory_equal(&metrics, &untouched, sizeof metrics);
  for (size_t i = 0; i < SMALL_CLASSES * SMALL_CLASSES; i++)
    assert_int_equal(confusion[i], 0);
  for (size_t i = 0; i < IMAGES * SMALL_CLASSES; i++)
    assert_true(probabilities[i] == 0);
  mnistcnn_model_free(model);
  mnistcnn_dataset_free(dataset);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(same_bytes_however_it_is_cut),
      cmocka_unit_test(threads_that_share_an_image_give_the_same_bytes),
      cmocka_unit_test(floats_equal_bytes),
      cmocka_unit_test(png_equals_bytes),
      cmocka_unit_test(eight_threads_share_a_model),
      cmocka_unit_test(a_forked_child_predicts_one_image),
      cmocka_unit_test(a_forked_child_predicts),
      cmocka_unit_test(arguments_are_checked),
      cmocka_unit_test(a_workspace_serves_its_architecture_only),
      cmocka_unit_test(a_workspace_serves_its_input_only),
      cmocka_unit_test(every_instruction_set_agrees),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(top_class_picks_the_first_largest),
      cmocka_unit_test(temperature_changes_how_sure_only),
      cmocka_unit_test(evaluation_counts_right),
      cmocka_unit_test(evaluation_takes_the_options_of_a_workspace),
      cmocka_unit_test(a_cancelled_evaluation_gives_no_figures),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
