#include "exchange/hdf5/heap.h"

mnistcnn_status mcnn_h5_local_heap(const mcnn_h5_place *place, uint64_t address,
                                   mcnn_h5_cursor *data) {
  const mcnn_h5 *const file = place->file;
  const unsigned char *bytes;
  mcnn_h5_cursor cursor;

  mnistcnn_status status =
      mcnn_h5_at(place, address, 8 + 2 * file->length_bytes + file->offset_bytes,
                 "the names of a group", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_h5_signature(&cursor, "HEAP") || mcnn_h5_number(&cursor, 1) != 0)
    return mcnn_h5_damaged(place, "there are no names where those of a group should be");
  mcnn_h5_take(&cursor, 3); /* reserved */
  const uint64_t size = mcnn_h5_length(file, &cursor);
  (void)mcnn_h5_length(file, &cursor); /* what is free */
  status =
      mcnn_h5_data_at(place, mcnn_h5_address(file, &cursor), size, "the names of a group", &bytes);
  if (status == MNISTCNN_OK)
    *data = mcnn_h5_cursor_over(bytes, (size_t)size);
  return status;
}

/* What stands before a collection, and before each of its objects, is padded to 8 bytes. */
static size_t prefix_bytes(const mcnn_h5_place *place) {
  return (8 + (size_t)place->file->length_bytes + 7) / 8 * 8;
}

/* Looks for an object between two offsets of a collection. *at is then behind it, or at `end`. */
static mnistcnn_status search(const mcnn_h5_place *place, const unsigned char *collection,
                              size_t *at, size_t end, uint64_t index, mcnn_h5_cursor *data) {
  const size_t prefix = prefix_bytes(place);

  while (end - *at >= prefix) {
    mcnn_h5_cursor cursor = mcnn_h5_cursor_over(collection + *at, end - *at);
    const uint64_t own_index = mcnn_h5_number(&cursor, 2);
    mcnn_h5_take(&cursor, 6); /* references, reserved */
    const uint64_t size = mcnn_h5_length(place->file, &cursor);
    if (own_index == 0) /* what is free: always the last */
      break;
    mcnn_h5_take(&cursor, prefix - 8 - place->file->length_bytes);
    const unsigned char *const bytes = mcnn_h5_take(&cursor, size);
    if (!bytes)
      return mcnn_h5_damaged(place, "a string reaches beyond its collection");
    mcnn_h5_take(&cursor, (8 - size % 8) % 8);
    const size_t step = cursor.overrun ? end - *at : (size_t)(cursor.at - collection) - *at;
    const mnistcnn_status status = mcnn_h5_charge(place, prefix);
    *at += step;
    if (status != MNISTCNN_OK || own_index == index) {
      *data = mcnn_h5_cursor_over(bytes, (size_t)size);
      return status;
    }
  }
  *at = end;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_global_heap(const mcnn_h5_place *place, uint64_t address, uint64_t index,
                                    mcnn_h5_cursor *data) {
  mcnn_h5 *const file = place->file;
  const size_t prefix = prefix_bytes(place);
  const unsigned char *collection;
  mcnn_h5_cursor cursor;

  mnistcnn_status status = mcnn_h5_at(place, address, prefix, "a string", &cursor);
  if (status != MNISTCNN_OK)
    return status;
  if (!mcnn_h5_signature(&cursor, "GCOL") || mcnn_h5_number(&cursor, 1) != 1)
    return mcnn_h5_damaged(place, "there are no strings where some should be");
  mcnn_h5_take(&cursor, 3); /* reserved */
  const uint64_t size = mcnn_h5_length(file, &cursor);
  status = mcnn_h5_data_at(place, address, size, "a collection of strings", &collection);
  if (status != MNISTCNN_OK)
    return status;
  if (size < prefix || index == 0)
    return mcnn_h5_damaged(place, "a reference to a string is wrong");
  *data = (mcnn_h5_cursor){0};
  size_t at =
      file->collection == address && file->collection_next <= size ? file->collection_next : prefix;
  const size_t started = at;
  status = search(place, collection, &at, (size_t)size, index, data);
  if (status == MNISTCNN_OK && !data->at && started > prefix) {
    at = prefix;
    status = search(place, collection, &at, (size_t)size, index, data);
  }
  if (status == MNISTCNN_OK && !data->at)
    return mcnn_h5_damaged(place, "a string that is referred to is missing");
  file->collection = address;
  file->collection_next = at;
  return status;
}
