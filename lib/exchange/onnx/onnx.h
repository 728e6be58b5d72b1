/* ONNX files to models. */
#ifndef MCNN_EXCHANGE_ONNX_ONNX_H
#define MCNN_EXCHANGE_ONNX_ONNX_H

#include "exchange/request.h"

/* 1 where the bytes are a model of ONNX, at least up to its graph. */
int mcnn_onnx_is_model(const void *data, size_t size_bytes);

mnistcnn_status mcnn_import_onnx(const void *data, size_t size_bytes,
                                 const mcnn_import_request *request, mnistcnn_model **model);

#endif
