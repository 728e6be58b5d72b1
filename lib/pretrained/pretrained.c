/* The shipped model as part of a program. */
#include "mnistcnn_pretrained.h"

#include "pretrained/embedded.h"

mnistcnn_status mnistcnn_pretrained_model(const mnistcnn_allocator *allocator,
                                          mnistcnn_model **model) {
  size_t size_bytes;
  const unsigned char *const bytes = mcnn_pretrained_bytes(&size_bytes);

  return mnistcnn_model_load_memory(bytes, size_bytes, allocator, model);
}
