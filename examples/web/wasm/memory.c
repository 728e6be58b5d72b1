/* Memory for JavaScript, and what this module is. */
#include "exports.h"

#include <stdlib.h>

mnistcnn_status web_status = MNISTCNN_OK;

mnistcnn_status web_last_status(void) {
  return web_status;
}

void *web_allocate(size_t bytes) {
  return malloc(bytes > 0 ? bytes : 1);
}

void web_release(void *memory) {
  free(memory);
}

const char *web_version(void) {
  return mnistcnn_version_string();
}

const char *web_last_error(void) {
  return mnistcnn_last_error();
}
