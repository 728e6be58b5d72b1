/* What a reader of another framework's files is asked for. */
#ifndef MCNN_EXCHANGE_REQUEST_H
#define MCNN_EXCHANGE_REQUEST_H

#include "base/alloc.h"
#include "exchange/encoding.h"

/* What to make of a file. */
typedef struct mcnn_import_request {
  const char *label; /* starts each message */
  const char *path;  /* of the file, beside which weights may lie; NULL: it is in memory */
  mcnn_alloc alloc;
  const mcnn_encoding *encoding; /* NULL: what the file implies */
  const char *architecture;
  uint32_t height, width;
  int32_t prepare;
  mnistcnn_log_callback log;
  void *user;
  const mnistcnn_allocator *allocator; /* of the model */
} mcnn_import_request;

#endif
