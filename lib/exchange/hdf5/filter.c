#include "exchange/hdf5/filter.h"

#include "exchange/hdf5/checksum.h"
#include "exchange/inflate.h"

#include <string.h>

enum { DEFLATE = 1, SHUFFLE = 2, FLETCHER32 = 3, FIRST_NAMED = 256, CHECKSUM_BYTES = 4 };

static const char *filter_name(unsigned id) {
  switch (id) {
  case 4:
    return "szip";
  case 5:
    return "nbit";
  case 6:
    return "scale-offset";
  case 32000:
    return "lzf";
  case 32001:
    return "blosc";
  default:
    return "unknown";
  }
}

static mnistcnn_status check_filter(const mcnn_h5_place *place, unsigned id,
                                    mcnn_h5_filters *filters) {
  if (id < DEFLATE || id > FLETCHER32)
    return mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED,
                        "it is compressed with filter %u (%s), which is not supported; save the "
                        "model again without it, or with gzip",
                        id, filter_name(id));
  if (id == DEFLATE && filters->has_deflate)
    return mcnn_h5_unsupported(place, "a dataset that is compressed twice");
  filters->has_deflate |= id == DEFLATE;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_read_filters(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                     mcnn_h5_filters *filters) {
  const unsigned version = (unsigned)mcnn_h5_number(&cursor, 1);
  const uint32_t count = (uint32_t)mcnn_h5_number(&cursor, 1);
  mnistcnn_status status = MNISTCNN_OK;

  *filters = (mcnn_h5_filters){.count = count};
  if (version < 1 || version > 2)
    return mcnn_h5_unsupported(place, "a list of filters of an unknown version");
  if (count > MCNN_H5_MAX_FILTERS)
    return mcnn_h5_unsupported(place, "a dataset with more than 8 filters");
  mcnn_h5_take(&cursor, version == 1 ? 6 : 0); /* reserved */
  for (uint32_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    const unsigned id = (unsigned)mcnn_h5_number(&cursor, 2);
    const int is_named = version == 1 || id >= FIRST_NAMED;
    const unsigned name_bytes = is_named ? (unsigned)mcnn_h5_number(&cursor, 2) : 0;
    mcnn_h5_take(&cursor, 2); /* flags */
    const unsigned values = (unsigned)mcnn_h5_number(&cursor, 2);
    mcnn_h5_take(&cursor, version == 1 ? (name_bytes + 7u) / 8 * 8 : name_bytes);
    const uint64_t first = values > 0 ? mcnn_h5_number(&cursor, 4) : 0;
    mcnn_h5_take(&cursor, 4 * (uint64_t)(values > 0 ? values - 1 : 0));
    mcnn_h5_take(&cursor, version == 1 && values % 2 != 0 ? 4 : 0);
    if (cursor.overrun)
      return mcnn_h5_damaged(place, "the list of filters is too short");
    filters->list[i].id = id;
    filters->list[i].element_bytes = (size_t)first;
    status = check_filter(place, id, filters);
  }
  return status;
}

size_t mcnn_h5_unfilter_bytes(size_t chunk_bytes) {
  return chunk_bytes + (size_t)MCNN_H5_MAX_FILTERS * CHECKSUM_BYTES;
}

static mnistcnn_status check_fletcher(const mcnn_h5_place *place, mcnn_h5_cursor *data) {
  if (mcnn_h5_left(data) < CHECKSUM_BYTES)
    return mcnn_h5_damaged(place, "a chunk is too short");
  data->end -= CHECKSUM_BYTES;
  mcnn_h5_cursor sum = mcnn_h5_cursor_over(data->end, CHECKSUM_BYTES);
  if (!mcnn_h5_sums_agree(mcnn_h5_number(&sum, CHECKSUM_BYTES),
                          mcnn_h5_fletcher32(data->at, mcnn_h5_left(data))))
    return mcnn_h5_damaged(place, "the checksum of a chunk is wrong");
  return MNISTCNN_OK;
}

/* The first bytes of all elements, then the second ones, ..., then what is no whole element. */
static void unshuffle(const unsigned char *from, size_t size, size_t element_bytes,
                      unsigned char *to) {
  const size_t count = size / element_bytes;

  for (size_t b = 0; count > 0 && b < element_bytes; b++)
    for (size_t i = 0; i < count; i++)
      to[i * element_bytes + b] = from[b * count + i];
  memcpy(to + count * element_bytes, from + count * element_bytes, size % element_bytes);
}

/* How many bytes went into filter `i`, as far as this is known: those behind deflate are not. */
static size_t bytes_before(const mcnn_h5_filters *filters, uint32_t mask, uint32_t i,
                           size_t chunk_bytes) {
  size_t bytes = chunk_bytes;

  for (uint32_t j = 0; j < i; j++)
    if (filters->list[j].id == FLETCHER32 && !(mask >> j & 1u))
      bytes += CHECKSUM_BYTES;
  return bytes;
}

mnistcnn_status mcnn_h5_unfilter(const mcnn_h5_place *place, const mcnn_h5_filters *filters,
                                 uint32_t mask, mcnn_h5_cursor stored, size_t chunk_bytes,
                                 unsigned char *const buffers[2], const unsigned char **chunk) {
  mcnn_h5_cursor data = stored;
  mnistcnn_status status = MNISTCNN_OK;
  unsigned next = 0;

  for (uint32_t i = filters->count; i-- > 0 && status == MNISTCNN_OK;) {
    const size_t size = mcnn_h5_left(&data), element_bytes = filters->list[i].element_bytes;
    unsigned char *const buffer = buffers[next];
    if (mask >> i & 1u)
      continue;
    if (filters->list[i].id == FLETCHER32) {
      status = check_fletcher(place, &data);
    } else if (filters->list[i].id == DEFLATE) {
      const size_t expected = bytes_before(filters, mask, i, chunk_bytes);
      const char *const wrong = mcnn_inflate(data.at, size, MCNN_INFLATE_ZLIB, buffer, expected,
                                             &place->file->alloc, &status);
      if (wrong)
        return mcnn_h5_damaged(place, wrong);
      data = mcnn_h5_cursor_over(buffer, expected);
      next = 1 - next;
    } else if (element_bytes > 1) {
      if (size > mcnn_h5_unfilter_bytes(chunk_bytes))
        return mcnn_h5_damaged(place, "a chunk is too long");
      unshuffle(data.at, size, element_bytes, buffer);
      data = mcnn_h5_cursor_over(buffer, size);
      next = 1 - next;
    }
  }
  if (status == MNISTCNN_OK && mcnn_h5_left(&data) != chunk_bytes)
    return mcnn_h5_damaged(place, "a chunk has another size than its shape");
  *chunk = data.at;
  return status;
}
