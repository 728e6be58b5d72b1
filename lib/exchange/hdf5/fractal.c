#include "exchange/hdf5/fractal.h"

#include "exchange/hdf5/btree2.h"
#include "exchange/hdf5/checksum.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 64, CHECKSUM_BYTES = 4, MANAGED = 0, HUGE = 1, CHECKED_BLOCKS = 2 };

/* Where an object is: in the heap's own space, or for a huge one in the file or in a B-tree. */
typedef struct heap_id {
  unsigned kind;
  uint64_t offset, length;
} heap_id;

typedef struct fractal_heap {
  const mcnn_h5_place *place;
  uint64_t address;
  unsigned id_bytes, flags;
  uint64_t huge_records;
  uint64_t width, start_bytes, max_direct_bytes;
  unsigned offset_bytes, length_bytes; /* of what the IDs of objects hold */
  uint64_t root, root_rows;
  unsigned direct_rows;
  /* The block that the last object was in; objects come in the order of their offsets. */
  const unsigned char *block;
  uint64_t block_offset, block_bytes;
  /* The IDs of all objects. */
  unsigned id_at;
  heap_id *ids;
  size_t count, capacity;
} fractal_heap;

static unsigned log2_of(uint64_t number) {
  unsigned bits = 0;

  while (number >>= 1)
    bits++;
  return bits;
}

static int is_power_of_2(uint64_t number) {
  return number != 0 && (number & (number - 1)) == 0;
}

/* --- the heap's header ------------------------------------------------------------------------ */

static mnistcnn_status check_sizes(fractal_heap *heap, uint64_t max_managed, unsigned heap_bits) {
  const int fits = is_power_of_2(heap->start_bytes) && is_power_of_2(heap->max_direct_bytes) &&
                   heap->start_bytes <= heap->max_direct_bytes && heap->width > 0 &&
                   is_power_of_2(heap->width) && heap_bits >= 1 && heap_bits <= 64 &&
                   heap->root_rows <= MAX_ROWS && heap->id_bytes >= 1;

  if (!fits)
    return mcnn_h5_damaged(heap->place, "the sizes of a fractal heap are wrong");
  const unsigned direct = (log2_of(heap->max_direct_bytes) + 7) / 8;
  const unsigned managed = mcnn_h5_bytes_for(max_managed);
  heap->offset_bytes = (heap_bits + 7) / 8;
  heap->length_bytes = direct < managed ? direct : managed;
  heap->direct_rows = log2_of(heap->max_direct_bytes) - log2_of(heap->start_bytes) + 2;
  return MNISTCNN_OK;
}

static mnistcnn_status open_heap(fractal_heap *heap) {
  const mcnn_h5_place *const place = heap->place;
  const mcnn_h5 *const file = place->file;
  const unsigned checked = 22 + 12 * file->length_bytes + 3 * file->offset_bytes;
  mcnn_h5_cursor cursor;

  const mnistcnn_status status =
      mcnn_h5_at(place, heap->address, checked + CHECKSUM_BYTES, "a fractal heap", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const start = cursor.at;
  if (!mcnn_h5_signature(&cursor, "FRHP") || mcnn_h5_number(&cursor, 1) != 0)
    return mcnn_h5_damaged(place, "there is no fractal heap where one should be");
  heap->id_bytes = (unsigned)mcnn_h5_number(&cursor, 2);
  if (mcnn_h5_number(&cursor, 2) != 0)
    return mcnn_h5_unsupported(place, "a filtered fractal heap");
  heap->flags = (unsigned)mcnn_h5_number(&cursor, 1);
  const uint64_t max_managed = mcnn_h5_number(&cursor, 4);
  (void)mcnn_h5_length(file, &cursor); /* next huge object */
  heap->huge_records = mcnn_h5_address(file, &cursor);
  (void)mcnn_h5_length(file, &cursor); /* free space, and where */
  (void)mcnn_h5_address(file, &cursor);
  mcnn_h5_take(&cursor, 8 * (size_t)file->length_bytes); /* what is in use */
  heap->width = mcnn_h5_number(&cursor, 2);
  heap->start_bytes = mcnn_h5_length(file, &cursor);
  heap->max_direct_bytes = mcnn_h5_length(file, &cursor);
  const unsigned heap_bits = (unsigned)mcnn_h5_number(&cursor, 2);
  mcnn_h5_take(&cursor, 2); /* rows at first */
  heap->root = mcnn_h5_address(file, &cursor);
  heap->root_rows = mcnn_h5_number(&cursor, 2);
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&cursor, CHECKSUM_BYTES), mcnn_h5_lookup3(start, checked)))
    return mcnn_h5_damaged(place, "the checksum of a fractal heap is wrong");
  return check_sizes(heap, max_managed, heap_bits);
}

/* --- the IDs of its objects ------------------------------------------------------------------- */

static mnistcnn_status read_id(const fractal_heap *heap, mcnn_h5_cursor cursor, heap_id *id) {
  const mcnn_h5 *const file = heap->place->file;
  const unsigned first = (unsigned)mcnn_h5_number(&cursor, 1);
  const int direct = heap->id_bytes > file->offset_bytes + file->length_bytes;

  if (first >> 6 != 0)
    return mcnn_h5_unsupported(heap->place, "a fractal heap of an unknown version");
  id->kind = first >> 4 & 3u;
  if (id->kind == MANAGED) {
    id->offset = mcnn_h5_number(&cursor, heap->offset_bytes);
    id->length = mcnn_h5_number(&cursor, heap->length_bytes);
  } else if (id->kind == HUGE && direct) {
    id->offset = mcnn_h5_address(file, &cursor);
    id->length = mcnn_h5_length(file, &cursor);
  } else if (id->kind == HUGE) {
    const unsigned left = (unsigned)mcnn_h5_left(&cursor);
    id->offset = mcnn_h5_number(&cursor, left < 8 ? left : 8);
    id->length = 0; /* the B-tree of huge objects knows */
  } else {
    return mcnn_h5_unsupported(heap->place, "a tiny object of a fractal heap");
  }
  return cursor.overrun ? mcnn_h5_damaged(heap->place, "the ID of an object is too short")
                        : MNISTCNN_OK;
}

static mnistcnn_status collect_id(void *context, mcnn_h5_cursor record) {
  fractal_heap *const heap = context;

  if (heap->count == heap->capacity) {
    const size_t larger = heap->capacity ? 2 * heap->capacity : 64;
    heap_id *const ids = mcnn_alloc_array(&heap->place->file->alloc, larger, sizeof *ids);
    if (!ids)
      return MNISTCNN_OUT_OF_MEMORY;
    if (heap->count > 0)
      memcpy(ids, heap->ids, heap->count * sizeof *ids);
    mcnn_free(&heap->place->file->alloc, heap->ids);
    heap->ids = ids;
    heap->capacity = larger;
  }
  mcnn_h5_take(&record, heap->id_at);
  const unsigned char *const id = mcnn_h5_take(&record, heap->id_bytes);
  if (!id)
    return mcnn_h5_damaged(heap->place, "the ID of an object is too short");
  return read_id(heap, mcnn_h5_cursor_over(id, heap->id_bytes), &heap->ids[heap->count++]);
}

static int compare_ids(const void *a, const void *b) {
  const heap_id *const x = a, *const y = b;

  return (x->offset > y->offset) - (x->offset < y->offset);
}

/* --- its blocks ------------------------------------------------------------------------------- */

/* A row's blocks are of the start size in the first two rows, then each of twice the size. */
static uint64_t row_bytes(const fractal_heap *heap, unsigned row) {
  if (row == 0)
    return heap->start_bytes;
  return row - 1 < 64 - log2_of(heap->start_bytes) ? heap->start_bytes << (row - 1) : 0;
}

/* Reads the prefix of a block of either kind. */
static mnistcnn_status open_block(const fractal_heap *heap, const char *signature, uint64_t offset,
                                  mcnn_h5_cursor *cursor) {
  const mcnn_h5_place *const place = heap->place;

  if (!mcnn_h5_signature(cursor, signature) || mcnn_h5_number(cursor, 1) != 0 ||
      mcnn_h5_address(place->file, cursor) != heap->address ||
      mcnn_h5_number(cursor, heap->offset_bytes) != offset || cursor->overrun)
    return mcnn_h5_damaged(place, "there is no block of a fractal heap where one should be");
  return MNISTCNN_OK;
}

/* The direct block of `bytes` bytes that starts at `offset` of the heap. */
static mnistcnn_status enter_direct(fractal_heap *heap, uint64_t address, uint64_t offset,
                                    uint64_t bytes) {
  const mcnn_h5_place *const place = heap->place;
  mcnn_h5_cursor cursor;

  mnistcnn_status status = mcnn_h5_at(place, address, bytes, "a fractal heap's block", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  const unsigned char *const start = cursor.at;
  status = open_block(heap, "FHDB", offset, &cursor);
  if (status == MNISTCNN_OK && heap->flags & CHECKED_BLOCKS) {
    const size_t hole = (size_t)(cursor.at - start);
    if (!mcnn_h5_sums_agree(mcnn_h5_number(&cursor, CHECKSUM_BYTES),
                            mcnn_h5_lookup3_around(start, (size_t)bytes, hole)))
      return mcnn_h5_damaged(place, "the checksum of a fractal heap's block is wrong");
  }
  heap->block = start;
  heap->block_offset = offset;
  heap->block_bytes = bytes;
  return status;
}

/* The row and the column of the block of an indirect block that holds `*offset`, which becomes what
 * is left of it; 0 where there is none. */
static int locate(const fractal_heap *heap, uint64_t rows, uint64_t *offset, unsigned *row,
                  uint64_t *column) {
  for (unsigned r = 0; r < rows; r++) {
    const uint64_t bytes = row_bytes(heap, r);
    if (bytes == 0 || bytes > UINT64_MAX / heap->width)
      return 0;
    if (*offset < bytes * heap->width) {
      *row = r;
      *column = *offset / bytes;
      *offset %= bytes;
      return 1;
    }
    *offset -= bytes * heap->width;
  }
  return 0;
}

/* Reads entry (row, column) of the indirect block of `rows` rows that starts at `start`. */
static mnistcnn_status read_indirect(const fractal_heap *heap, uint64_t address, uint64_t start,
                                     uint64_t rows, uint64_t entry, uint64_t *child) {
  const mcnn_h5_place *const place = heap->place;
  const unsigned address_bytes = place->file->offset_bytes;
  const uint64_t checked =
      5 + address_bytes + heap->offset_bytes + rows * heap->width * address_bytes;
  mcnn_h5_cursor cursor;

  mnistcnn_status status =
      mcnn_h5_at(place, address, checked + CHECKSUM_BYTES, "a fractal heap's block", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_h5_cursor sum = mcnn_h5_cursor_over(cursor.at + checked, CHECKSUM_BYTES);
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&sum, CHECKSUM_BYTES),
                          mcnn_h5_lookup3(cursor.at, (size_t)checked)))
    return mcnn_h5_damaged(place, "the checksum of a fractal heap's block is wrong");
  status = open_block(heap, "FHIB", start, &cursor);
  mcnn_h5_take(&cursor, (size_t)entry * address_bytes);
  *child = mcnn_h5_address(place->file, &cursor);
  return status;
}

/* Finds the direct block with `offset`. Each step down is into a block of fewer rows. */
static mnistcnn_status find_block(fractal_heap *heap, uint64_t offset) {
  uint64_t address = heap->root, rows = heap->root_rows, start = 0;

  if (rows == 0)
    return enter_direct(heap, address, 0, heap->start_bytes);
  for (;;) {
    uint64_t column, within = offset - start;
    unsigned row;
    if (!locate(heap, rows, &within, &row, &column))
      return mcnn_h5_damaged(heap->place, "an object lies behind its fractal heap");
    const uint64_t block_start = offset - within;
    const mnistcnn_status status =
        read_indirect(heap, address, start, rows, row * heap->width + column, &address);
    if (status != MNISTCNN_OK)
      return status;
    if (row < heap->direct_rows)
      return enter_direct(heap, address, block_start, row_bytes(heap, row));
    const unsigned bits = log2_of(heap->start_bytes) + log2_of(heap->width);
    const unsigned row_bits = log2_of(row_bytes(heap, row));
    if (row_bits < bits || row_bits - bits + 1 >= rows)
      return mcnn_h5_damaged(heap->place, "the sizes of a fractal heap are wrong");
    rows = row_bits - bits + 1;
    start = block_start;
  }
}

/* --- its objects ------------------------------------------------------------------------------ */

static mnistcnn_status managed_object(fractal_heap *heap, const heap_id *id,
                                      mcnn_h5_cursor *object) {
  mnistcnn_status status = MNISTCNN_OK;

  if (!heap->block || id->offset < heap->block_offset ||
      id->offset - heap->block_offset >= heap->block_bytes)
    status = find_block(heap, id->offset);
  if (status != MNISTCNN_OK)
    return status;
  const uint64_t within = id->offset - heap->block_offset;
  if (id->offset < heap->block_offset || within > heap->block_bytes ||
      id->length > heap->block_bytes - within)
    return mcnn_h5_damaged(heap->place, "an object of a fractal heap is longer than its block");
  *object = mcnn_h5_cursor_over(heap->block + within, (size_t)id->length);
  return MNISTCNN_OK;
}

typedef struct huge_search {
  const mcnn_h5 *file;
  uint64_t id, address, length;
  int found;
} huge_search;

static mnistcnn_status compare_huge(void *context, mcnn_h5_cursor record) {
  huge_search *const search = context;
  const uint64_t address = mcnn_h5_address(search->file, &record);
  const uint64_t length = mcnn_h5_length(search->file, &record);

  if (mcnn_h5_length(search->file, &record) == search->id) {
    search->address = address;
    search->length = length;
    search->found = 1;
  }
  return MNISTCNN_OK;
}

static mnistcnn_status huge_object(const fractal_heap *heap, const heap_id *id,
                                   mcnn_h5_cursor *object) {
  const mcnn_h5_place *const place = heap->place;
  const mcnn_h5 *const file = place->file;
  huge_search search = {.file = file, .id = id->offset};

  if (id->length > 0)
    return mcnn_h5_at(place, id->offset, id->length, "an object", object);
  const mnistcnn_status status =
      mcnn_h5_walk_btree2(place, heap->huge_records, MCNN_H5_RECORDS_HUGE,
                          file->offset_bytes + 2 * file->length_bytes, compare_huge, &search);
  if (status != MNISTCNN_OK)
    return status;
  if (!search.found)
    return mcnn_h5_damaged(place, "an object of a fractal heap is missing");
  return mcnn_h5_at(place, search.address, search.length, "an object", object);
}

static mnistcnn_status visit_objects(fractal_heap *heap, mcnn_h5_object_fn visit, void *context) {
  mnistcnn_status status = MNISTCNN_OK;

  if (heap->count > 0)
    qsort(heap->ids, heap->count, sizeof *heap->ids, compare_ids);
  for (size_t i = 0; i < heap->count && status == MNISTCNN_OK; i++) {
    mcnn_h5_cursor object = {0};
    status = heap->ids[i].kind == MANAGED ? managed_object(heap, &heap->ids[i], &object)
                                          : huge_object(heap, &heap->ids[i], &object);
    if (status == MNISTCNN_OK)
      status = visit(context, object);
  }
  return status;
}

mnistcnn_status mcnn_h5_walk_heap(const mcnn_h5_place *place, const mcnn_h5_index *index,
                                  mcnn_h5_object_fn visit, void *context) {
  fractal_heap heap = {.place = place, .address = index->heap, .id_at = index->id_at};

  mnistcnn_status status = open_heap(&heap);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_walk_btree2(place, index->records, index->type, index->record_bytes,
                                 collect_id, &heap);
  if (status == MNISTCNN_OK)
    status = visit_objects(&heap, visit, context);
  mcnn_free(&place->file->alloc, heap.ids);
  return status;
}
