#include "api/check.h"

mnistcnn_status mcnn_fail_null(const char *argument) {
  return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%s is NULL", argument);
}
