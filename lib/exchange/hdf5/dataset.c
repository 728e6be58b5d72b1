#include "exchange/hdf5/dataset.h"

#include "exchange/hdf5/chunk.h"
#include "exchange/inflate.h"

#include "base/cost.h"
#include "base/sizes.h"

#include <string.h>

/* Weights hardly become smaller by compression; what is many times the file is not weights. */
static const uint64_t max_compression = 64, always_allowed = (uint64_t)16 << 20;
static const uint64_t small_chunk = (uint64_t)1 << 20;

/* --- what the header says --------------------------------------------------------------------- */

static mnistcnn_status too_large(const mcnn_h5_place *place) {
  return mcnn_h5_fail(place, MNISTCNN_FORMAT,
                      "the HDF5 file is damaged or cut off: its shape is that of more data than "
                      "the file holds");
}

/* Chunks are of the size of the dataset, but where it is small: they may be made to grow into. */
static mnistcnn_status check_chunks(const mcnn_h5_place *place, const mcnn_h5_storage *storage) {
  const uint64_t bytes = storage->bytes;
  mcnn_h5_grid grid;

  if (storage->layout.element_bytes != storage->type.stored_bytes)
    return mcnn_h5_damaged(place, "the elements of its chunks are of another size than its type");
  const mnistcnn_status status = mcnn_h5_make_grid(place, &storage->layout, &storage->space, &grid);
  if (status != MNISTCNN_OK)
    return status;
  if (grid.chunk_bytes / 4 > bytes && grid.chunk_bytes > small_chunk)
    return mcnn_h5_damaged(place, "its chunks are larger than the dataset");
  return grid.count > place->file->size ? too_large(place) : MNISTCNN_OK;
}

static mnistcnn_status check_size(const mcnn_h5_place *place, mcnn_h5_storage *storage) {
  const uint64_t file_bytes = place->file->size;
  const mcnn_h5_layout *const layout = &storage->layout;
  const uint64_t most =
      storage->filters.has_deflate
          ? mcnn_saturating_add(mcnn_saturating_mul(file_bytes, max_compression), always_allowed)
          : file_bytes;

  if (!mcnn_checked_mul(storage->space.count, storage->type.stored_bytes, &storage->bytes))
    return mcnn_h5_damaged(place, "its shape has more elements than can be counted");
  if (storage->bytes == 0)
    return MNISTCNN_OK;
  if (storage->bytes > most)
    return too_large(place);
  if (layout->kind == MCNN_H5_COMPACT)
    return mcnn_h5_left(&layout->compact) < storage->bytes ? too_large(place) : MNISTCNN_OK;
  if (layout->kind == MCNN_H5_CHUNKED)
    return check_chunks(place, storage);
  if (layout->address == UINT64_MAX)
    return mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED,
                        "it has never been written, so it has no data");
  const unsigned char *data;
  return mcnn_h5_data_at(place, layout->address, storage->bytes, "a dataset", &data);
}

mnistcnn_status mcnn_h5_read_storage(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                     mcnn_h5_storage *storage) {
  mcnn_h5_cursor cursor;

  *storage = (mcnn_h5_storage){0};
  if (mcnn_h5_message_of(header, MCNN_H5_EXTERNAL_FILES))
    return mcnn_h5_unsupported(place, "a dataset whose data are in another file");
  mnistcnn_status status =
      mcnn_h5_the_message(place, header, MCNN_H5_DATASPACE, "a dataspace", &cursor);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_read_space(place, cursor, &storage->space);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_the_message(place, header, MCNN_H5_DATATYPE, "a datatype", &cursor);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_read_type(place, cursor, &storage->type);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_the_message(place, header, MCNN_H5_LAYOUT, "a layout", &cursor);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_read_layout(place, cursor, storage->space.rank, &storage->layout);
  if (status == MNISTCNN_OK && mcnn_h5_message_of(header, MCNN_H5_FILTERS)) {
    status = mcnn_h5_the_message(place, header, MCNN_H5_FILTERS, "a list of filters", &cursor);
    if (status == MNISTCNN_OK)
      status = mcnn_h5_read_filters(place, cursor, &storage->filters);
  }
  return status == MNISTCNN_OK ? check_size(place, storage) : status;
}

/* --- chunks ----------------------------------------------------------------------------------- */

typedef struct chunk_reader {
  const mcnn_h5_place *place;
  const mcnn_h5_storage *storage;
  mcnn_h5_grid grid;
  unsigned char *buffers[2];
  unsigned char *data;
  uint64_t decompressed, most; /* bytes of all chunks so far, and at most */
} chunk_reader;

/* Copies what of a chunk lies within the dataset, row by row. A position counts elements. */
static void place_chunk(const chunk_reader *reader, const mcnn_h5_chunk *chunk,
                        const unsigned char *bytes) {
  const mcnn_h5_layout *const layout = &reader->storage->layout;
  const uint64_t *const shape = reader->storage->space.shape;
  const size_t element = (size_t)layout->element_bytes;
  const uint32_t last = layout->rank - 1;
  uint64_t row[MCNN_H5_MAX_RANK] = {0}, limit[MCNN_H5_MAX_RANK];

  for (uint32_t i = 0; i <= last; i++) {
    const uint64_t left = shape[i] - chunk->position[i] * layout->chunk[i];
    limit[i] = left < layout->chunk[i] ? left : layout->chunk[i];
  }
  for (;;) {
    size_t from = 0, to = 0;
    for (uint32_t i = 0; i <= last; i++) {
      from = from * (size_t)layout->chunk[i] + (size_t)row[i];
      to = to * (size_t)shape[i] + (size_t)(chunk->position[i] * layout->chunk[i] + row[i]);
    }
    memcpy(reader->data + to * element, bytes + from * element, (size_t)limit[last] * element);
    uint32_t i = last;
    while (i > 0 && ++row[i - 1] == limit[i - 1])
      row[--i] = 0;
    if (i == 0)
      return;
  }
}

static mnistcnn_status read_chunk(void *context, const mcnn_h5_chunk *chunk) {
  chunk_reader *const reader = context;
  const mcnn_h5_place *const place = reader->place;
  const size_t chunk_bytes = reader->grid.chunk_bytes;
  const unsigned char *stored, *bytes;

  reader->decompressed += chunk_bytes;
  if (reader->decompressed > reader->most)
    return mcnn_h5_damaged(place, "its chunks hold far more than its shape");
  if (chunk_bytes > place->file->inflated)
    return mcnn_h5_fail(place, MNISTCNN_LIMIT,
                        "the chunks of the HDF5 file hold far more than weights "
                        "can be compressed");
  place->file->inflated -= chunk_bytes;
  mnistcnn_status status = mcnn_h5_data_at(place, chunk->address, chunk->bytes, "a chunk", &stored);
  if (status == MNISTCNN_OK)
    status = mcnn_h5_unfilter(place, &reader->storage->filters, chunk->mask,
                              mcnn_h5_cursor_over(stored, (size_t)chunk->bytes), chunk_bytes,
                              reader->buffers, &bytes);
  if (status == MNISTCNN_OK)
    place_chunk(reader, chunk, bytes);
  return status;
}

static mnistcnn_status read_chunks(const mcnn_h5_place *place, const mcnn_h5_storage *storage,
                                   unsigned char *data) {
  const mcnn_alloc *const alloc = &place->file->alloc;
  chunk_reader reader = {.place = place, .storage = storage, .data = data};

  if (storage->space.rank == 0)
    return mcnn_h5_damaged(place, "a scalar cannot have chunks");
  mnistcnn_status status =
      mcnn_h5_make_grid(place, &storage->layout, &storage->space, &reader.grid);
  if (status != MNISTCNN_OK)
    return status;
  const size_t room = mcnn_h5_unfilter_bytes(reader.grid.chunk_bytes);
  reader.most = mcnn_saturating_add(mcnn_saturating_mul(16, storage->bytes), always_allowed);
  reader.buffers[0] = storage->filters.count > 0 ? mcnn_alloc_array(alloc, room, 1) : NULL;
  reader.buffers[1] = storage->filters.count > 1 ? mcnn_alloc_array(alloc, room, 1) : NULL;
  if ((storage->filters.count > 0 && !reader.buffers[0]) ||
      (storage->filters.count > 1 && !reader.buffers[1]))
    status = MNISTCNN_OUT_OF_MEMORY;
  else
    status = mcnn_h5_walk_chunks(place, &storage->layout, &storage->space, &reader.grid,
                                 storage->filters.count > 0, read_chunk, &reader);
  mcnn_free(alloc, reader.buffers[0]);
  mcnn_free(alloc, reader.buffers[1]);
  return status;
}

mnistcnn_status mcnn_h5_read_data(const mcnn_h5_place *place, const mcnn_h5_storage *storage,
                                  const unsigned char **data, unsigned char **owned) {
  const mcnn_alloc *const alloc = &place->file->alloc;

  *owned = NULL;
  *data = storage->layout.compact.at;
  if (storage->bytes == 0 || storage->layout.kind == MCNN_H5_COMPACT)
    return MNISTCNN_OK;
  if (storage->layout.kind == MCNN_H5_CONTIGUOUS)
    return mcnn_h5_data_at(place, storage->layout.address, storage->bytes, "a dataset", data);
  unsigned char *const copy = mcnn_alloc_array(alloc, storage->bytes, 1);
  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  const mnistcnn_status status = read_chunks(place, storage, copy);
  if (status != MNISTCNN_OK) {
    mcnn_free(alloc, copy);
    return status;
  }
  *data = *owned = copy;
  return MNISTCNN_OK;
}
