#include "image/exif.h"

#include <string.h>

enum { HEADER_BYTES = 8, ENTRY_BYTES = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

typedef struct tiff {
  const unsigned char *data;
  size_t size_bytes;
  int big_endian;
} tiff;

static uint32_t number_at(const tiff *t, size_t at, size_t bytes) {
  uint32_t value = 0;

  for (size_t i = 0; i < bytes; i++)
    value = value << 8 | t->data[at + (t->big_endian ? i : bytes - 1 - i)];
  return value;
}

/* Of one entry of the directory; 0: it tells no orientation. */
static uint32_t orientation_of(const tiff *t, size_t entry) {
  if (number_at(t, entry, 2) != TAG_ORIENTATION || number_at(t, entry + 2, 2) != TYPE_SHORT ||
      number_at(t, entry + 4, 4) != 1)
    return 0;
  const uint32_t value = number_at(t, entry + 8, 2);
  return value <= 8 ? value : 0;
}

uint32_t mcnn_exif_orientation(const unsigned char *data, size_t size_bytes) {
  tiff t = {data, size_bytes, 0};

  if (size_bytes < HEADER_BYTES)
    return 1;
  t.big_endian = memcmp(data, "MM\0*", 4) == 0;
  if (!t.big_endian && memcmp(data, "II*\0", 4) != 0)
    return 1;
  const size_t directory = number_at(&t, 4, 4);
  if (directory > size_bytes - 2)
    return 1;
  const size_t entries = number_at(&t, directory, 2);
  for (size_t i = 0; i < entries; i++) {
    const size_t entry = directory + 2 + i * ENTRY_BYTES;
    if (entry > size_bytes || size_bytes - entry < ENTRY_BYTES)
      break;
    const uint32_t orientation = orientation_of(&t, entry);
    if (orientation != 0)
      return orientation;
  }
  return 1;
}
