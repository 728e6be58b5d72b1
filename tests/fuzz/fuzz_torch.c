/* Models of PyTorch: without a network, and with one. */
#include "fuzz.h"

#include "mnistcnn_exchange.h"

static void import_as(const uint8_t *data, size_t size, const char *architecture) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;

  options.data = data;
  options.size_bytes = size;
  options.architecture = architecture;
  options.input_height = 6;
  options.input_width = 5;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  FUZZ_REQUIRE((status == MNISTCNN_OK) == (model != NULL));
  FUZZ_REQUIRE(status == MNISTCNN_OK || mnistcnn_exchange_last_error()[0] != '\0');
  mnistcnn_model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  import_as(data, size, NULL);
  import_as(data, size, "conv 4 3x3 same, batchnorm relu, maxpool 2, flatten, dense 3");
  return 0;
}
