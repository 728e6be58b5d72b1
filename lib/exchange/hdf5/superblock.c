#include "exchange/hdf5/superblock.h"

#include "exchange/hdf5/checksum.h"

#include <string.h>

static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};

enum { FIRST_USER_BLOCK = 512 };

size_t mcnn_h5_find_signature(const unsigned char *data, size_t size_bytes) {
  size_t at = 0;

  while (at < size_bytes && size_bytes - at >= sizeof signature) {
    if (memcmp(data + at, signature, sizeof signature) == 0)
      return at;
    at = at == 0 ? FIRST_USER_BLOCK : 2 * at;
  }
  return size_bytes;
}

static int is_width(unsigned bytes) {
  return bytes == 2 || bytes == 4 || bytes == 8;
}

/* The file ends where the superblock says, or later. Both count from where it has been put, which
 * need not be where it is now. */
static mnistcnn_status check_end(const mcnn_h5_place *place, uint64_t base, uint64_t end) {
  mcnn_h5 *const file = place->file;

  if (end == UINT64_MAX || end < base)
    return mcnn_h5_damaged(place, "the end of the file is not known");
  if (end - base > file->size)
    return mcnn_h5_fail(place, MNISTCNN_FORMAT,
                        "the HDF5 file is cut off: %zu of %llu bytes are there; copy or download "
                        "it again",
                        file->size, (unsigned long long)(end - base));
  file->size = (size_t)(end - base);
  return MNISTCNN_OK;
}

/* Versions 0 and 1. */
static mnistcnn_status read_old(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                unsigned version, uint64_t *root) {
  mcnn_h5 *const file = place->file;

  mcnn_h5_take(cursor, 4); /* other versions, reserved */
  file->offset_bytes = (unsigned)mcnn_h5_number(cursor, 1);
  file->length_bytes = (unsigned)mcnn_h5_number(cursor, 1);
  if (!is_width(file->offset_bytes) || !is_width(file->length_bytes))
    return mcnn_h5_damaged(place, "the width of addresses is not 2, 4 or 8 bytes");
  mcnn_h5_take(cursor, version == 0 ? 9 : 13); /* sizes of B-trees, flags */
  const uint64_t base = mcnn_h5_address(file, cursor);
  (void)mcnn_h5_address(file, cursor); /* free space */
  const uint64_t end = mcnn_h5_address(file, cursor);
  (void)mcnn_h5_address(file, cursor); /* driver */
  (void)mcnn_h5_length(file, cursor);  /* the name of the root group */
  *root = mcnn_h5_address(file, cursor);
  if (cursor->overrun)
    return mcnn_h5_damaged(place, "it ends within its superblock");
  return check_end(place, base, end);
}

/* Versions 2 and 3. */
static mnistcnn_status read_new(const mcnn_h5_place *place, mcnn_h5_cursor *cursor,
                                uint64_t *root) {
  mcnn_h5 *const file = place->file;

  file->offset_bytes = (unsigned)mcnn_h5_number(cursor, 1);
  file->length_bytes = (unsigned)mcnn_h5_number(cursor, 1);
  if (!is_width(file->offset_bytes) || !is_width(file->length_bytes))
    return mcnn_h5_damaged(place, "the width of addresses is not 2, 4 or 8 bytes");
  mcnn_h5_take(cursor, 1); /* flags */
  const uint64_t base = mcnn_h5_address(file, cursor);
  (void)mcnn_h5_address(file, cursor); /* extension */
  const uint64_t end = mcnn_h5_address(file, cursor);
  *root = mcnn_h5_address(file, cursor);
  const size_t checked = (size_t)(cursor->at - file->data);
  const uint64_t checksum = mcnn_h5_number(cursor, 4);
  if (cursor->overrun)
    return mcnn_h5_damaged(place, "it ends within its superblock");
  if (!mcnn_h5_sums_agree(checksum, mcnn_h5_lookup3(file->data, checked)))
    return mcnn_h5_damaged(place, "the checksum of its superblock is wrong");
  return check_end(place, base, end);
}

mnistcnn_status mcnn_h5_read_superblock(const mcnn_h5_place *place, const unsigned char *data,
                                        size_t size_bytes, uint64_t *root) {
  mcnn_h5 *const file = place->file;

  file->data = data;
  file->size = size_bytes;
  mcnn_h5_cursor cursor = mcnn_h5_cursor_over(data, size_bytes);
  mcnn_h5_take(&cursor, sizeof signature);
  const unsigned version = (unsigned)mcnn_h5_number(&cursor, 1);
  if (cursor.overrun)
    return mcnn_h5_damaged(place, "it ends within its superblock");
  if (version <= 1)
    return read_old(place, &cursor, version, root);
  if (version <= 3)
    return read_new(place, &cursor, root);
  return mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED, "superblock version %u is not supported",
                      version);
}
