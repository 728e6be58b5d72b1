/* Memory from the caller's allocator, with sizes checked for overflow. Every block is aligned to
 * MCNN_ALIGNMENT bytes, whatever the alignment of the caller's allocator. */
#ifndef MCNN_BASE_ALLOC_H
#define MCNN_BASE_ALLOC_H

#include "mnistcnn.h"

#include <stddef.h>
#include <stdint.h>

#define MCNN_ALIGNMENT ((size_t)64)

typedef struct mcnn_alloc {
  void *(*allocate)(size_t size_bytes, void *user);
  void (*deallocate)(void *pointer, void *user);
  void *user;
} mcnn_alloc;

/* malloc() and free(). */
mcnn_alloc mcnn_alloc_default(void);
int mcnn_alloc_is_default(const mcnn_alloc *alloc);

/* Uninitialised / zeroed memory for count elements of `size` bytes; NULL with the message set if
 * the size overflows or the allocation fails. With a count of 0 the pointer is valid, for 0 bytes.
 */
void *mcnn_alloc_array(const mcnn_alloc *alloc, size_t count, size_t size);
void *mcnn_alloc_zeroed(const mcnn_alloc *alloc, size_t count, size_t size);

/* The bytes that these ask the caller's allocator for; UINT64_MAX where they overflow. */
uint64_t mcnn_alloc_bytes(size_t count, size_t size);

/* A copy of a string; NULL with the message set on failure. */
char *mcnn_alloc_string(const mcnn_alloc *alloc, const char *text);

/* Frees what the functions above returned; NULL is fine. */
void mcnn_free(const mcnn_alloc *alloc, void *pointer);

/* 1 and the result, or 0 if it overflows. */
int mcnn_checked_mul(size_t a, size_t b, size_t *result);
int mcnn_checked_add(size_t a, size_t b, size_t *result);

#endif
