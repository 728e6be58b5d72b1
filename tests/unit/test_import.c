/* Structs of older and newer callers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/import.h"
#include "base/status.h"

/* A struct that has grown twice: after `first` and after `second`. */
typedef struct sample {
  uint32_t struct_size;
  uint32_t first;
  uint64_t second;
  uint64_t third;
} sample;

enum { FIRST_SIZE = 8, SECOND_SIZE = 16, ABSURD = 4096 };

static const sample defaults = {
    .struct_size = sizeof defaults, .first = 1, .second = 2, .third = 3};

/* A caller's struct of `size` bytes, all fields 7 as far as it goes, zeros behind what is known. */
static unsigned char *caller(uint32_t size) {
  const sample known = {size, 7, 7, 7};
  unsigned char *given = calloc(1, size < sizeof known ? sizeof known : size);
  assert_non_null(given);
  memcpy(given, &known, sizeof known);
  return given;
}

static mnistcnn_status import(const void *given, sample *options) {
  *options = defaults;
  return mcnn_import_options("sample", given, FIRST_SIZE, options, sizeof *options);
}

static void imports_every_size(void **state) {
  (void)state;
  for (uint32_t size = 0; size <= ABSURD + 8; size++) {
    unsigned char *given = caller(size);
    sample options;
    const mnistcnn_status status = import(given, &options);
    free(given);
    if (size < FIRST_SIZE || size > ABSURD) {
      assert_int_equal(status, MNISTCNN_INVALID_ARGUMENT);
      assert_non_null(strstr(mcnn_last_error(), "sample: struct_size"));
      continue;
    }
    assert_int_equal(status, MNISTCNN_OK);
    assert_int_equal(options.struct_size, sizeof options);
    assert_int_equal(options.first, 7);
    if (size <= FIRST_SIZE)
      assert_int_equal(options.second, 2);
    if (size >= SECOND_SIZE)
      assert_int_equal(options.second, 7);
    if (size <= SECOND_SIZE)
      assert_int_equal(options.third, 3);
    if (size >= sizeof options)
      assert_int_equal(options.third, 7);
  }
}

static void refuses_a_tail_that_is_used(void **state) {
  enum { SIZE = 64 };
  (void)state;
  for (size_t at = sizeof(sample); at < SIZE; at++) {
    unsigned char *given = caller(SIZE);
    sample options;
    given[at] = 1;
    assert_int_equal(import(given, &options), MNISTCNN_UNSUPPORTED);
    assert_memory_equal(&options, &defaults, sizeof options);
    free(given);
  }
}

static void takes_no_struct_and_any_address(void **state) {
  unsigned char room[sizeof(sample) + 8];
  const sample given = {sizeof given, 7, 7, 7};
  sample options;
  (void)state;
  assert_int_equal(import(NULL, &options), MNISTCNN_OK);
  assert_memory_equal(&options, &defaults, sizeof options);
  for (size_t offset = 0; offset < 8; offset++) {
    memcpy(room + offset, &given, sizeof given);
    assert_int_equal(import(room + offset, &options), MNISTCNN_OK);
    assert_memory_equal(&options, &given, sizeof given);
  }
}

static void exports_every_size(void **state) {
  unsigned char room[ABSURD + 8];
  (void)state;
  for (size_t size = 0; size <= ABSURD + 8; size++) {
    memset(room, 0xEE, sizeof room);
    const mnistcnn_status status =
        mcnn_export_options("sample", &defaults, FIRST_SIZE, sizeof defaults, room, size);
    if (size < FIRST_SIZE || size > ABSURD) {
      assert_int_equal(status, MNISTCNN_INVALID_ARGUMENT);
      assert_int_equal(room[0], 0xEE);
      continue;
    }
    sample expected = defaults;
    expected.struct_size = (uint32_t)size;
    assert_int_equal(status, MNISTCNN_OK);
    assert_memory_equal(room, &expected, size < sizeof expected ? size : sizeof expected);
    for (size_t at = sizeof expected; at < size; at++)
      assert_int_equal(room[at], 0);
    for (size_t at = size; at < sizeof room; at++)
      assert_int_equal(room[at], 0xEE);
  }
  assert_int_equal(
      mcnn_export_options("sample", &defaults, FIRST_SIZE, sizeof defaults, NULL, sizeof defaults),
      MNISTCNN_INVALID_ARGUMENT);
}

static void *give_nothing(size_t size_bytes, void *user) {
  (void)size_bytes;
  (void)user;
  return NULL;
}

static void take_nothing(void *pointer, void *user) {
  (void)pointer;
  (void)user;
}

static void checks_allocators(void **state) {
  mnistcnn_allocator given = {sizeof given, 0, give_nothing, take_nothing, &given};
  mcnn_alloc alloc;
  (void)state;
  assert_int_equal(mcnn_import_allocator(NULL, &alloc), MNISTCNN_OK);
  assert_non_null(alloc.allocate);
  assert_int_equal(mcnn_import_allocator(&given, &alloc), MNISTCNN_OK);
  assert_true(alloc.allocate == give_nothing && alloc.deallocate == take_nothing);
  assert_ptr_equal(alloc.user, &given);
  given.reserved = 1;
  assert_int_equal(mcnn_import_allocator(&given, &alloc), MNISTCNN_INVALID_ARGUMENT);
  given.reserved = 0;
  given.allocate = NULL;
  assert_int_equal(mcnn_import_allocator(&given, &alloc), MNISTCNN_INVALID_ARGUMENT);
  given.allocate = give_nothing;
  given.deallocate = NULL;
  assert_int_equal(mcnn_import_allocator(&given, &alloc), MNISTCNN_INVALID_ARGUMENT);
  given.deallocate = take_nothing;
  given.struct_size = 8;
  assert_int_equal(mcnn_import_allocator(&given, &alloc), MNISTCNN_INVALID_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(imports_every_size),
      cmocka_unit_test(refuses_a_tail_that_is_used),
      cmocka_unit_test(takes_no_struct_and_any_address),
      cmocka_unit_test(exports_every_size),
      cmocka_unit_test(checks_allocators),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
