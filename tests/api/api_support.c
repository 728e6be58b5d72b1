#include "api_support.h"
#include "image_args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t next_random(uint32_t *state) { /* xorshift32, Marsaglia 2003 */
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static void draw_bar(uint8_t *image, uint32_t side, uint32_t channels, uint32_t class_index,
                     uint32_t classes) {
  const uint32_t row = 1 + class_index * (side - 3) / classes;
  for (uint32_t i = 0; i < 2 * side; i++)
    for (uint32_t c = 0; c < channels; c++)
      image[(row * side + i) * channels + c] = 230;
}

void make_images(size_t count, uint32_t side, uint32_t channels, uint32_t classes, uint32_t seed,
                 uint8_t **pixels, int32_t **labels) {
  const size_t bytes = (size_t)side * side * channels;
  uint32_t state = seed * 2654435761u + 1u;
  *pixels = malloc(count * bytes);
  *labels = malloc(count * sizeof **labels);
  assert_non_null(*pixels);
  assert_non_null(*labels);
  for (size_t i = 0; i < count; i++) {
    uint8_t *image = *pixels + i * bytes;
    const uint32_t class_index = (uint32_t)(i % classes);
    (*labels)[i] = (int32_t)class_index;
    for (size_t j = 0; j < bytes; j++)
      image[j] = (uint8_t)(next_random(&state) % 90);
    draw_bar(image, side, channels, class_index, classes);
  }
}

mnistcnn_dataset *make_dataset(size_t count, uint32_t side, uint32_t channels, uint32_t classes,
                               uint32_t seed) {
  mnistcnn_dataset *dataset;
  uint8_t *pixels;
  int32_t *labels;
  make_images(count, side, channels, classes, seed, &pixels, &labels);
  assert_ok(mnistcnn_dataset_create_copy(
      LABELLED(pixels, labels, count, side, side, channels, classes, NULL), NULL, &dataset));
  free(pixels);
  free(labels);
  return dataset;
}

mnistcnn_model *make_small_model(uint32_t channels, const mnistcnn_allocator *allocator) {
  mnistcnn_model_options options;
  mnistcnn_model *model;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.input_height = SMALL_SIDE;
  options.input_width = SMALL_SIDE;
  options.input_channels = channels;
  options.num_classes = SMALL_CLASSES;
  options.architecture = SMALL_ARCHITECTURE;
  options.allocator = allocator;
  assert_ok(mnistcnn_model_create(&options, &model));
  return model;
}

mnistcnn_train_options small_training(uint32_t epochs) {
  mnistcnn_train_options options;
  assert_ok(mnistcnn_train_options_init(&options, sizeof options));
  options.epochs = epochs;
  options.batch_size = 16;
  options.augment = MNISTCNN_AUGMENT_AFFINE_ELASTIC;
  options.rotation = 5;
  options.shift = 0.5f;
  return options;
}

unsigned char *model_bytes(const mnistcnn_model *model, size_t *size) {
  assert_ok(mnistcnn_model_save_memory(model, NULL, 0, size));
  unsigned char *bytes = malloc(*size);
  assert_non_null(bytes);
  assert_ok(mnistcnn_model_save_memory(model, bytes, *size, size));
  return bytes;
}

void assert_same_model(const mnistcnn_model *a, const mnistcnn_model *b) {
  size_t a_size, b_size;
  unsigned char *a_bytes = model_bytes(a, &a_size);
  unsigned char *b_bytes = model_bytes(b, &b_size);
  assert_int_equal(a_size, b_size);
  assert_memory_equal(a_bytes, b_bytes, a_size);
  free(a_bytes);
  free(b_bytes);
}

static void *counting_allocate(size_t size_bytes, void *user) {
  test_allocator *allocator = user;
  if (atomic_fetch_add(&allocator->calls, 1) >= allocator->fail_at)
    return NULL;
  atomic_fetch_add(&allocator->live, 1);
  return malloc(size_bytes);
}

static void counting_deallocate(void *pointer, void *user) {
  test_allocator *allocator = user;
  atomic_fetch_sub(&allocator->live, 1);
  free(pointer);
}

void test_allocator_init(test_allocator *allocator) {
  memset(allocator, 0, sizeof *allocator);
  allocator->interface.struct_size = sizeof allocator->interface;
  allocator->interface.allocate = counting_allocate;
  allocator->interface.deallocate = counting_deallocate;
  allocator->interface.user = allocator;
  allocator->fail_at = SIZE_MAX;
}
