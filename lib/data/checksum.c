/* The checksum by which a checkpoint recognises its dataset. */
#include "data/dataset.h"

#if MCNN_WITH_PNG
#include <zlib.h>
#else
typedef uint32_t uLong;
typedef uint32_t uInt;

/* As zlib's. */
static uLong crc32(uLong crc, const unsigned char *bytes, uInt count) {
  crc = ~crc;
  for (uInt i = 0; bytes && i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}
#endif

static uLong crc_of_u32(uLong crc, uint32_t value) {
  const unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                                  (unsigned char)(value >> 8), (unsigned char)value};

  return crc32(crc, bytes, sizeof bytes);
}

/* Images are at most 4096 x 4096 x 3 bytes, so each fits zlib's 32-bit lengths. */
uint64_t mcnn_dataset_checksum(const mnistcnn_dataset *dataset) {
  const mcnn_store *const store = dataset->store;
  uLong shape_and_labels = crc32(0, NULL, 0), pixels = crc32(0, NULL, 0);

  shape_and_labels = crc_of_u32(shape_and_labels, store->shape.height);
  shape_and_labels = crc_of_u32(shape_and_labels, store->shape.width);
  shape_and_labels = crc_of_u32(shape_and_labels, store->shape.channels);
  shape_and_labels = crc_of_u32(shape_and_labels, store->num_classes);
  for (size_t i = 0; i < dataset->count; i++) {
    shape_and_labels = crc_of_u32(shape_and_labels, mcnn_dataset_label(dataset, i));
    pixels = crc32(pixels, mcnn_dataset_image(dataset, i), (uInt)store->image_bytes);
  }
  return (uint64_t)shape_and_labels << 32 | (uint64_t)pixels;
}
