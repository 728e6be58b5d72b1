/* Models of Keras, and whatever else an import is given. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_import(data, size, NULL);
  return 0;
}
