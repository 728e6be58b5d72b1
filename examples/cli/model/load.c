#include "model/load.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <mnistcnn_exchange.h>

enum { LENGTH_BYTES = 8, HEAD_BYTES = LENGTH_BYTES + 1 };

/* The length of a header, whose higher bytes are 0, and its JSON. */
static bool is_safetensors(const unsigned char head[HEAD_BYTES]) {
  return memcmp(head + 5, "\0\0", 3) == 0 && head[LENGTH_BYTES] == '{';
}

/* HDF5, ZIP archives, JSON, and pickles of protocol 2 to 5. */
static bool begins_foreign(const unsigned char head[HEAD_BYTES]) {
  return memcmp(head, "\x89HDF", 4) == 0 || memcmp(head, "PK\x03\x04", 4) == 0 || head[0] == '{' ||
         (head[0] == 0x80 && head[1] >= 2 && head[1] <= 5);
}

/* What every model file says. */
static bool lacks_architecture(FILE *file, const unsigned char head[HEAD_BYTES]) {
  enum { MAX_HEADER = 1 << 22 };
  static const char key[] = "\"architecture\"";
  size_t length = 0;

  for (int i = LENGTH_BYTES; i > 0 && length <= MAX_HEADER; i--)
    length = length << 8 | head[i - 1];
  char *const header = length > 0 && length <= MAX_HEADER ? malloc(length + 1) : NULL;
  bool lacks = false;
  if (header && fread(header, 1, length - 1, file) == length - 1) {
    header[length - 1] = '\0';
    lacks = strlen(header) == length - 1 && !strstr(header, key);
  }
  free(header);
  return lacks;
}

static bool is_foreign(const char *path) {
  unsigned char head[HEAD_BYTES] = {0};
  FILE *const file = fopen(path, "rb");

  if (!file)
    return false;
  const bool whole = fread(head, 1, sizeof head, file) == sizeof head;
  const bool foreign =
      whole && (is_safetensors(head) ? lacks_architecture(file, head) : begins_foreign(head));
  fclose(file);
  return foreign;
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
