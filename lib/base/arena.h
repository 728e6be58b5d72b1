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

/* What allocating it asks the caller's allocator for; UINT64_MAX where a reservation did not fit.
 */
uint64_t mcnn_arena_bytes(const mcnn_arena *arena);

/* Allocates what was reserved, zeroed. */
mnistcnn_status mcnn_arena_allocate(mcnn_arena *arena, const mcnn_alloc *alloc);

/* The address of what was reserved at `offset`. */
void *mcnn_arena_at(const mcnn_arena *arena, size_t offset);

/* Frees the block; an arena of zeros is fine. */
void mcnn_arena_free(mcnn_arena *arena, const mcnn_alloc *alloc);

/* One list of arrays for both: in a first round, when the arena has no memory yet, each is
 * reserved, in a second it is found. Start each round with next = 0. */
typedef struct mcnn_placer {
  mcnn_arena *arena;
  size_t next; /* second round: the offset of the next array */
} mcnn_placer;

/* The array of count * each elements of `size` bytes; NULL in the first round. */
void *mcnn_place(mcnn_placer *placer, size_t count, size_t each, size_t size);

#endif
