#include "base/arena.h"

#include "base/platform.h"
#include "base/status.h"

#include <assert.h>
#include <string.h>

size_t mcnn_arena_reserve(mcnn_arena *arena, size_t count, size_t size) {
  const size_t offset = arena->size;
  size_t bytes, end;

  assert(!arena->base);
  if (!mcnn_checked_mul(count, size, &bytes) || !mcnn_checked_add(offset, bytes, &end) ||
      !mcnn_checked_add(end, MCNN_ALIGNMENT - 1, &end)) {
    arena->overflow = 1;
    return 0;
  }
  arena->size = end / MCNN_ALIGNMENT * MCNN_ALIGNMENT;
  return offset;
}

uint64_t mcnn_arena_bytes(const mcnn_arena *arena) {
  return arena->overflow ? UINT64_MAX : mcnn_alloc_bytes(arena->size, 1);
}

mnistcnn_status mcnn_arena_allocate(mcnn_arena *arena, const mcnn_alloc *alloc) {
  assert(!arena->base);
  if (arena->overflow) {
    return mcnn_fail(MNISTCNN_OUT_OF_MEMORY,
                     "out of memory: the total size exceeds SIZE_MAX bytes");
  }
  arena->base = mcnn_alloc_array(alloc, arena->size, 1);
  if (!arena->base)
    return MNISTCNN_OUT_OF_MEMORY;
  if (mcnn_alloc_is_default(alloc)) /* the pages of another are its own business */
    mcnn_memory_prefer_large_pages(arena->base, arena->size);
  memset(arena->base, 0, arena->size);
  return MNISTCNN_OK;
}

void *mcnn_arena_at(const mcnn_arena *arena, size_t offset) {
  assert(arena->base && offset <= arena->size && offset % MCNN_ALIGNMENT == 0);
  return arena->base + offset;
}

void mcnn_arena_free(mcnn_arena *arena, const mcnn_alloc *alloc) {
  mcnn_free(alloc, arena->base);
  arena->base = NULL;
}

void *mcnn_place(mcnn_placer *placer, size_t count, size_t each, size_t size) {
  mcnn_arena sizes = {0};
  size_t total = 0;

  if (!mcnn_checked_mul(count, each, &total))
    placer->arena->overflow = 1;
  if (!placer->arena->base) {
    mcnn_arena_reserve(placer->arena, total, size);
    return NULL;
  }
  sizes.size = placer->next;
  const size_t offset = mcnn_arena_reserve(&sizes, total, size);
  placer->next = sizes.size;
  return mcnn_arena_at(placer->arena, offset);
}
