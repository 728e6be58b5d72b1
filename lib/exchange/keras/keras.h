/* Keras files to models. */
#ifndef MCNN_EXCHANGE_KERAS_KERAS_H
#define MCNN_EXCHANGE_KERAS_KERAS_H

#include "exchange/request.h"

mnistcnn_status mcnn_import_hdf5(const void *data, size_t size_bytes,
                                 const mcnn_import_request *request, mnistcnn_model **model);
mnistcnn_status mcnn_import_keras_zip(const void *data, size_t size_bytes,
                                      const mcnn_import_request *request, mnistcnn_model **model);

#endif
