/* PNG: asked for its size first, then decoded as it is, as gray and as colour, also with alpha. */
#include "fuzz.h"

#include "mnistcnn.h"

#include <stdlib.h>

enum { MAX_PIXELS = 1 << 20 };

static void decode(const uint8_t *data, size_t size, uint32_t channels) {
  mnistcnn_shape shape = {0, 0, 0};
  if (mnistcnn_image_decode_memory(data, size, channels, NULL, 0, &shape) != MNISTCNN_OK)
    return;
  FUZZ_REQUIRE(shape.height >= 1 && shape.height <= MNISTCNN_MAX_IMAGE_SIDE);
  FUZZ_REQUIRE(shape.width >= 1 && shape.width <= MNISTCNN_MAX_IMAGE_SIDE);
  FUZZ_REQUIRE(shape.channels >= 1 && shape.channels <= 4);
  FUZZ_REQUIRE(channels == 0 || shape.channels == channels);
  if ((size_t)shape.height * shape.width > MAX_PIXELS)
    return;
  const size_t bytes = (size_t)shape.height * shape.width * shape.channels;
  uint8_t *pixels = malloc(bytes);
  FUZZ_REQUIRE(pixels);
  (void)mnistcnn_image_decode_memory(data, size, channels, pixels, bytes, NULL);
  free(pixels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint32_t channels[] = {0, 1, 2, 3, 4};
  for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
    decode(data, size, channels[i]);
  return 0;
}
