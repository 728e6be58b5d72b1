#include "data/class_names.h"

#include "base/limits.h"
#include "base/status.h"
#include "base/utf8.h"

#include <string.h>

static mnistcnn_status check_class_name(const char *name, uint32_t index) {
  const size_t length = !name ? 0 : strlen(name);

  if (length == 0 || length > MCNN_MAX_CLASS_NAME_BYTES) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "class name %lu: must have 1 to %d bytes",
                     (unsigned long)index, MCNN_MAX_CLASS_NAME_BYTES);
  }
  if (!mcnn_utf8_is_text(name, length)) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "class name %lu: must be UTF-8 without control characters",
                     (unsigned long)index);
  }
  return MNISTCNN_OK;
}

/* At most 1000 names, seldom above ten: comparing each with each is the least work. */
static mnistcnn_status check_unique(const char *const *names, uint32_t index) {
  for (uint32_t i = 0; i < index; i++) {
    if (strcmp(names[i], names[index]) == 0) {
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "class name %lu: \"%s\" is that of class %lu too",
                       (unsigned long)index, names[index], (unsigned long)i);
    }
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_check_class_names(const char *const *names, uint32_t count) {
  mnistcnn_status status = MNISTCNN_OK;

  for (uint32_t i = 0; i < count && status == MNISTCNN_OK; i++) {
    status = check_class_name(names[i], i);
    if (status == MNISTCNN_OK)
      status = check_unique(names, i);
  }
  return status;
}
