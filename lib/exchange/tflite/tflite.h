/* LiteRT (TensorFlow Lite) files to models. */
#ifndef MCNN_EXCHANGE_TFLITE_TFLITE_H
#define MCNN_EXCHANGE_TFLITE_TFLITE_H

#include "exchange/request.h"

int mcnn_tflite_is_model(const void *data, size_t size_bytes);

/* Weights of 8 bits become floats, and so do networks that compute in 8 bits: a note says so. */
mnistcnn_status mcnn_import_tflite(const void *data, size_t size_bytes,
                                   const mcnn_import_request *request, mnistcnn_model **model);

#endif
