/* Models of Keras, and whatever else an import is given. What is refused has a message. */
#include "fuzz.h"

#include "mnistcnn_exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;

  options.data = data;
  options.size_bytes = size;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  FUZZ_REQUIRE((status == MNISTCNN_OK) == (model != NULL));
  FUZZ_REQUIRE(status == MNISTCNN_OK || mnistcnn_exchange_last_error()[0] != '\0');
  mnistcnn_model_free(model);
  return 0;
}
