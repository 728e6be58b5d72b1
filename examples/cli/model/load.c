#include "model/load.h"

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
#else
static int import_foreign(const char *path, mnistcnn_model **model) {
  (void)model;
  return fail_file(path);
}
#endif

/* What is no model file of the library may be one of another framework; then the message is that of
 * the import, which knows more kinds of files. */
int load_model_file(const char *path, mnistcnn_model **model) {
  return mnistcnn_model_load_file(path, NULL, model) == MNISTCNN_OK ? EXIT_STATUS_OK
                                                                    : import_foreign(path, model);
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
