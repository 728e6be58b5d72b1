/* Models of LiteRT, and with that FlatBuffers. */
#include "fuzz_import.h"

#include "exchange/tflite/tflite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_import_request request = fuzz_request(NULL);
  mnistcnn_model *model = NULL;

  const mnistcnn_status status = mcnn_import_tflite(data, size, &request, &model);
  fuzz_require_model_or_message(status, model);
  return 0;
}
