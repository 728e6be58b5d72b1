/* Costs told beforehand, and limits for models from strangers: over architectures that make much of
 * few bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api_support.h"
#include "temp_folder.h"

/* --- an allocator that measures --------------------------------------------------------------- */

typedef struct meter {
  atomic_size_t live, peak;
} meter;

/* The size lies in front of the block. */
enum { FRONT = 64 };

static void *metered_allocate(size_t size_bytes, void *user) {
  meter *m = user;
  unsigned char *block = malloc(size_bytes + FRONT);
  if (!block)
    return NULL;
  memcpy(block, &size_bytes, sizeof size_bytes);
  const size_t live = atomic_fetch_add(&m->live, size_bytes) + size_bytes;
  size_t peak = atomic_load(&m->peak);
  while (live > peak && !atomic_compare_exchange_weak(&m->peak, &peak, live))
    ;
  return block + FRONT;
}

static void metered_free(void *pointer, void *user) {
  meter *m = user;
  unsigned char *block = (unsigned char *)pointer - FRONT;
  size_t size_bytes;
  memcpy(&size_bytes, block, sizeof size_bytes);
  atomic_fetch_sub(&m->live, size_bytes);
  free(block);
}

static mnistcnn_allocator metered(meter *m) {
  mnistcnn_allocator allocator = MNISTCNN_ALLOCATOR_INIT;
  *m = (meter){0};
  allocator.allocate = metered_allocate;
  allocator.deallocate = metered_free;
  allocator.user = m;
  return allocator;
}

/* --- models ----------------------------------------------------------------------------------- */

typedef struct network {
  uint32_t height, width, channels, classes;
  const char *architecture;
  uint32_t notes; /* so many of 4000 bytes */
} network;

static const network networks[] = {
    {28, 28, 3, 10, NULL, 0},
    {28, 28, 1, 10, NULL, 0},
    {1, 1, 1, 2, "flatten, dense 2 softmax", 0},
    {8, 8, 1, 4, "flatten, dense 4 softmax", 60}, /* most of the file is text */
    {256, 256, 1, 2, "conv 1 60x60, maxpool 16, flatten, dense 2 softmax", 0},
    {1024, 700, 3, 2, "conv 1 3x3 same relu, maxpool 16, flatten, dense 2 softmax", 0},
    {300, 300, 1, 2, "conv 2 7x7 same relu, maxpool 100x1, maxpool 1x100, flatten, dense 2 softmax",
     0},
    {16, 16, 1, 3, "conv 900 1x1 relu, maxpool 16, flatten, dense 3 softmax", 0},
    {9, 9, 3, 1000, "conv 4 3x3, flatten, dropout 0.5, dense 70 relu, dense 1000 softmax", 0},
    {64, 64, 1, 2,
     "maxpool 2, conv 8 5x5 relu, conv 8 5x5 relu, relu, maxpool 3, flatten, "
     "dense 64 relu, dense 64 relu, dense 2 softmax",
     0},
    {48, 48, 1, 2, "conv 24 3x3 relu, maxpool 3 stride 2 same, flatten, dense 2 softmax", 0},
    {48, 48, 3, 2, "conv 24 3x3 relu, avgpool 2, globalmaxpool, flatten, dense 2 softmax", 0},
    {40, 40, 1, 2,
     "zeropad 12, rescale 2 -1, spatialdropout 0.5, conv 4 3x3 relu, flatten, dense 2 softmax", 0},
    {40, 40, 3, 2,
     "depthwise 3x3 same multiplier 8 relu, depthwise 5 stride 2, flatten, "
     "dense 2 softmax",
     0},
    {40, 40, 3, 2,
     "separable 30 3x3 same relu, separable 8 3x3 stride 2 nobias, globalavgpool, "
     "dense 2 softmax",
     0},
    {20, 20, 3, 5,
     "conv 8 3x3 gelu, maxpool 2, conv 8 3x3 elu 0.5, tanh, flatten, dense 300 swish, "
     "dense 30 selu, dense 5 softmax",
     0},
    {20, 20, 3, 5,
     "conv 8 3x3 same, batchnorm relu, conv 8 3x3 same, batchnorm, add 3 relu, "
     "conv 12 3x3 same, batchnorm gelu, conv 12 1x1 from 3, add 2, globalavgpool, dense 300, "
     "batchnorm swish, dense 5 softmax",
     0},
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

static mnistcnn_model *make(const network *n, const mnistcnn_allocator *allocator) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  char text[4001], key[16];
  mnistcnn_model *model;
  options.input_height = n->height;
  options.input_width = n->width;
  options.input_channels = n->channels;
  options.num_classes = n->classes;
  options.architecture = n->architecture;
  options.allocator = allocator;
  if (mnistcnn_model_create(&options, &model) != MNISTCNN_OK)
    fail_msg("%s", mnistcnn_last_error());
  memset(text, 'x', 4000);
  text[4000] = '\0';
  for (uint32_t i = 0; i < n->notes; i++) {
    snprintf(key, sizeof key, "note.%u", (unsigned)i);
    assert_ok(mnistcnn_model_set_note(model, key, text));
  }
  return model;
}

static void predict_once(const mnistcnn_model *model, const mnistcnn_workspace_options *options) {
  const size_t values = mnistcnn_model_num_inputs(model);
  const uint32_t classes = mnistcnn_model_num_classes(model);
  uint8_t *pixels = calloc(values, 1);
  float *row = calloc(classes, sizeof *row);
  mnistcnn_workspace *workspace = NULL;
  assert_ok(mnistcnn_workspace_create(model, options, &workspace));
  assert_ok(mnistcnn_predict_u8(model, workspace, pixels, values, row, classes));
  mnistcnn_workspace_free(workspace);
  free(row);
  free(pixels);
}

/* At most a tenth and some small pieces more than was foretold, and not much less either. */
static void assert_foretold(size_t measured, uint64_t foretold) {
  if ((double)measured > 1.1 * (double)foretold + 2048 ||
      (double)foretold > 1.15 * (double)measured + 8192)
    fail_msg("%zu bytes measured, %llu foretold", measured, (unsigned long long)foretold);
}

/* --- loading and predicting ------------------------------------------------------------------- */

static void check_load(const network *n, const mnistcnn_load_options *source, meter *m) {
  mnistcnn_workspace_options space = MNISTCNN_WORKSPACE_OPTIONS_INIT;
  mnistcnn_cost cost = MNISTCNN_COST_INIT, of_model = MNISTCNN_COST_INIT;
  mnistcnn_model *model;
  assert_ok(mnistcnn_load_cost(source, &space, &cost));
  assert_int_equal(m->live, 0);
  m->peak = 0;
  assert_ok(mnistcnn_model_load(source, &model));
  assert_foretold(m->live, cost.model_bytes);
  assert_ok(mnistcnn_model_predict_cost(model, &space, &of_model));
  assert_int_equal(of_model.model_bytes, cost.model_bytes);
  assert_int_equal(of_model.memory_bytes, cost.memory_bytes);
  assert_int_equal(of_model.multiply_adds, cost.multiply_adds);
  predict_once(model, &space);
  assert_foretold(m->peak, cost.peak_bytes);
  mnistcnn_model_free(model);
  assert_int_equal(m->live, 0);
  (void)n;
}

static void loading_and_predicting_take_what_was_foretold(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    mnistcnn_model *model = make(&networks[i], NULL);
    mnistcnn_load_options source = MNISTCNN_LOAD_OPTIONS_INIT;
    meter m;
    const mnistcnn_allocator allocator = metered(&m);
    unsigned char *bytes = model_bytes(model, &source.size_bytes);
    source.data = bytes;
    source.allocator = &allocator;
    check_load(&networks[i], &source, &m);
    assert_ok(mnistcnn_model_save_file(model, "cost.safetensors"));
    source.data = NULL;
    source.size_bytes = 0;
    source.path = "cost.safetensors";
    check_load(&networks[i], &source, &m);
    remove("cost.safetensors");
    free(bytes);
    mnistcnn_model_free(model);
  }
}

static void multiply_adds_are_counted(void **state) {
  mnistcnn_cost cost = MNISTCNN_COST_INIT;
  mnistcnn_model *model = make(&networks[1], NULL);
  (void)state;
  assert_ok(mnistcnn_model_predict_cost(model, NULL, &cost));
  /* 24x24 of 5x5x1 x 16, 8x8 of 5x5x16 x 32, 512 x 1000, 1000 x 10 */
  assert_int_equal(cost.multiply_adds, 576 * 25 * 16 + 64 * 400 * 32 + 512 * 1000 + 1000 * 10);
  mnistcnn_model_free(model);
}

/* --- limits ----------------------------------------------------------------------------------- */

/* Whatever the limit is: the model is refused, or loaded and used within it. */
static void check_limit(const mnistcnn_load_options *source, uint64_t limit, meter *m) {
  mnistcnn_load_options limited = *source;
  mnistcnn_model *model;
  limited.max_memory_bytes = limit;
  m->peak = 0;
  const mnistcnn_status status = mnistcnn_model_load(&limited, &model);
  if (status == MNISTCNN_OK)
    predict_once(model, NULL);
  else
    assert_int_equal(status, MNISTCNN_LIMIT);
  assert_true(m->peak <= limit);
  mnistcnn_model_free(model);
  assert_int_equal(m->live, 0);
}

static int64_t read_bytes(void *buffer, size_t size_bytes, void *user) {
  mnistcnn_load_options *rest = user;
  const size_t bytes = size_bytes < rest->size_bytes ? size_bytes : rest->size_bytes;
  memcpy(buffer, rest->data, bytes);
  rest->data = (const unsigned char *)rest->data + bytes;
  rest->size_bytes -= bytes;
  return (int64_t)bytes;
}

static void no_limit_is_exceeded(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    mnistcnn_model *model = make(&networks[i], NULL);
    mnistcnn_load_options memory = MNISTCNN_LOAD_OPTIONS_INIT, stream = memory, rest;
    mnistcnn_reader reader = MNISTCNN_READER_INIT;
    mnistcnn_cost cost = MNISTCNN_COST_INIT;
    meter m;
    const mnistcnn_allocator allocator = metered(&m);
    unsigned char *bytes = model_bytes(model, &memory.size_bytes);
    memory.data = bytes;
    memory.allocator = stream.allocator = &allocator;
    reader.read = read_bytes;
    reader.user = &rest;
    stream.reader = &reader;
    assert_ok(mnistcnn_load_cost(&memory, NULL, &cost));
    for (uint64_t limit = 1; limit < 4 * cost.peak_bytes; limit = 2 * limit + 1) {
      check_limit(&memory, limit, &m);
      rest = memory;
      check_limit(&stream, limit, &m);
    }
    check_limit(&memory, cost.peak_bytes - 1, &m);
    check_limit(&memory, cost.peak_bytes, &m);
    free(bytes);
    mnistcnn_model_free(model);
  }
}

static void limits_are_for_what_was_foretold(void **state) {
  mnistcnn_model *model = make(&networks[0], NULL), *loaded;
  mnistcnn_load_options source = MNISTCNN_LOAD_OPTIONS_INIT;
  mnistcnn_cost cost = MNISTCNN_COST_INIT;
  unsigned char *bytes = model_bytes(model, &source.size_bytes);
  (void)state;
  source.data = bytes;
  assert_ok(mnistcnn_load_cost(&source, NULL, &cost));
  source.max_memory_bytes = cost.peak_bytes;
  source.max_multiply_adds = cost.multiply_adds;
  assert_ok(mnistcnn_model_load(&source, &loaded));
  mnistcnn_model_free(loaded);
  source.max_multiply_adds--;
  assert_int_equal(mnistcnn_model_load(&source, &loaded), MNISTCNN_LIMIT);
  assert_non_null(strstr(mnistcnn_last_error(), "multiply-adds"));
  assert_int_equal(mnistcnn_load_cost(&source, NULL, &cost), MNISTCNN_LIMIT);
  source.max_multiply_adds = 0;
  source.max_memory_bytes--;
  assert_int_equal(mnistcnn_model_load(&source, &loaded), MNISTCNN_LIMIT);
  assert_non_null(strstr(mnistcnn_last_error(), "bytes of memory"));
  assert_null(loaded);
  free(bytes);
  mnistcnn_model_free(model);
}

/* --- training --------------------------------------------------------------------------------- */

static void training_takes_what_was_foretold(void **state) {
  (void)state;
  for (size_t i = 0; i < NETWORKS; i++) {
    const network *n = &networks[i];
    meter m;
    const mnistcnn_allocator allocator = metered(&m);
    if (n->height != n->width || n->height > 100 || n->height < 8)
      continue; /* make_dataset() makes small squares */
    mnistcnn_model *model = make(n, &allocator);
    mnistcnn_dataset *dataset = make_dataset(40, n->height, n->channels, n->classes, 1);
    mnistcnn_train_options options = MNISTCNN_TRAIN_OPTIONS_INIT;
    mnistcnn_cost cost = MNISTCNN_COST_INIT;
    options.epochs = 1;
    options.batch_size = 16;
    options.num_threads = 2;
    options.optimizer = MNISTCNN_OPTIMIZER_ADAM;
    assert_ok(mnistcnn_model_train_cost(model, dataset, dataset, &options, &cost));
    assert_foretold(m.live, cost.model_bytes);
    m.peak = 0;
    assert_ok(mnistcnn_train(model, dataset, dataset, &options, NULL));
    assert_foretold(m.peak, cost.peak_bytes);
    mnistcnn_dataset_free(dataset);
    mnistcnn_model_free(model);
    assert_int_equal(m.live, 0);
  }
}

/* Before there are datasets it is the same. */
static void training_is_foretold_without_datasets(void **state) {
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_train_options options = small_training(2);
  (void)state;
  options.calibration_fraction = 0.2f;
  for (uint32_t channels = 1; channels <= 3; channels += 2) {
    mnistcnn_dataset *dataset = make_dataset(800, SMALL_SIDE, channels, SMALL_CLASSES, 1);
    for (uint32_t validates = 0; validates <= 1; validates++) {
      mnistcnn_cost cost = MNISTCNN_COST_INIT, ahead = MNISTCNN_COST_INIT;
      options.keep_best = validates;
      assert_ok(
          mnistcnn_model_train_cost(model, dataset, validates ? dataset : NULL, &options, &cost));
      assert_ok(mnistcnn_model_train_cost_ahead(model, 800, channels, validates, &options, &ahead));
      assert_memory_equal(&cost, &ahead, sizeof cost);
    }
    mnistcnn_dataset_free(dataset);
  }
  mnistcnn_model_free(model);
}

static void wrong_foretelling_is_refused(void **state) {
  static const struct {
    uint64_t images;
    uint32_t channels, validates;
    const char *message;
  } wrong[] = {{0, 1, 0, "num_images is 0"},
               {1ull << 32, 1, 0, "num_images is 4294967296"},
               {1, 0, 0, "channels is 0"},
               {1, 2, 0, "channels is 2; it must be 1 or the model's number, 3"},
               {1, 3, 2, "has_validation is 2"},
               {1, 3, 0, "keep_best needs a validation dataset"}};
  mnistcnn_model *model = make_small_model(3, NULL);
  mnistcnn_train_options options = small_training(2);
  mnistcnn_cost cost = MNISTCNN_COST_INIT;
  (void)state;
  options.keep_best = 1;
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(mnistcnn_model_train_cost_ahead(model, wrong[i].images, wrong[i].channels,
                                                     wrong[i].validates, &options, &cost),
                     MNISTCNN_INVALID_ARGUMENT);
    assert_non_null(strstr(mnistcnn_last_error(), wrong[i].message));
  }
  options.loss = 7;
  assert_int_equal(mnistcnn_model_train_cost_ahead(model, 1, 3, 1, &options, &cost),
                   MNISTCNN_INVALID_ARGUMENT);
  mnistcnn_model_free(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(loading_and_predicting_take_what_was_foretold),
      cmocka_unit_test(multiply_adds_are_counted),
      cmocka_unit_test(no_limit_is_exceeded),
      cmocka_unit_test(limits_are_for_what_was_foretold),
      cmocka_unit_test(training_takes_what_was_foretold),
      cmocka_unit_test(training_is_foretold_without_datasets),
      cmocka_unit_test(wrong_foretelling_is_refused),
  };
  return cmocka_run_group_tests(tests, test_enter_folder, test_leave_folder);
}
