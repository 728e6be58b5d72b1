/* A picture of any bytes: one digit prepared, then all found. The first two bytes say how wide it
 * is, how many channels it has, and how large the prepared digits are. Small ones, which take a
 * tenth of the time, are the rule. */
#include "fuzz.h"
#include "image_args.h"

#include "mnistcnn.h"

enum { SIDE = 28, SMALL_SIDE = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t prepared[SIDE * SIDE];
  mnistcnn_digit_info info = {.struct_size = sizeof info};
  mnistcnn_digit_list *digits = NULL;
  mnistcnn_digit_options options;
  if (size < 3)
    return 0;
  const uint32_t width = 1u + data[0] % 200u, channels = 1u + data[1] % 4u;
  const uint32_t height = (uint32_t)((size - 2) / (width * channels));
  if (height == 0 || height > MNISTCNN_MAX_IMAGE_SIDE)
    return 0;
  FUZZ_REQUIRE(mnistcnn_digit_options_init(&options, sizeof options) == MNISTCNN_OK);
  if (data[1] < 128)
    options.height = options.width = SMALL_SIDE;
  FUZZ_REQUIRE(mnistcnn_digit_prepare(IMAGE(data + 2, height, width, channels), &options, prepared,
                                      sizeof prepared, &info) == MNISTCNN_OK);
  FUZZ_REQUIRE(info.verdict >= MNISTCNN_DIGIT_FOUND && info.verdict <= MNISTCNN_DIGIT_OTHER);
  FUZZ_REQUIRE(info.top + info.height <= height && info.left + info.width <= width);
  FUZZ_REQUIRE(mnistcnn_digit_find(IMAGE(data + 2, height, width, channels), &options, &digits) ==
               MNISTCNN_OK);
  mnistcnn_digit_list_free(digits);
  return 0;
}
