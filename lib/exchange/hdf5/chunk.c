#include "exchange/hdf5/chunk.h"

#include "exchange/hdf5/array.h"
#include "exchange/hdf5/btree1.h"
#include "exchange/hdf5/btree2.h"

#include <string.h>

typedef struct chunk_walk {
  const mcnn_h5_place *place;
  const mcnn_h5_layout *layout;
  const mcnn_h5_grid *grid;
  int is_filtered;
  mcnn_h5_chunk_fn visit;
  void *context;
  uint64_t last[MCNN_H5_MAX_RANK + 1]; /* offsets of the key before */
  unsigned char *seen;                 /* of each chunk of the grid */
  size_t num_seen;
} chunk_walk;

mnistcnn_status mcnn_h5_make_grid(const mcnn_h5_place *place, const mcnn_h5_layout *layout,
                                  const mcnn_h5_space *space, mcnn_h5_grid *grid) {
  size_t bytes = 1;
  int fits = layout->element_bytes <= SIZE_MAX &&
             mcnn_checked_mul(bytes, (size_t)layout->element_bytes, &bytes);

  *grid = (mcnn_h5_grid){.rank = layout->rank, .count = 1};
  for (uint32_t i = 0; i < layout->rank && fits; i++) {
    const uint64_t chunk = layout->chunk[i];
    grid->tiles[i] = space->shape[i] / chunk + (space->shape[i] % chunk != 0);
    fits = chunk <= SIZE_MAX && mcnn_checked_mul(bytes, (size_t)chunk, &bytes) &&
           mcnn_checked_mul(grid->count, (size_t)grid->tiles[i], &grid->count);
  }
  grid->chunk_bytes = bytes;
  return fits ? MNISTCNN_OK : mcnn_h5_damaged(place, "its chunks are too large to be counted");
}

/* Checks a chunk that an index has told of, and passes it on. */
static mnistcnn_status found_chunk(chunk_walk *walk, const mcnn_h5_chunk *chunk) {
  const mcnn_h5_grid *const grid = walk->grid;
  size_t index = 0;

  for (uint32_t i = 0; i < grid->rank; i++) {
    if (chunk->position[i] >= grid->tiles[i])
      return mcnn_h5_damaged(walk->place, "a chunk lies outside of the dataset");
    index = index * (size_t)grid->tiles[i] + (size_t)chunk->position[i];
  }
  if (walk->seen[index])
    return mcnn_h5_damaged(walk->place, "a chunk is there twice");
  walk->seen[index] = 1;
  walk->num_seen++;
  return walk->visit(walk->context, chunk);
}

/* --- B-trees ---------------------------------------------------------------------------------- */

/* Who looks for a chunk follows the keys, so they must ascend; that behind a leaf's last chunk is
 * higher than it. */
static mnistcnn_status check_key(void *context, mcnn_h5_cursor key, int is_end) {
  chunk_walk *const walk = context;
  int order = 0; /* of this key to the one before */

  mcnn_h5_take(&key, 8);
  for (uint32_t i = 0; i <= walk->layout->rank; i++) {
    const uint64_t offset = mcnn_h5_number(&key, 8);
    if (order == 0 && offset != walk->last[i])
      order = offset > walk->last[i] ? 1 : -1;
    walk->last[i] = offset;
  }
  return order > 0 || (order == 0 && !is_end)
             ? MNISTCNN_OK
             : mcnn_h5_damaged(walk->place, "the keys of its chunks are not in order");
}

static mnistcnn_status visit_btree1(void *context, mcnn_h5_cursor key, uint64_t child) {
  chunk_walk *const walk = context;
  mcnn_h5_chunk chunk = {.address = child};
  const mnistcnn_status status = check_key(walk, key, 0);

  if (status != MNISTCNN_OK)
    return status;
  chunk.bytes = mcnn_h5_number(&key, 4);
  chunk.mask = (uint32_t)mcnn_h5_number(&key, 4);
  for (uint32_t i = 0; i < walk->layout->rank; i++) {
    const uint64_t offset = mcnn_h5_number(&key, 8);
    chunk.position[i] = offset / walk->layout->chunk[i];
    if (offset % walk->layout->chunk[i] != 0)
      return mcnn_h5_damaged(walk->place, "a chunk does not lie on the grid of chunks");
  }
  /* The last offset is within an element. */
  if (mcnn_h5_number(&key, 8) != 0)
    return mcnn_h5_damaged(walk->place, "a chunk does not lie on the grid of chunks");
  return found_chunk(walk, &chunk);
}

static mnistcnn_status visit_btree2(void *context, mcnn_h5_cursor record) {
  chunk_walk *const walk = context;
  const mcnn_h5 *const file = walk->place->file;
  mcnn_h5_chunk chunk = {.bytes = walk->grid->chunk_bytes};
  const size_t positions = 8 * (size_t)walk->layout->rank;
  const size_t fixed = file->offset_bytes + positions + (walk->is_filtered ? 4 : 0);
  const size_t width = mcnn_h5_left(&record) - fixed;

  chunk.address = mcnn_h5_address(file, &record);
  if (walk->is_filtered) {
    if (width > 8)
      return mcnn_h5_damaged(walk->place, "an index of chunks is of a wrong size");
    chunk.bytes = mcnn_h5_number(&record, (unsigned)width);
    chunk.mask = (uint32_t)mcnn_h5_number(&record, 4);
  }
  for (uint32_t i = 0; i < walk->layout->rank; i++)
    chunk.position[i] = mcnn_h5_number(&record, 8);
  return found_chunk(walk, &chunk);
}

static mnistcnn_status walk_btree2(chunk_walk *walk) {
  const unsigned fixed = walk->place->file->offset_bytes + 8 * walk->layout->rank;

  return mcnn_h5_walk_btree2(walk->place, walk->layout->address,
                             walk->is_filtered ? MCNN_H5_RECORDS_FILTERED_CHUNKS
                                               : MCNN_H5_RECORDS_CHUNKS,
                             walk->is_filtered ? fixed + 5 : fixed, visit_btree2, walk);
}

/* --- indices that are numbered ---------------------------------------------------------------- */

/* The number of a chunk counts the chunks that the dataset may grow to. In an extensible array the
 * dimension without a limit comes first. */
static mnistcnn_status number_of(const chunk_walk *walk, const mcnn_h5_space *space,
                                 const uint64_t *position, uint64_t *number) {
  const mcnn_h5_layout *const layout = walk->layout;
  const int extensible = layout->index == MCNN_H5_INDEX_EXTENSIBLE_ARRAY;
  uint32_t unlimited = layout->rank;

  *number = 0;
  for (uint32_t i = 0; i < layout->rank; i++)
    if (space->largest[i] == UINT64_MAX && unlimited == layout->rank)
      unlimited = i;
  if (extensible != (unlimited < layout->rank))
    return mcnn_h5_damaged(walk->place, "the index of its chunks does not fit its shape");
  if (extensible)
    *number = position[unlimited];
  for (uint32_t i = 0; i < layout->rank; i++) {
    const uint64_t chunk = layout->chunk[i];
    const uint64_t tiles = space->largest[i] / chunk + (space->largest[i] % chunk != 0);
    if (i == unlimited)
      continue;
    if (tiles == 0 || *number > (UINT64_MAX - position[i]) / tiles)
      return mcnn_h5_damaged(walk->place, "its chunks are too many to be counted");
    *number = *number * tiles + position[i];
  }
  return MNISTCNN_OK;
}

static mnistcnn_status chunk_of_array(chunk_walk *walk, mcnn_h5_array *array, uint64_t number,
                                      mcnn_h5_chunk *chunk) {
  const mcnn_h5 *const file = walk->place->file;
  mcnn_h5_cursor element;

  if (array->client != (walk->is_filtered ? 1u : 0u))
    return mcnn_h5_damaged(walk->place, "the index of its chunks does not fit its filters");
  const mnistcnn_status status = mcnn_h5_array_element(array, number, &element);
  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_h5_left(&element) == 0)
    return MNISTCNN_OK;
  const size_t width = mcnn_h5_left(&element) - file->offset_bytes;
  chunk->address = mcnn_h5_address(file, &element);
  if (walk->is_filtered) {
    chunk->bytes = mcnn_h5_number(&element, (unsigned)width - 4);
    chunk->mask = (uint32_t)mcnn_h5_number(&element, 4);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status locate(chunk_walk *walk, mcnn_h5_array *array, uint64_t number,
                              mcnn_h5_chunk *chunk) {
  const mcnn_h5_layout *const layout = walk->layout;
  const uint64_t bytes = walk->grid->chunk_bytes;

  chunk->bytes = bytes;
  chunk->mask = 0;
  chunk->address = UINT64_MAX;
  if (layout->index == MCNN_H5_INDEX_SINGLE) {
    if (walk->grid->count != 1)
      return mcnn_h5_damaged(walk->place, "its only chunk is smaller than the dataset");
    chunk->address = layout->address;
    chunk->mask = layout->single_mask;
    if (walk->is_filtered)
      chunk->bytes = layout->single_bytes;
  } else if (layout->index == MCNN_H5_INDEX_IMPLICIT) {
    if (number > (UINT64_MAX - layout->address) / bytes || walk->is_filtered)
      return mcnn_h5_damaged(walk->place, "a chunk lies outside of the file");
    chunk->address = layout->address + number * bytes;
  } else {
    return chunk_of_array(walk, array, number, chunk);
  }
  return MNISTCNN_OK;
}

/* The next position of the grid; the last dimension runs fastest. */
static void advance(const mcnn_h5_grid *grid, uint64_t *position) {
  for (uint32_t i = grid->rank; i-- > 0;) {
    if (++position[i] < grid->tiles[i])
      return;
    position[i] = 0;
  }
}

static mnistcnn_status walk_numbered(chunk_walk *walk, const mcnn_h5_space *space) {
  const mcnn_h5_layout *const layout = walk->layout;
  const int extensible = layout->index == MCNN_H5_INDEX_EXTENSIBLE_ARRAY;
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_h5_chunk chunk = {0};
  mcnn_h5_array array = {0};

  if (extensible || layout->index == MCNN_H5_INDEX_FIXED_ARRAY)
    status = mcnn_h5_open_array(walk->place, layout->address, extensible, &array);
  for (size_t i = 0; i < walk->grid->count && status == MNISTCNN_OK; i++) {
    uint64_t number = 0;
    if (layout->index != MCNN_H5_INDEX_SINGLE)
      status = number_of(walk, space, chunk.position, &number);
    if (status == MNISTCNN_OK)
      status = locate(walk, &array, number, &chunk);
    if (status == MNISTCNN_OK && chunk.address != UINT64_MAX)
      status = found_chunk(walk, &chunk);
    advance(walk->grid, chunk.position);
  }
  return status;
}

mnistcnn_status mcnn_h5_walk_chunks(const mcnn_h5_place *place, const mcnn_h5_layout *layout,
                                    const mcnn_h5_space *space, const mcnn_h5_grid *grid,
                                    int is_filtered, mcnn_h5_chunk_fn visit, void *context) {
  chunk_walk walk = {.place = place,
                     .layout = layout,
                     .grid = grid,
                     .is_filtered = is_filtered,
                     .visit = visit,
                     .context = context};
  mnistcnn_status status = MNISTCNN_OK;

  walk.seen = mcnn_alloc_zeroed(&place->file->alloc, grid->count, 1);
  if (!walk.seen)
    return MNISTCNN_OUT_OF_MEMORY;
  if (layout->address == UINT64_MAX)
    status = MNISTCNN_OK; /* nothing has been stored: all are missing */
  else if (layout->index == MCNN_H5_INDEX_BTREE1)
    status = mcnn_h5_walk_btree1(place, layout->address, MCNN_H5_BTREE_CHUNKS,
                                 8 + 8 * (layout->rank + 1), visit_btree1, check_key, &walk);
  else if (layout->index == MCNN_H5_INDEX_BTREE2)
    status = walk_btree2(&walk);
  else
    status = walk_numbered(&walk, space);
  if (status == MNISTCNN_OK && walk.num_seen < grid->count)
    status = mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED,
                          "%zu of its %zu chunks have never been written, so it has no data",
                          grid->count - walk.num_seen, grid->count);
  mcnn_free(&place->file->alloc, walk.seen);
  return status;
}
