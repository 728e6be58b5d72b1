#include "model/load.h"

#include <stdio.h>

#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <mnistcnn_exchange.h>

static int import_foreign(const char *path, mnistcnn_model **model) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;

  options.path = path;
  options.log = log_to_stderr;
  return mnistcnn_import(&options, model) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail("%s", mnistcnn_exchange_last_error());
}
#endif

/* What is no model file may be one of another framework. */
int load_model_file(const char *path, mnistcnn_model **model) {
  const mnistcnn_status status = mnistcnn_model_load_file(path, NULL, model);

  if (status == MNISTCNN_OK)
    return EXIT_STATUS_OK;
#ifdef CLI_HAS_EXCHANGE
  if (status == MNISTCNN_FORMAT || status == MNISTCNN_UNSUPPORTED)
    return import_foreign(path, model);
#endif
  return fail_file(path);
}

void announce_memory(const char *path, const mnistcnn_model *model) {
  const double announced = 1e9;
  mnistcnn_cost cost = {.struct_size = sizeof cost};

  if (mnistcnn_model_predict_cost(model, NULL, &cost) == MNISTCNN_OK &&
      (double)cost.peak_bytes > announced) {
    warn("%s: predicting will take %.1f GB of memory and %.1f billion multiply-adds an image", path,
         (double)cost.peak_bytes / 1e9, (double)cost.multiply_adds / 1e9);
  }
}
