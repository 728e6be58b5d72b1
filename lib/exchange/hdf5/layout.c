#include "exchange/hdf5/layout.h"

static mnistcnn_status too_short(const mcnn_h5_place *place) {
  return mcnn_h5_damaged(place, "the layout of a dataset is too short");
}

static mnistcnn_status read_chunk_sizes(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                        uint64_t dimensions, unsigned width,
                                        mcnn_h5_layout *layout) {
  if (dimensions != (uint64_t)layout->rank + 1)
    return mcnn_h5_damaged(place, "its chunks have another rank than the dataset");
  for (uint32_t i = 0; i < layout->rank; i++) {
    layout->chunk[i] = mcnn_h5_number(cursor, width);
    if (layout->chunk[i] == 0)
      return mcnn_h5_damaged(place, "its chunks are empty");
  }
  layout->element_bytes = mcnn_h5_number(cursor, width);
  return MNISTCNN_OK;
}

static void read_compact(mcnn_h5_cursor *cursor, unsigned width, mcnn_h5_layout *layout) {
  const uint64_t size = mcnn_h5_number(cursor, width);
  const unsigned char *const bytes = mcnn_h5_take(cursor, size);

  if (bytes)
    layout->compact = mcnn_h5_cursor_over(bytes, (size_t)size);
}

/* Versions 1 and 2. */
static mnistcnn_status read_old(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                mcnn_h5_layout *layout) {
  mnistcnn_status status = MNISTCNN_OK;
  const uint64_t dimensions = mcnn_h5_number(cursor, 1);
  const unsigned kind = (unsigned)mcnn_h5_number(cursor, 1);

  mcnn_h5_take(cursor, 5); /* reserved */
  layout->kind = (enum mcnn_h5_layout_kind)kind;
  if (kind > MCNN_H5_CHUNKED)
    return mcnn_h5_unsupported(place, "a layout of an unknown kind");
  if (kind != MCNN_H5_COMPACT)
    layout->address = mcnn_h5_address(place->file, cursor);
  if (kind == MCNN_H5_CHUNKED)
    status = read_chunk_sizes(place, cursor, dimensions, 4, layout);
  else
    mcnn_h5_take(cursor, 4 * dimensions);
  if (kind == MCNN_H5_COMPACT)
    read_compact(cursor, 4, layout);
  return status;
}

static mnistcnn_status read_index(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                  unsigned flags, mcnn_h5_layout *layout) {
  enum { PARTIAL_UNFILTERED = 1, SINGLE_FILTERED = 2 };
  /* What the index repeats in its own header. */
  static const unsigned char parameter_bytes[] = {0, 0, 0, 1, 5, 6};
  const unsigned index = (unsigned)mcnn_h5_number(cursor, 1);

  if (flags & PARTIAL_UNFILTERED)
    return mcnn_h5_unsupported(place, "a dataset whose partial chunks are not filtered");
  if (index < MCNN_H5_INDEX_SINGLE || index > MCNN_H5_INDEX_BTREE2)
    return mcnn_h5_unsupported(place, "an index of chunks of an unknown kind");
  layout->index = (enum mcnn_h5_chunk_index)index;
  mcnn_h5_take(cursor, parameter_bytes[index]);
  if (index == MCNN_H5_INDEX_SINGLE && flags & SINGLE_FILTERED) {
    layout->single_bytes = mcnn_h5_length(place->file, cursor);
    layout->single_mask = (uint32_t)mcnn_h5_number(cursor, 4);
  }
  layout->address = mcnn_h5_address(place->file, cursor);
  return MNISTCNN_OK;
}

static mnistcnn_status read_chunked(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                    unsigned version, mcnn_h5_layout *layout) {
  if (version == 3) {
    const uint64_t dimensions = mcnn_h5_number(cursor, 1);
    layout->address = mcnn_h5_address(place->file, cursor);
    return read_chunk_sizes(place, cursor, dimensions, 4, layout);
  }
  const unsigned flags = (unsigned)mcnn_h5_number(cursor, 1);
  const uint64_t dimensions = mcnn_h5_number(cursor, 1);
  const unsigned width = (unsigned)mcnn_h5_number(cursor, 1);
  if (width < 1 || width > 8)
    return mcnn_h5_damaged(place, "the sizes of its chunks are of a wrong width");
  const mnistcnn_status status = read_chunk_sizes(place, cursor, dimensions, width, layout);
  return status == MNISTCNN_OK ? read_index(place, cursor, flags, layout) : status;
}

/* Versions 3 and 4. */
static mnistcnn_status read_new(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                unsigned version, mcnn_h5_layout *layout) {
  enum { VIRTUAL = 3 };
  const unsigned kind = (unsigned)mcnn_h5_number(cursor, 1);

  if (kind == VIRTUAL)
    return mcnn_h5_unsupported(place, "a virtual dataset, whose data are in other files");
  if (kind > MCNN_H5_CHUNKED)
    return mcnn_h5_unsupported(place, "a layout of an unknown kind");
  layout->kind = (enum mcnn_h5_layout_kind)kind;
  if (kind == MCNN_H5_CHUNKED)
    return read_chunked(place, cursor, version, layout);
  if (kind == MCNN_H5_COMPACT) {
    read_compact(cursor, 2, layout);
  } else {
    layout->address = mcnn_h5_address(place->file, cursor);
    (void)mcnn_h5_length(place->file, cursor); /* which follows from shape and type */
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_layout(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                    uint32_t rank, mcnn_h5_layout *layout) {
  mnistcnn_status status;
  const unsigned version = (unsigned)mcnn_h5_number(&cursor, 1);

  *layout = (mcnn_h5_layout){.address = UINT64_MAX, .rank = rank};
  if (version == 1 || version == 2)
    status = read_old(place, &cursor, layout);
  else if (version == 3 || version == 4)
    status = read_new(place, &cursor, version, layout);
  else
    return mcnn_h5_unsupported(place, "a layout of an unknown version");
  return status == MNISTCNN_OK && cursor.overrun ? too_short(place) : status;
}
