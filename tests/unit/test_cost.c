/* What models, predictions and trainings are foretold to take, against what an allocator that
 * counts sees them take. */
#include "image_args.h"
#include "model/model_file.h"
#include "model/predictor.h"
#include "nn/arch_text.h"
#include "support.h"
#include "train/cost.h"
#include "train/options.h"
#include "train/state.h"
#include "train/trainer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- memory that counts bytes ----------------------------------------------------------------- */

typedef struct meter {
  size_t live, peak;
} meter;

enum { HEADER = 16 }; /* a block's size, in front of it */

static void *allocate(size_t size_bytes, void *user) {
  meter *m = user;
  unsigned char *block = malloc(HEADER + size_bytes);
  assert_non_null(block);
  memcpy(block, &size_bytes, sizeof size_bytes);
  m->live += size_bytes;
  m->peak = m->live > m->peak ? m->live : m->peak;
  return block + HEADER;
}

static void deallocate(void *pointer, void *user) {
  meter *m = user;
  unsigned char *block = (unsigned char *)pointer - HEADER;
  size_t size_bytes;
  memcpy(&size_bytes, block, sizeof size_bytes);
  m->live -= size_bytes;
  free(block);
}

static mcnn_alloc metered(meter *m) {
  return (mcnn_alloc){allocate, deallocate, m};
}

/* Within a tenth; small things beside it may be left out. */
static void assert_foretold(size_t measured, uint64_t foretold) {
  const double small = 8192, m = (double)measured, f = (double)foretold;
  if (m < 0.9 * f - small || m > 1.1 * f + small)
    fail_msg("%zu bytes were foretold as %llu", measured, (unsigned long long)foretold);
}

/* --- networks --------------------------------------------------------------------------------- */

typedef struct network {
  const char *text;
  uint32_t height, width, channels, classes;
} network;

static const network networks[] = {
    {"conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 1000 relu, "
     "dense 10 softmax",
     28, 28, 1, 10},
    {"conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, dense 1000 relu, "
     "dense 10 softmax",
     28, 28, 3, 10},
    {"flatten, dense 2 softmax", 1, 1, 1, 2},
    {"flatten, dense 300 relu, dropout 0.5, dense 300 relu, dense 1000 softmax", 20, 30, 1, 1000},
    {"conv 8 3x3 same relu, conv 8 3x3 same relu, conv 8 3x3 relu, flatten, dense 10 softmax", 40,
     50, 3, 10},
    {"conv 40 1x1, maxpool 128x2, flatten, dense 3 softmax", 256, 4, 1, 3},
    {"conv 40 1x1, maxpool 1x200, flatten, dense 3 softmax", 3, 400, 1, 3},
    {"maxpool 3, relu, dropout 0.2, flatten, dense 5 softmax", 90, 100, 3, 5},
    {"conv 3 61x61 same, maxpool 4, flatten, dense 2 softmax", 40, 40, 1, 2},
    {"conv 1 3x3, conv 700 1x1, maxpool 12, flatten, dense 2 softmax", 16, 16, 3, 2},
    {"conv 16 3x3 same relu, dropout 0.1, conv 16 3x3 same relu, maxpool 2, conv 24 3x3 same relu, "
     "conv 24 3x3 same relu, maxpool 3x2, flatten, dense 200 relu, dense 26 softmax",
     32, 32, 1, 26},
    {"conv 1 1x1, flatten, dense 2 softmax", 500, 400, 3, 2},
    {"conv 30 3x3 same, maxpool 3 stride 2 same, maxpool 2x3 stride 1, flatten, dense 5 softmax",
     50, 41, 1, 5},
    {"conv 40 3x3 same relu, globalavgpool, dense 300 relu, dense 5 softmax", 50, 41, 3, 5},
    {"globalmaxpool, flatten, dense 5 softmax", 90, 41, 3, 5},
    {"depthwise 5x5 same multiplier 9 relu, depthwise 3 stride 2 nobias, flatten, dense 5 softmax",
     50, 41, 3, 5},
    {"separable 40 3x3 same relu, separable 7 5x5 multiplier 2 tanh, globalavgpool, "
     "dense 5 softmax",
     50, 41, 3, 5},
    {"zeropad 20, conv 4 3x3 same relu, zeropad 1x64, flatten, dense 5 softmax", 50, 41, 1, 5},
    {"normalize 1 / 2, zeropad 1 2 0 3, conv 4 3x3 relu, globalavgpool, dense 5 nobias", 50, 41, 1,
     5},
    {"conv 5 3x3 l2 0.1 relu, globalmaxpool, sigmoid", 50, 41, 3, 5},
    {"rescale 2 -1, conv 4 3x3 same relu, flatten, rescale 2 1, dense 5 softmax", 50, 41, 1, 5},
    {"conv 90 1x1, spatialdropout 0.5, avgpool 5, spatialdropout 0.2, flatten, dense 5 softmax", 50,
     40, 1, 5},
    {"avgpool 2, conv 20 3x3 same relu, avgpool 3 stride 2 same, flatten, dense 5 softmax", 50, 41,
     1, 5},
    {"tanh, conv 8 3x3 gelu, maxpool 2, conv 8 3x3 elu 0.5, flatten, dense 300 swish, "
     "dense 30 selu, sigmoid, dense 10 softmax",
     28, 28, 3, 10},
};

enum { NETWORKS = sizeof networks / sizeof networks[0] };

static mcnn_arch *parse(const network *n, const mcnn_alloc *alloc) {
  const mcnn_shape input = {n->height, n->width, n->channels};
  mcnn_arch *arch = NULL;
  assert_int_equal(mcnn_arch_parse(n->text, input, n->classes, alloc, &arch), MNISTCNN_OK);
  return arch;
}

static mnistcnn_model *create(const network *n, const mcnn_alloc *alloc) {
  const mnistcnn_model_options options = {.input_height = n->height,
                                          .input_width = n->width,
                                          .input_channels = n->channels,
                                          .num_classes = n->classes,
                                          .seed = 1,
                                          .input_std = 1,
                                          .architecture = n->text};
  mnistcnn_model *model = NULL;
  assert_int_equal(mcnn_model_create(&options, alloc, &model), MNISTCNN_OK);
  return model;
}

/* The model file, of *size bytes. */
static unsigned char *file_of(const network *n, size_t *size) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mnistcnn_model *model = create(n, &alloc);
  assert_int_equal(mcnn_model_set_note(model, "origin", "a test"), MNISTCNN_OK);
  assert_int_equal(mcnn_model_save_memory(model, NULL, 0, size), MNISTCNN_OK);
  unsigned char *file = malloc(*size);
  assert_non_null(file);
  assert_int_equal(mcnn_model_save_memory(model, file, *size, size), MNISTCNN_OK);
  mcnn_model_free(model);
  return file;
}

static size_t pixels_of(const network *n) {
  return (size_t)n->height * n->width * n->channels;
}

/* --- a prediction ----------------------------------------------------------------------------- */

static void predict(const mnistcnn_model *model, const mnistcnn_workspace_options *options,
                    const network *n) {
  mnistcnn_workspace *workspace = NULL;
  uint8_t *pixels = calloc(pixels_of(n), 1);
  float *probabilities = calloc(n->classes, sizeof *probabilities);
  assert_non_null(pixels);
  assert_non_null(probabilities);
  const mcnn_images images = {.bytes = pixels, .channels = n->channels};
  assert_int_equal(mcnn_predictor_create(model, options, &workspace), MNISTCNN_OK);
  mcnn_predictor_run(workspace, model, &images, 1, probabilities);
  mcnn_predictor_free(workspace);
  free(probabilities);
  free(pixels);
}

static void check_prediction(const network *n, const mnistcnn_workspace_options *options) {
  const mcnn_alloc plain = mcnn_alloc_default();
  mcnn_arch *arch = parse(n, &plain);
  mcnn_cost model_cost, predict_cost;
  meter m = {0};
  const mcnn_alloc alloc = metered(&m);
  mcnn_load_request request = {.alloc = alloc};
  mnistcnn_model *model = NULL;
  size_t size;
  unsigned char *file = file_of(n, &size);
  assert_int_equal(mcnn_model_cost(arch, mcnn_isa_best(), 0, &model_cost), MNISTCNN_OK);
  assert_int_equal(mcnn_predict_cost(arch, mcnn_isa_best(), options, &predict_cost), MNISTCNN_OK);
  assert_int_equal(mcnn_model_load_memory(file, size, &request, &model), MNISTCNN_OK);
  assert_foretold(m.live, model_cost.bytes);
  predict(model, options, n);
  assert_foretold(m.peak, model_cost.bytes + predict_cost.bytes);
  mcnn_model_free(model);
  assert_int_equal(m.live, 0);
  free(file);
  mcnn_arch_free(arch);
}

static void predictions_take_what_was_foretold(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    for (uint32_t threads = 1; threads <= 2; threads++) {
      for (uint32_t batch = 1; batch <= 32; batch += 31) {
        const mnistcnn_workspace_options options = {.struct_size = sizeof options,
                                                    .max_batch = batch,
                                                    .num_threads = threads,
                                                    .precision = (int32_t)threads - 1};
        check_prediction(&networks[i], &options);
      }
    }
  }
}

/* --- a training ------------------------------------------------------------------------------- */

enum { IMAGES = 36, MANY_IMAGES = 260 };

static mnistcnn_dataset *dataset_of(const network *n, size_t count, uint32_t channels,
                                    const mcnn_alloc *alloc) {
  const mcnn_shape shape = {n->height, n->width, channels};
  uint8_t *pixels = calloc(count, pixels_of(n));
  int32_t *labels = calloc(count, sizeof *labels);
  mnistcnn_dataset *dataset = NULL;
  uint32_t random = 1;
  assert_non_null(pixels);
  assert_non_null(labels);
  for (size_t i = 0; i < count; i++) {
    labels[i] = (int32_t)(i % n->classes);
    pixels[i] = test_byte(&random);
  }
  assert_int_equal(mcnn_dataset_create(LABELLED(pixels, labels, count, shape.height, shape.width,
                                                shape.channels, n->classes, NULL),
                                       1, alloc, &dataset),
                   MNISTCNN_OK);
  free(labels);
  free(pixels);
  return dataset;
}

/* All steps of the only epoch, and its end. */
static void train(mnistcnn_model *model, const mnistcnn_dataset *dataset,
                  const mnistcnn_dataset *validation, const mnistcnn_train_options *options) {
  mnistcnn_trainer *trainer = NULL;
  mnistcnn_progress progress = {.struct_size = sizeof progress};
  assert_int_equal(mcnn_trainer_create(model, dataset, validation, options, &trainer), MNISTCNN_OK);
  while (!mcnn_train_finished(trainer))
    assert_int_equal(mcnn_trainer_step(trainer, &progress), MNISTCNN_OK);
  mcnn_trainer_free(trainer);
}

static void check_training(const network *n, size_t images, uint32_t channels, int validates,
                           const mnistcnn_train_options *options) {
  const mcnn_train_data data = {.images = images, .channels = channels, .validates = validates};
  meter m = {0};
  const mcnn_alloc alloc = metered(&m);
  mnistcnn_model *model = create(n, &alloc);
  mnistcnn_dataset *dataset = dataset_of(n, images, channels, &alloc);
  mcnn_cost cost;
  assert_int_equal(mcnn_train_cost(model->arch, mcnn_isa_best(), options, &data, &cost),
                   MNISTCNN_OK);
  const size_t before = m.peak = m.live;
  train(model, dataset, validates ? dataset : NULL, options);
  assert_foretold(m.peak - before, cost.bytes);
  mcnn_dataset_free(dataset);
  mcnn_model_free(model);
  assert_int_equal(m.live, 0);
}

static mnistcnn_train_options options_of(uint32_t threads) {
  mnistcnn_train_options options = {.struct_size = sizeof options};
  mcnn_train_defaults(&options);
  options.epochs = 1;
  options.num_threads = threads;
  return options;
}

static void trainings_take_what_was_foretold(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    for (uint32_t threads = 1; threads <= 2; threads++) {
      mnistcnn_train_options options = options_of(threads);
      options.batch_size = threads == 1 ? 32 : 5;
      check_training(&networks[i], IMAGES, networks[i].channels, 0, &options);
    }
  }
}

/* Gray images for a network of three channels; two moments and an average; warps; validation. */
static void what_options_add_is_foretold(void **state) {
  mnistcnn_train_options options = options_of(2);
  (void)state;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAMW;
  options.ema_decay = 0.9f;
  options.clip_norm = 1;
  options.augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options.elastic_pixels = 1;
  options.dilate = 0.2f;
  options.keep_best = 1;
  options.balance_classes = 1;
  for (size_t i = 0; i < NETWORKS; i++)
    check_training(&networks[i], IMAGES, 1, 1, &options);
}

static void held_out_images_and_checkpoints_are_foretold(void **state) {
  mnistcnn_train_options options = options_of(1);
  (void)state;
  options.calibration_fraction = 0.5f;
  options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
  options.ema_decay = 0.9f;
  options.checkpoint_path = "checkpoint";
  check_training(&networks[0], MANY_IMAGES, 1, 0, &options);
  check_training(&networks[2], MANY_IMAGES, 1, 1, &options);
  check_training(&networks[8], MANY_IMAGES, 1, 0, &options);
  options.keep_best = 1;
  check_training(&networks[2], MANY_IMAGES, 1, 1, &options);
}

/* --- multiply-adds, and what is too much ------------------------------------------------------ */

static void multiply_adds_are_those_of_the_layers(void **state) {
  const uint64_t conv1 = 24 * 24 * 25 * 16, conv2 = 8 * 8 * 400 * 32, dense = 512 * 1000 + 10000;
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mnistcnn_workspace_options workspace = {.max_batch = 32, .num_threads = 1};
  const mnistcnn_train_options options = options_of(1);
  const mcnn_train_data data = {.images = 1000, .channels = 1};
  mcnn_arch *arch = parse(&networks[0], &alloc);
  mcnn_cost cost;
  (void)state;
  assert_int_equal(mcnn_predict_cost(arch, mcnn_isa_best(), &workspace, &cost), MNISTCNN_OK);
  assert_true(cost.macs == conv1 + conv2 + dense);
  assert_int_equal(mcnn_train_cost(arch, mcnn_isa_best(), &options, &data, &cost), MNISTCNN_OK);
  assert_true(cost.macs == 32 * (2 * conv1 + 3 * (conv2 + dense)));
  mcnn_arch_free(arch);
}

/* Windows over one another are worth a limit: a text of a few bytes can ask for many. */
static void elements_of_windows_over_one_another_count(void **state) {
  static const network pools = {
      "maxpool 2, avgpool 3x2 stride 1, maxpool 40x1 same, flatten, dense 2 softmax", 20, 20, 1, 2};
  const mcnn_alloc alloc = mcnn_alloc_default();
  const mnistcnn_workspace_options workspace = {.max_batch = 32, .num_threads = 1};
  mcnn_arch *arch = parse(&pools, &alloc);
  mcnn_cost cost;
  (void)state;
  assert_int_equal(mcnn_predict_cost(arch, mcnn_isa_best(), &workspace, &cost), MNISTCNN_OK);
  assert_true(cost.macs == 8 * 9 * 6 + 9 * 8 + 9 * 2);
  mcnn_arch_free(arch);
}

/* Foretelling takes next to no memory itself, and no sum wraps around. */
static void the_largest_are_foretold_without_allocating_them(void **state) {
  static const network huge[] = {
      {"conv 16 1x1, conv 16 1x1, conv 16 1x1, conv 16 1x1, maxpool 16, flatten, dense 2 softmax",
       4096, 4096, 1, 2},
      {"conv 1 4096x4096, flatten, dense 2 softmax", 4096, 4096, 1, 2},
      {"flatten, dense 5 relu, dense 1000 softmax", 4096, 4096, 3, 1000}};
  const mnistcnn_workspace_options workspace = {.max_batch = 4096, .num_threads = 256};
  mnistcnn_train_options options = options_of(256);
  const mcnn_train_data data = {
      .images = (size_t)(SIZE_MAX > UINT32_MAX ? UINT64_C(1) << 32 : UINT64_C(1) << 28),
      .channels = 1,
      .validates = 1};
  (void)state;
  options.batch_size = 65536;
  for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
    meter m = {0};
    const mcnn_alloc alloc = metered(&m);
    mcnn_arch *arch = parse(&huge[i], &alloc);
    mcnn_cost model, predict_cost, train_cost;
    assert_int_equal(mcnn_model_cost(arch, mcnn_isa_best(), 0, &model), MNISTCNN_OK);
    assert_int_equal(mcnn_predict_cost(arch, mcnn_isa_best(), &workspace, &predict_cost),
                     MNISTCNN_OK);
    assert_int_equal(mcnn_train_cost(arch, mcnn_isa_best(), &options, &data, &train_cost),
                     MNISTCNN_OK);
    assert_true(m.peak < 1u << 20);
    assert_true(model.bytes >= arch->parameter_floats * sizeof(float));
    assert_true(predict_cost.bytes / 256 >= sizeof(float) * 4096 * 4096);
    assert_true(train_cost.bytes / options.batch_size >= sizeof(float) * 4096 * 4096);
    mcnn_arch_free(arch);
  }
}

static void sums_and_products_saturate(void **state) {
  (void)state;
  assert_true(mcnn_saturating_add(UINT64_MAX - 1, 1) == UINT64_MAX);
  assert_true(mcnn_saturating_add(UINT64_MAX, 1) == UINT64_MAX);
  assert_true(mcnn_saturating_mul((uint64_t)1 << 32, (uint64_t)1 << 32) == UINT64_MAX);
  assert_true(mcnn_saturating_mul(UINT64_MAX, 0) == 0 && mcnn_saturating_mul(0, UINT64_MAX) == 0);
  assert_true(sizeof(size_t) < 8 || mcnn_alloc_bytes(SIZE_MAX, SIZE_MAX) == UINT64_MAX);
  const mcnn_arena arena = {.overflow = 1};
  assert_true(mcnn_arena_bytes(&arena) == UINT64_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(predictions_take_what_was_foretold),
      cmocka_unit_test(trainings_take_what_was_foretold),
      cmocka_unit_test(what_options_add_is_foretold),
      cmocka_unit_test(held_out_images_and_checkpoints_are_foretold),
      cmocka_unit_test(multiply_adds_are_those_of_the_layers),
      cmocka_unit_test(elements_of_windows_over_one_another_count),
      cmocka_unit_test(the_largest_are_foretold_without_allocating_them),
      cmocka_unit_test(sums_and_products_saturate),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
