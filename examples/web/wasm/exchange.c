/* Models of other frameworks: a module of its own, which is loaded when there is one to open. */
#include "exchange.h"

mnistcnn_model *web_import(const void *data, size_t bytes, const char *encoding,
                           const char *architecture, int32_t prepare) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;

  options.data = data;
  options.size_bytes = bytes;
  options.encoding = encoding;
  options.architecture = architecture;
  options.prepare = prepare;
  web_status = mnistcnn_import(&options, &model);
  return model;
}
