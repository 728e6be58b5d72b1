/* Allocation, checked sizes, arenas. */
#ifdef __linux__
#define _DEFAULT_SOURCE /* for madvise() */
#include <sys/mman.h>
#endif

#include "base/alloc.h"
#include "base/arena.h"
#include "base/status.h"
#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* malloc() aligns to 16; this is the worst a caller's allocator may do beyond that. */
static void *allocate_askew(size_t size_bytes, void *user) {
  unsigned char *const block = malloc(size_bytes + 16 * *(size_t *)user);
  return !block ? NULL : block + 16 * *(size_t *)user;
}

static void free_askew(void *pointer, void *user) {
  free((unsigned char *)pointer - 16 * *(size_t *)user);
}

static void blocks_are_aligned_whatever_the_allocator_gives(void **state) {
  (void)state;
  for (size_t askew = 0; askew < 5; askew++) {
    const mcnn_alloc alloc = {allocate_askew, free_askew, &askew};
    for (size_t size = 0; size < 200; size++) {
      unsigned char *const block = mcnn_alloc_array(&alloc, size, 1);
      assert_non_null(block);
      assert_int_equal((uintptr_t)block % MCNN_ALIGNMENT, 0);
      memset(block, 0xA5, size);
      mcnn_free(&alloc, block);
    }
  }
}

static void zeroed_and_strings(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  (void)state;
  uint32_t *const numbers = mcnn_alloc_zeroed(&alloc, 1000, sizeof *numbers);
  char *const text = mcnn_alloc_string(&alloc, "seven");
  for (size_t i = 0; i < 1000; i++)
    assert_int_equal(numbers[i], 0);
  assert_string_equal(text, "seven");
  mcnn_free(&alloc, numbers);
  mcnn_free(&alloc, text);
  mcnn_free(&alloc, NULL);
}

static void sizes_that_overflow_are_refused(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  size_t result = 7;
  (void)state;
  mcnn_set_last_error("");
  assert_null(mcnn_alloc_array(&alloc, SIZE_MAX / 2, 3));
  assert_null(mcnn_alloc_array(&alloc, SIZE_MAX, 1));
  assert_null(mcnn_alloc_zeroed(&alloc, SIZE_MAX - 64, 1));
  assert_non_null(strstr(mcnn_last_error(), "out of memory"));
  assert_false(mcnn_checked_mul(SIZE_MAX, 2, &result));
  assert_false(mcnn_checked_add(SIZE_MAX, 1, &result));
  assert_int_equal(result, 7);
  assert_true(mcnn_checked_mul(SIZE_MAX, 1, &result));
  assert_int_equal(result, SIZE_MAX);
  assert_true(mcnn_checked_mul(5, 0, &result));
  assert_int_equal(result, 0);
  assert_true(mcnn_checked_add(SIZE_MAX - 1, 1, &result));
  assert_int_equal(result, SIZE_MAX);
}

static void arena_arrays_are_apart_aligned_and_zero(void **state) {
  static const size_t sizes[] = {1, 63, 64, 65, 0, 1000, 4};
  enum { ARRAYS = 7 };
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_arena arena = {0};
  size_t offsets[ARRAYS];
  (void)state;

  for (size_t i = 0; i < ARRAYS; i++)
    offsets[i] = mcnn_arena_reserve(&arena, sizes[i], 3);
  assert_int_equal(mcnn_arena_allocate(&arena, &alloc), MNISTCNN_OK);
  for (size_t i = 0; i < ARRAYS; i++) {
    unsigned char *const array = mcnn_arena_at(&arena, offsets[i]);
    assert_int_equal((uintptr_t)array % MCNN_ALIGNMENT, 0);
    for (size_t k = 0; k < 3 * sizes[i]; k++) {
      assert_int_equal(array[k], 0);
      array[k] = (unsigned char)(i + 1);
    }
  }
  mcnn_arena_free(&arena, &alloc);
}

static void arena_overflow_is_refused(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_arena product = {0}, sum = {0}, padding = {0}, empty = {0};
  (void)state;

  mcnn_arena_reserve(&product, SIZE_MAX / 2, 3);
  mcnn_arena_reserve(&sum, SIZE_MAX / 2, 1);
  mcnn_arena_reserve(&sum, SIZE_MAX / 2 + 1, 1);
  mcnn_arena_reserve(&padding, SIZE_MAX, 1);
  assert_int_equal(mcnn_arena_allocate(&product, &alloc), MNISTCNN_OUT_OF_MEMORY);
  assert_int_equal(mcnn_arena_allocate(&sum, &alloc), MNISTCNN_OUT_OF_MEMORY);
  assert_int_equal(mcnn_arena_allocate(&padding, &alloc), MNISTCNN_OUT_OF_MEMORY);
  mcnn_arena_free(&empty, &alloc);
}

#ifdef MADV_HUGEPAGE
/* Whether the mapping of `p` is to have large pages, as far as Linux tells. */
static int has_large_pages(const void *p) {
  FILE *const file = fopen("/proc/self/smaps", "r");
  const unsigned long long address = (uintptr_t)p;
  unsigned long long first, end;
  int answer = 0, is_it = 0;
  char line[512];
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%llx-%llx ", &first, &end) == 2)
      is_it = first <= address && address < end;
    else if (is_it && strncmp(line, "VmFlags:", 8) == 0)
      answer = strstr(line, " hg") != NULL;
  if (file)
    (void)fclose(file);
  return answer;
}

/* Not where it has none, nor where it is emulated. */
static int tells_of_large_pages(void) {
  const size_t bytes = (size_t)8 * 1024 * 1024;
  unsigned char *const own =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own == MAP_FAILED)
    return 0;
  (void)madvise(own, bytes, MADV_HUGEPAGE);
  const int tells = has_large_pages(own + bytes / 2);
  (void)munmap(own, bytes);
  return tells;
}
#else
static int has_large_pages(const void *p) {
  (void)p;
  return 0;
}

static int tells_of_large_pages(void) {
  return 0;
}
#endif

static void large_arenas_of_the_library_ask_for_large_pages(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  size_t askew = 0;
  const mcnn_alloc other = {allocate_askew, free_askew, &askew};
  mcnn_arena own = {0}, others = {0};
  (void)state;
  if (!tells_of_large_pages())
    skip();
  mcnn_arena_reserve(&own, 64, (size_t)1024 * 1024);
  mcnn_arena_reserve(&others, 64, (size_t)1024 * 1024);
  assert_int_equal(mcnn_arena_allocate(&others, &other), MNISTCNN_OK);
  const int others_answer = has_large_pages(others.base + others.size / 2);
  assert_int_equal(mcnn_arena_allocate(&own, &alloc), MNISTCNN_OK);
  assert_true(has_large_pages(own.base + own.size / 2));
  assert_false(others_answer);
  mcnn_arena_free(&own, &alloc);
  mcnn_arena_free(&others, &other);
}

static mnistcnn_status allocate_all_ways(const mcnn_alloc *alloc, void *context) {
  mcnn_arena arena = {0};
  (void)context;

  mcnn_arena_reserve(&arena, 10, 10);
  void *const blocks[] = {mcnn_alloc_array(alloc, 3, 4), mcnn_alloc_zeroed(alloc, 3, 4),
                          mcnn_alloc_string(alloc, "text")};
  const mnistcnn_status status = mcnn_arena_allocate(&arena, alloc);
  const int complete = blocks[0] && blocks[1] && blocks[2];
  for (size_t i = 0; i < 3; i++)
    mcnn_free(alloc, blocks[i]);
  mcnn_arena_free(&arena, alloc);
  return complete ? status : MNISTCNN_OUT_OF_MEMORY;
}

static void failing_allocations_leave_nothing(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(allocate_all_ways, NULL), 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_are_aligned_whatever_the_allocator_gives),
      cmocka_unit_test(zeroed_and_strings),
      cmocka_unit_test(sizes_that_overflow_are_refused),
      cmocka_unit_test(arena_arrays_are_apart_aligned_and_zero),
      cmocka_unit_test(arena_overflow_is_refused),
      cmocka_unit_test(large_arenas_of_the_library_ask_for_large_pages),
      cmocka_unit_test(failing_allocations_leave_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
