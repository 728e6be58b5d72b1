/* Imports bytes as a model of another framework. What is refused has a message. */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include "fuzz.h"

#include "base/status.h"
#include "exchange/request.h"
#include "mnistcnn_exchange.h"

static inline void fuzz_require_model_or_message(mnistcnn_status status, mnistcnn_model *model) {
  FUZZ_REQUIRE((status == MNISTCNN_OK) == (model != NULL));
  FUZZ_REQUIRE(status == MNISTCNN_OK || mnistcnn_exchange_last_error()[0] != '\0');
  mnistcnn_model_free(model);
}

/* By what the bytes begin with. architecture, of images of 6x5 pixels: NULL where the file tells.
 */
static inline void fuzz_import(const uint8_t *data, size_t size, const char *architecture) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;

  options.data = data;
  options.size_bytes = size;
  options.architecture = architecture;
  options.input_height = architecture ? 6 : 0;
  options.input_width = architecture ? 5 : 0;
  const mnistcnn_status status = mnistcnn_import(&options, &model);
  fuzz_require_model_or_message(status, model);
}

/* For the reader of one format. path: beside which other files lie; NULL: nowhere. */
static inline mcnn_import_request fuzz_request(const char *path) {
  return (mcnn_import_request){.label = "fuzz", .path = path, .alloc = mcnn_alloc_default()};
}

#endif
