/* An image file of any format: asked for its size first, then decoded as it is, as gray and as
 * colour, also with alpha, and reduced. */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "fuzz.h"

#include "mnistcnn.h"

#include <stdlib.h>

enum { FUZZ_MAX_PIXELS = 1 << 20 };

static void fuzz_decode(const uint8_t *data, size_t size, uint32_t channels, uint32_t min_side) {
  mnistcnn_image_info info = MNISTCNN_IMAGE_INFO_INIT;

  if (mnistcnn_image_read_info_memory(data, size, min_side, &info) != MNISTCNN_OK)
    return;
  FUZZ_REQUIRE(info.height >= 1 && info.height <= MNISTCNN_MAX_IMAGE_SIDE);
  FUZZ_REQUIRE(info.width >= 1 && info.width <= MNISTCNN_MAX_IMAGE_SIDE);
  FUZZ_REQUIRE(info.channels == 1 || info.channels == 3);
  FUZZ_REQUIRE(info.factor >= 1 && info.orientation >= 1 && info.orientation <= 8);
  FUZZ_REQUIRE(info.height == (info.file_height + info.factor - 1) / info.factor);
  FUZZ_REQUIRE(info.width == (info.file_width + info.factor - 1) / info.factor);
  if ((size_t)info.file_height * info.file_width > FUZZ_MAX_PIXELS)
    return;
  const uint32_t depth = channels == 0 ? info.channels : channels;
  const size_t bytes = (size_t)info.height * info.width * depth;
  uint8_t *pixels = malloc(bytes);
  FUZZ_REQUIRE(pixels);
  (void)mnistcnn_image_decode_reduced_memory(data, size, channels, min_side, pixels, bytes);
  free(pixels);
}

static void fuzz_image(const uint8_t *data, size_t size) {
  for (uint32_t channels = 0; channels <= 4; channels++)
    fuzz_decode(data, size, channels, 0);
  fuzz_decode(data, size, 0, 3);
}

#endif
