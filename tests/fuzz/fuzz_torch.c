/* Models of PyTorch: without a network, and with one. */
#include "fuzz_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_import(data, size, NULL);
  fuzz_import(data, size, "conv 4 3x3 same, batchnorm relu, maxpool 2, flatten, dense 3");
  return 0;
}
