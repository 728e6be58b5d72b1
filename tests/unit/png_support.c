#include "png_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

typedef struct bytes {
  unsigned char *data;
  size_t size;
} bytes;

static void append(bytes *b, const void *data, size_t size) {
  b->data = realloc(b->data, b->size + size + 1);
  assert_non_null(b->data);
  if (size > 0)
    memcpy(b->data + b->size, data, size);
  b->size += size;
}

static void put_u32(unsigned char *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const unsigned char *at) {
  return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void test_png_fix_crc(unsigned char *chunk) {
  const uint32_t length = get_u32(chunk);

  put_u32(chunk + 8 + length, (uint32_t)crc32(0, chunk + 4, length + 4));
}

static void append_chunk(bytes *file, const char *type, const void *data, size_t size) {
  unsigned char start[8], crc[4] = {0};
  const size_t at = file->size;

  put_u32(start, (uint32_t)size);
  memcpy(start + 4, type, 4);
  append(file, start, 8);
  append(file, data, size);
  append(file, crc, 4);
  test_png_fix_crc(file->data + at);
}

uint32_t test_png_samples(uint32_t colour_type) {
  return colour_type == 2 ? 3 : colour_type == 4 ? 2 : colour_type == 6 ? 4 : 1;
}

/* One scan line: filter type 0, then the samples of every step-th pixel from `first` on, packed. */
static void append_line(bytes *raw, const test_png *png, size_t row, size_t first, size_t step) {
  const size_t samples = test_png_samples(png->colour_type);
  uint32_t pending = 0, bits = 0;
  const unsigned char none = 0;

  append(raw, &none, 1);
  for (size_t column = first; column < png->width; column += step) {
    for (size_t s = 0; s < samples; s++) {
      pending = pending << png->depth | png->samples[(row * png->width + column) * samples + s];
      for (bits += png->depth; bits >= 8; bits -= 8) {
        const unsigned char byte = (unsigned char)(pending >> (bits - 8));
        append(raw, &byte, 1);
      }
    }
  }
  if (bits > 0) {
    const unsigned char byte = (unsigned char)(pending << (8 - bits));
    append(raw, &byte, 1);
  }
}

static void append_pass(bytes *raw, const test_png *png, const size_t pass[4]) {
  if (pass[2] < png->width)
    for (size_t row = pass[0]; row < png->height; row += pass[1])
      append_line(raw, png, row, pass[2], pass[3]);
}

static void append_pixels(bytes *file, const test_png *png) {
  /* first row, row step, first column, column step */
  static const size_t whole[4] = {0, 1, 0, 1};
  static const size_t adam7[7][4] = {{0, 8, 0, 8}, {0, 8, 4, 8}, {4, 8, 0, 4}, {0, 4, 2, 4},
                                     {2, 4, 0, 2}, {0, 2, 1, 2}, {1, 2, 0, 1}};
  bytes raw = {0};

  if (png->interlaced)
    for (size_t pass = 0; pass < 7; pass++)
      append_pass(&raw, png, adam7[pass]);
  else
    append_pass(&raw, png, whole);
  uLongf packed_size = compressBound(raw.size);
  unsigned char *const packed = malloc(packed_size);
  assert_int_equal(compress2(packed, &packed_size, raw.data, raw.size, 9), Z_OK);
  append_chunk(file, "IDAT", packed, packed_size);
  free(packed);
  free(raw.data);
}

unsigned char *test_png_make(const test_png *png, size_t *size_bytes) {
  bytes file = {0};
  unsigned char header[13] = {0};

  put_u32(header, png->width);
  put_u32(header + 4, png->height);
  header[8] = (unsigned char)png->depth;
  header[9] = (unsigned char)png->colour_type;
  header[12] = png->interlaced != 0;
  append(&file, "\x89PNG\r\n\x1A\n", 8);
  append_chunk(&file, "IHDR", header, sizeof header);
  if (png->palette)
    append_chunk(&file, "PLTE", png->palette, 3 * png->palette_size);
  if (png->extra_type)
    append_chunk(&file, png->extra_type, png->extra, png->extra_size);
  append_pixels(&file, png);
  append_chunk(&file, "IEND", NULL, 0);
  *size_bytes = file.size;
  return file.data;
}

unsigned char *test_png_plain(uint32_t height, uint32_t width, uint32_t channels, uint8_t value,
                              size_t *size_bytes) {
  const size_t count = (size_t)height * width * channels;
  uint16_t *const samples = malloc(count * sizeof *samples);
  const test_png png = {.height = height,
                        .width = width,
                        .depth = 8,
                        .colour_type = channels == 3 ? 2 : 0,
                        .samples = samples};

  assert_non_null(samples);
  for (size_t i = 0; i < count; i++)
    samples[i] = value;
  unsigned char *const data = test_png_make(&png, size_bytes);
  free(samples);
  return data;
}
