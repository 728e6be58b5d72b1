#ifndef SERVER_WORKER_PAGE_H
#define SERVER_WORKER_PAGE_H

#include "worker/loaded.h"

typedef struct page_request {
  const uint8_t *file;
  size_t size;
  int32_t polarity;
  uint32_t form;
  float least_confidence;
} page_request;

/* Adds what the page shows. False, with status and message, where it cannot be read. */
mnistcnn_status page_answer(const loaded *l, const page_request *request, buffer *out,
                            const char **message);

#endif
