/* What the tests of the public API share: small datasets, and an allocator that counts and can
 * fail. Only the public header is used. */
#ifndef API_SUPPORT_H
#define API_SUPPORT_H

#include "mnistcnn.h"

#include <stdatomic.h>

/* Network and images of most tests: small, but with every kind of layer that has a state. */
#define SMALL_ARCHITECTURE                                                                         \
  "conv 4 3x3 relu, maxpool 2, flatten, dropout 0.25, dense 16 relu, dense 4 softmax"
enum { SMALL_SIDE = 12, SMALL_CLASSES = 4 };

/* Bytes of `count` images, class i % classes: a bright bar whose place tells the class, and noise.
 * The caller frees both. */
void make_images(size_t count, uint32_t side, uint32_t channels, uint32_t classes, uint32_t seed,
                 uint8_t **pixels, int32_t **labels);

/* Asserts on failure. */
mnistcnn_dataset *make_dataset(size_t count, uint32_t side, uint32_t channels, uint32_t classes,
                               uint32_t seed);
mnistcnn_model *make_small_model(uint32_t channels, const mnistcnn_allocator *allocator);
mnistcnn_train_options small_training(uint32_t epochs);

/* The model as a file's bytes; the caller frees. */
unsigned char *model_bytes(const mnistcnn_model *model, size_t *size);
void assert_same_model(const mnistcnn_model *a, const mnistcnn_model *b);

/* Counts what is allocated and not yet freed; allocation number fail_at (from 0) and all after it
 * give NULL. Set fail_at to SIZE_MAX for none. */
typedef struct test_allocator {
  mnistcnn_allocator interface;
  atomic_size_t live, calls;
  size_t fail_at;
} test_allocator;

void test_allocator_init(test_allocator *allocator);

#define assert_ok(call) assert_int_equal((call), MNISTCNN_OK)

#endif
