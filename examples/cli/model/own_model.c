#include "model/own_model.h"

#ifdef CLI_HAS_PRETRAINED

#include <mnistcnn_pretrained.h>

bool has_own_model(void) {
  return true;
}

mnistcnn_status load_own_model(mnistcnn_model **model) {
  return mnistcnn_pretrained_model(NULL, model);
}

#else

bool has_own_model(void) {
  return false;
}

mnistcnn_status load_own_model(mnistcnn_model **model) {
  *model = NULL;
  return MNISTCNN_NOT_FOUND;
}

#endif
