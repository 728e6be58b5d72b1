/* Models of ONNX, and with that the wire format of protocol buffers. */
#include "fuzz_import.h"

#include "exchange/onnx/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const mcnn_import_request request = fuzz_request(NULL);
  mnistcnn_model *model = NULL;

  const mnistcnn_status status = mcnn_import_onnx(data, size, &request, &model);
  fuzz_require_model_or_message(status, model);
  return 0;
}
