/* Layers models of TensorFlow.js: a model.json with the configuration of Keras, and files beside it
 * with the weights. */
#ifndef MCNN_EXCHANGE_TFJS_TFJS_H
#define MCNN_EXCHANGE_TFJS_TFJS_H

#include "exchange/keras/keras.h"

/* 1 for a JSON text that has a list of weights as TensorFlow.js writes it. */
int mcnn_tfjs_is_model(const void *data, size_t size_bytes);

/* path: of the model.json, in whose folder the weights are; NULL where it is not a file. */
mnistcnn_status mcnn_import_tfjs(const void *data, size_t size_bytes, const char *path,
                                 const mcnn_import_request *request, mnistcnn_model **model);

#endif
