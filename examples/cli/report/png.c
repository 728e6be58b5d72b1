#include "report/png.h"

#include <string.h>

static uint32_t crc32(const uint8_t *bytes, size_t count) {
  uint32_t crc = UINT32_MAX;

  for (size_t i = 0; i < count; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

static uint32_t adler32(const uint8_t *bytes, size_t count) {
  uint32_t a = 1;
  uint32_t b = 0;

  for (size_t i = 0; i < count; i++) {
    a = (a + bytes[i]) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

static uint8_t *put_u32(uint8_t *at, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8)
    *at++ = (uint8_t)(number >> shift);
  return at;
}

/* Writes length, type and CRC around the `size` bytes at `at` + 8. */
static uint8_t *close_chunk(uint8_t *at, const char type[4], size_t size) {
  put_u32(at, (uint32_t)size);
  memcpy(at + 4, type, 4);
  return put_u32(at + 8 + size, crc32(at + 4, size + 4));
}

static uint8_t *put_header(uint8_t *at, uint32_t height, uint32_t width, uint32_t channels) {
  uint8_t *content = put_u32(put_u32(at + 8, width), height);

  *content++ = 8;                     /* bits */
  *content++ = channels == 3 ? 2 : 0; /* RGB, gray */
  memset(content, 0, 3);              /* deflate, the usual filters, not interlaced */
  return close_chunk(at, "IHDR", 13);
}

/* The rows, each after filter type 0, as one stored block in a zlib stream. */
static uint8_t *put_pixels(uint8_t *at, const uint8_t *pixels, uint32_t height, size_t row) {
  const size_t size = height * (row + 1);
  const uint8_t head[] = {0x78,           0x01, /* zlib: deflate, fastest */
                          0x01,                 /* last block, stored */
                          (uint8_t)size,  (uint8_t)(size >> 8),
                          (uint8_t)~size, (uint8_t)(~size >> 8)};
  uint8_t *const rows = at + 8 + sizeof head;

  memcpy(at + 8, head, sizeof head);
  for (uint32_t y = 0; y < height; y++) {
    rows[y * (row + 1)] = 0;
    memcpy(rows + y * (row + 1) + 1, pixels + y * row, row);
  }
  put_u32(rows + size, adler32(rows, size));
  return close_chunk(at, "IDAT", sizeof head + size + 4);
}

size_t png_encode(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                  uint8_t png[PNG_CAPACITY]) {
  static const uint8_t signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  memcpy(png, signature, sizeof signature);
  uint8_t *at = put_header(png + sizeof signature, height, width, channels);
  at = put_pixels(at, pixels, height, (size_t)width * channels);
  at = close_chunk(at, "IEND", 0);
  return (size_t)(at - png);
}
