#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* --- memory ----------------------------------------------------------------------------------- */

static void *allocate(size_t size_bytes, void *user) {
  test_memory *const memory = user;

  if (atomic_fetch_add(&memory->calls, 1) + 1 == memory->fail_at)
    return NULL;
  void *const block = malloc(size_bytes);
  if (block)
    atomic_fetch_add(&memory->live, 1);
  return block;
}

static void deallocate(void *pointer, void *user) {
  test_memory *const memory = user;

  atomic_fetch_sub(&memory->live, 1);
  free(pointer);
}

mcnn_alloc test_alloc(test_memory *memory) {
  const mcnn_alloc alloc = {allocate, deallocate, memory};

  return alloc;
}

mnistcnn_allocator test_allocator(test_memory *memory) {
  const mnistcnn_allocator allocator = {sizeof allocator, 0, allocate, deallocate, memory};

  return allocator;
}

size_t test_every_allocation(test_attempt attempt, void *context) {
  for (size_t n = 1; n < 100000; n++) {
    test_memory memory = {.fail_at = n};
    const mcnn_alloc alloc = test_alloc(&memory);
    const mnistcnn_status status = attempt(&alloc, context);
    assert_int_equal(memory.live, 0);
    if (memory.calls < n) {
      assert_int_equal(status, MNISTCNN_OK);
      return n - 1;
    }
    assert_int_equal(status, MNISTCNN_OUT_OF_MEMORY);
  }
  fail_msg("it never succeeds");
  return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

const char *test_join(char path[TEST_PATH], const char *folder, const char *name) {
  const int length = snprintf(path, TEST_PATH, "%s/%s", folder, name);

  assert_in_range(length, 1, TEST_PATH - 1);
  return path;
}

static void make_parents(char *path) {
  for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(path, 0777) != 0)
      assert_int_equal(errno, EEXIST);
    *slash = '/';
  }
}

void test_write(const char *folder, const char *name, const void *data, size_t size_bytes) {
  char path[TEST_PATH];

  test_join(path, folder, name);
  make_parents(path);
  FILE *const file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size_bytes, file), size_bytes);
  assert_int_equal(fclose(file), 0);
}

void test_make_folder(const char *folder, const char *name) {
  char path[TEST_PATH];

  test_join(path, folder, name);
  make_parents(path);
  assert_int_equal(mkdir(path, 0777), 0);
}

unsigned char *test_read(const char *folder, const char *name, size_t *size_bytes) {
  char path[TEST_PATH];
  FILE *const file = fopen(test_join(path, folder, name), "rb");

  assert_non_null(file);
  assert_int_equal(fseek(file, 0, SEEK_END), 0);
  const long size = ftell(file);
  assert_true(size >= 0);
  rewind(file);
  unsigned char *const data = malloc((size_t)size + 1);
  assert_non_null(data);
  assert_int_equal(fread(data, 1, (size_t)size, file), size);
  fclose(file);
  *size_bytes = (size_t)size;
  return data;
}

size_t test_count_files(const char *folder) {
  size_t count = 0;
  DIR *const entries = opendir(folder);

  assert_non_null(entries);
  while (readdir(entries))
    count++;
  closedir(entries);
  return count - 2; /* "." and ".." */
}

uint8_t test_byte(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return (uint8_t)(*state >> 24);
}
