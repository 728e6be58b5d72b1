/* Many arrays in one allocation: reserve each, allocate once, then get their addresses. */
#ifndef MCNN_BASE_ARENA_H
#define MCNN_BASE_ARENA_H

#include "base/alloc.h"

typedef struct mcnn_arena {
  unsigned char *base; /* NULL until mcnn_arena_allocate() */
  size_t size;         /* bytes reserved so far */
  int overflow;        /* a reservation did not fit in size_t */
} mcnn_arena;

/* Reserves count elements of `size` bytes, aligned to MCNN_ALIGNMENT. Returns their offset. Only
 * before mcnn_arena_allocate(). */
size_t mcnn_arena_reserve(mcnn_arena *arena, size_t count, size_t size);

/* Allocates what was reserved, zeroed. */
mnistcnn_status mcnn_arena_allocate(mcnn_arena *arena, const mcnn_alloc *alloc);

/* The address of what was reserved at `offset`. */
void *mcnn_arena_at(const mcnn_arena *arena, size_t offset);

/* Frees the block; an arena of zeros is fine. */
void mcnn_arena_free(mcnn_arena *arena, const mcnn_alloc *alloc);

#endif
