#include "model/load.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <mnistcnn_exchange.h>

/* safetensors begin with a length, which is never so large. */
static bool is_foreign(const char *path) {
  static const char *const starts[] = {"\x89HDF", "PK\x03\x04"};
  char first[4] = {0};
  FILE *const file = fopen(path, "rb");

  if (!file)
    return false;
  const size_t got = fread(first, 1, sizeof first, file);
  fclose(file);
  for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
    if (got == sizeof first && memcmp(first, starts[i], sizeof first) == 0)
      return true;
  return false;
}

static int import_foreign(const char *path, mnistcnn_model **model) {
  mnistcnn_import_options options = MNISTCNN_IMPORT_OPTIONS_INIT;

  options.path = path;
  options.log = log_to_stderr;
  return mnistcnn_import(&options, model) == MNISTCNN_OK
             ? EXIT_STATUS_OK
             : fail("%s", mnistcnn_exchange_last_error());
}
#else
static bool is_foreign(const char *path) {
  (void)path;
  return false;
}

static int import_foreign(const char *path, mnistcnn_model **model) {
  (void)model;
  return fail("%s: this program was built without mnistcnn_exchange", path);
}
#endif

int load_model_file(const char *path, mnistcnn_model **model) {
  if (is_foreign(path))
    return import_foreign(path, model);
  return mnistcnn_model_load_file(path, NULL, model) == MNISTCNN_OK ? EXIT_STATUS_OK
                                                                    : fail_file(path);
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
