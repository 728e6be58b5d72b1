/* Keras files to models. */
#ifndef MCNN_EXCHANGE_KERAS_KERAS_H
#define MCNN_EXCHANGE_KERAS_KERAS_H

#include "base/alloc.h"
#include "exchange/encoding.h"

/* What to make of a file. */
typedef struct mcnn_import_request {
  const char *label; /* starts each message */
  mcnn_alloc alloc;
  const mcnn_encoding *encoding; /* NULL: what the file implies */
  const char *architecture;
  uint32_t height, width;
  int32_t prepare;
  mnistcnn_log_callback log;
  void *user;
  const mnistcnn_allocator *allocator; /* of the model */
} mcnn_import_request;

mnistcnn_status mcnn_import_hdf5(const void *data, size_t size_bytes,
                                 const mcnn_import_request *request, mnistcnn_model **model);
mnistcnn_status mcnn_import_keras_zip(const void *data, size_t size_bytes,
                                      const mcnn_import_request *request, mnistcnn_model **model);

#endif
