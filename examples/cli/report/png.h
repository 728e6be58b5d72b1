/* Encodes small images as uncompressed PNG in memory, for data URIs. */
#ifndef CLI_REPORT_PNG_H
#define CLI_REPORT_PNG_H

#include <stddef.h>
#include <stdint.h>

/* Images with sides up to this fit in one stored block of deflate (65,535 bytes). */
enum { PNG_MAX_SIDE = 128, PNG_CAPACITY = 65536 };

/* Encodes height * width * channels bytes, 1 channel (gray) or 3 (RGB), sides up to PNG_MAX_SIDE.
 * Returns the size. */
size_t png_encode(const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels,
                  uint8_t png[PNG_CAPACITY]);

#endif
