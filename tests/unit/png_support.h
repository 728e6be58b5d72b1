/* PNG files made by hand, independently of libpng: every colour type, depth and interlacing. */
#ifndef TEST_PNG_SUPPORT_H
#define TEST_PNG_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct test_png {
  uint32_t height, width;
  uint32_t depth;       /* 1, 2, 4, 8, 16 */
  uint32_t colour_type; /* 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGBA */
  int interlaced;
  const uint16_t *samples; /* [height][width][samples a pixel] */
  const uint8_t *palette;  /* [palette_size][3] */
  size_t palette_size;
  /* A chunk to be put before the pixels; its data ends with its CRC, computed. */
  const char *extra_type;
  const void *extra;
  size_t extra_size;
} test_png;

uint32_t test_png_samples(uint32_t colour_type);

/* The file, malloc'ed. */
unsigned char *test_png_make(const test_png *png, size_t *size_bytes);
/* An 8-bit gray one with all pixels `value`; RGB with channels 3. */
unsigned char *test_png_plain(uint32_t height, uint32_t width, uint32_t channels, uint8_t value,
                              size_t *size_bytes);

/* Puts the right CRC behind the chunk that starts at `chunk` (its length field). */
void test_png_fix_crc(unsigned char *chunk);

#endif
