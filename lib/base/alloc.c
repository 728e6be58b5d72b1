#include "base/alloc.h"

#include "base/cost.h"
#include "base/status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The pointer that the caller's allocator returned is stored before each aligned block. */
#define OVERHEAD (MCNN_ALIGNMENT + sizeof(void *))

static void *allocate_with_malloc(size_t size_bytes, void *user) {
  (void)user;
  return malloc(size_bytes);
}

static void deallocate_with_free(void *pointer, void *user) {
  (void)user;
  free(pointer);
}

mcnn_alloc mcnn_alloc_default(void) {
  const mcnn_alloc alloc = {allocate_with_malloc, deallocate_with_free, NULL};
  return alloc;
}

int mcnn_alloc_is_default(const mcnn_alloc *alloc) {
  return alloc->allocate == allocate_with_malloc;
}

int mcnn_checked_mul(size_t a, size_t b, size_t *result) {
  if (b != 0 && a > SIZE_MAX / b)
    return 0;
  *result = a * b;
  return 1;
}

int mcnn_checked_add(size_t a, size_t b, size_t *result) {
  if (a > SIZE_MAX - b)
    return 0;
  *result = a + b;
  return 1;
}

static void *align_block(void *block) {
  unsigned char *const start = (unsigned char *)block + sizeof(void *);
  const size_t misaligned = (size_t)((uintptr_t)start % MCNN_ALIGNMENT);
  unsigned char *const aligned = start + (misaligned == 0 ? 0 : MCNN_ALIGNMENT - misaligned);

  memcpy(aligned - sizeof block, &block, sizeof block);
  return aligned;
}

void *mcnn_alloc_array(const mcnn_alloc *alloc, size_t count, size_t size) {
  size_t bytes, total;

  if (!mcnn_checked_mul(count, size, &bytes) || !mcnn_checked_add(bytes, OVERHEAD, &total)) {
    mcnn_fail(MNISTCNN_OUT_OF_MEMORY, "out of memory: cannot allocate %zu elements of %zu bytes",
              count, size);
    return NULL;
  }
  void *const block = alloc->allocate(total, alloc->user);
  if (!block) {
    mcnn_fail_memory(bytes);
    return NULL;
  }
  return align_block(block);
}

void *mcnn_alloc_zeroed(const mcnn_alloc *alloc, size_t count, size_t size) {
  void *const block = mcnn_alloc_array(alloc, count, size);

  if (block)
    memset(block, 0, count * size);
  return block;
}

uint64_t mcnn_alloc_bytes(size_t count, size_t size) {
  return mcnn_saturating_add(mcnn_saturating_mul(count, size), OVERHEAD);
}

char *mcnn_alloc_string(const mcnn_alloc *alloc, const char *text) {
  const size_t size = strlen(text) + 1;
  char *const copy = mcnn_alloc_array(alloc, size, 1);

  if (copy)
    memcpy(copy, text, size);
  return copy;
}

void mcnn_free(const mcnn_alloc *alloc, void *pointer) {
  void *block;

  if (pointer) {
    assert((uintptr_t)pointer % MCNN_ALIGNMENT == 0);
    memcpy(&block, (unsigned char *)pointer - sizeof block, sizeof block);
    alloc->deallocate(block, alloc->user);
  }
}
