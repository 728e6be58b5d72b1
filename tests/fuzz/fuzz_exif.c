/* The orientation in EXIF data. */
#include "fuzz.h"

#include "image/exif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint32_t orientation = mcnn_exif_orientation(data, size);

  FUZZ_REQUIRE(orientation >= 1 && orientation <= 8);
  return 0;
}
