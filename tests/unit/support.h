/* What several unit tests need: memory that counts and fails, files in a folder. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include "base/alloc.h"
#include "temp_folder.h"

#include <stdatomic.h>
#include <stddef.h>

/* malloc() that counts; the fail_at-th allocation (from 1) gives NULL, 0: none does. */
typedef struct test_memory {
  atomic_size_t live;  /* blocks not yet freed */
  atomic_size_t calls; /* allocations asked for */
  size_t fail_at;
} test_memory;

mcnn_alloc test_alloc(test_memory *memory);
mnistcnn_allocator test_allocator(test_memory *memory);

/* Calls `attempt` with the 1st, 2nd, ... allocation failing until it succeeds, and fails the test
 * unless each failure is MNISTCNN_OUT_OF_MEMORY and nothing stays allocated. `attempt` frees what
 * it makes. Returns how many allocations there are. */
typedef mnistcnn_status (*test_attempt)(const mcnn_alloc *alloc, void *context);
size_t test_every_allocation(test_attempt attempt, void *context);

/* Writes folder/name, making the folders in between. */
void test_write(const char *folder, const char *name, const void *data, size_t size_bytes);
void test_make_folder(const char *folder, const char *name);
/* A malloc'ed copy of the file's bytes. */
unsigned char *test_read(const char *folder, const char *name, size_t *size_bytes);
size_t test_count_files(const char *folder);
const char *test_join(char path[TEST_PATH], const char *folder, const char *name);

/* The next numbers of a small generator, for pixels and the like; *state starts anywhere. */
uint8_t test_byte(uint32_t *state);

#endif
