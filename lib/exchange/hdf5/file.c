#include "exchange/hdf5/file.h"

#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct mcnn_h5_block {
  struct mcnn_h5_block *next;
} mcnn_h5_block;

/* --- messages --------------------------------------------------------------------------------- */

mnistcnn_status mcnn_h5_fail(const mcnn_h5_place *place, mnistcnn_status status, const char *format,
                             ...) {
  char text[MCNN_ERROR_CAPACITY];
  va_list arguments;

  va_start(arguments, format);
  // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, one line above
  (void)vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (place->attribute)
    return mcnn_fail(status, "%s: %s: attribute %s: %s", place->file->label, place->path,
                     place->attribute, text);
  return mcnn_fail(status, "%s: %s: %s", place->file->label, place->path, text);
}

mnistcnn_status mcnn_h5_damaged(const mcnn_h5_place *place, const char *reason) {
  return mcnn_h5_fail(place, MNISTCNN_FORMAT, "the HDF5 file is damaged: %s", reason);
}

mnistcnn_status mcnn_h5_unsupported(const mcnn_h5_place *place, const char *what) {
  return mcnn_h5_fail(place, MNISTCNN_UNSUPPORTED,
                      "%s: not supported in HDF5 files; save the model again with Keras", what);
}

/* --- memory ----------------------------------------------------------------------------------- */

void *mcnn_h5_remember(const mcnn_h5_place *place, size_t count, size_t size) {
  mcnn_h5 *const file = place->file;
  size_t bytes, total;

  if (!mcnn_checked_mul(count, size, &bytes) || !mcnn_checked_add(bytes, MCNN_ALIGNMENT, &total) ||
      total > file->memory) {
    file->memory_spent = 1;
    mcnn_h5_fail(place, MNISTCNN_LIMIT, "the HDF5 file holds more names and structures than data");
    return NULL;
  }
  unsigned char *const block = mcnn_alloc_zeroed(&file->alloc, total, 1);
  if (!block)
    return NULL;
  file->memory -= total;
  ((mcnn_h5_block *)(void *)block)->next = file->blocks;
  file->blocks = (mcnn_h5_block *)(void *)block;
  return block + MCNN_ALIGNMENT;
}

mnistcnn_status mcnn_h5_no_memory(const mcnn_h5_place *place) {
  return place->file->memory_spent ? MNISTCNN_LIMIT : MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_h5_forget_all(mcnn_h5 *file) {
  while (file->blocks) {
    mcnn_h5_block *const next = file->blocks->next;
    mcnn_free(&file->alloc, file->blocks);
    file->blocks = next;
  }
}

char *mcnn_h5_remember_name(const mcnn_h5_place *place, const void *bytes, size_t length,
                            mnistcnn_status *status) {
  *status = MNISTCNN_OK;
  if (length == 0 || memchr(bytes, '\0', length))
    *status = mcnn_h5_damaged(place, "a name is empty or contains a NUL");
  else if (length > MCNN_H5_MAX_NAME_BYTES)
    *status = mcnn_h5_fail(place, MNISTCNN_LIMIT, "a name is longer than %u bytes",
                           MCNN_H5_MAX_NAME_BYTES);
  else
    *status = mcnn_h5_charge(place, length);
  if (*status != MNISTCNN_OK)
    return NULL;
  char *const name = mcnn_h5_remember(place, length + 1, 1);
  if (name)
    memcpy(name, bytes, length);
  else
    *status = mcnn_h5_no_memory(place);
  return name;
}

/* --- reading bytes ---------------------------------------------------------------------------- */

mcnn_h5_cursor mcnn_h5_cursor_over(const void *bytes, size_t size) {
  const unsigned char *const start = bytes;
  const mcnn_h5_cursor cursor = {.at = start, .end = start + size};

  return cursor;
}

size_t mcnn_h5_left(const mcnn_h5_cursor *cursor) {
  return (size_t)(cursor->end - cursor->at);
}

const unsigned char *mcnn_h5_take(mcnn_h5_cursor *cursor, uint64_t size) {
  const unsigned char *const bytes = cursor->at;

  if (cursor->overrun || size > mcnn_h5_left(cursor)) {
    cursor->overrun = 1;
    return NULL;
  }
  cursor->at += size;
  return bytes;
}

uint64_t mcnn_h5_number(mcnn_h5_cursor *cursor, unsigned bytes) {
  const unsigned char *const little = mcnn_h5_take(cursor, bytes);
  uint64_t number = 0;

  for (unsigned i = bytes; little && i > 0; i--)
    number = number << 8 | little[i - 1];
  return number;
}

int mcnn_h5_signature(mcnn_h5_cursor *cursor, const char *signature) {
  const unsigned char *const bytes = mcnn_h5_take(cursor, 4);

  return bytes && memcmp(bytes, signature, 4) == 0;
}

uint64_t mcnn_h5_address(const mcnn_h5 *file, mcnn_h5_cursor *cursor) {
  const uint64_t address = mcnn_h5_number(cursor, file->offset_bytes);
  const uint64_t undefined = UINT64_MAX >> (64 - 8 * file->offset_bytes);

  return address == undefined ? UINT64_MAX : address;
}

uint64_t mcnn_h5_length(const mcnn_h5 *file, mcnn_h5_cursor *cursor) {
  return mcnn_h5_number(cursor, file->length_bytes);
}

mnistcnn_status mcnn_h5_charge(const mcnn_h5_place *place, uint64_t bytes) {
  mcnn_h5 *const file = place->file;

  if (bytes > file->work)
    return mcnn_h5_damaged(place, "its structures refer to each other too often");
  file->work -= (size_t)bytes;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_data_at(const mcnn_h5_place *place, uint64_t address, uint64_t size,
                                const char *what, const unsigned char **data) {
  const mcnn_h5 *const file = place->file;

  if (address > file->size || size > file->size - address) {
    return mcnn_h5_fail(place, MNISTCNN_FORMAT,
                        "the HDF5 file is damaged or cut off: %s would lie outside of it", what);
  }
  *data = file->data + address;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_h5_at(const mcnn_h5_place *place, uint64_t address, uint64_t size,
                           const char *what, mcnn_h5_cursor *cursor) {
  const unsigned char *data = NULL;
  mnistcnn_status status = mcnn_h5_data_at(place, address, size, what, &data);

  if (status == MNISTCNN_OK)
    status = mcnn_h5_charge(place, size);
  if (status == MNISTCNN_OK)
    *cursor = mcnn_h5_cursor_over(data, (size_t)size);
  return status;
}

unsigned mcnn_h5_bytes_for(uint64_t largest) {
  unsigned bytes = 1;

  while (bytes < 8 && largest >> (8 * bytes) > 0)
    bytes++;
  return bytes;
}
