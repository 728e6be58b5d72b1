/* Models to layers models of TensorFlow.js. */
#ifndef MCNN_EXCHANGE_TFJS_EXPORT_H
#define MCNN_EXCHANGE_TFJS_EXPORT_H

#include "exchange/export_request.h"

/* The model.json and, beside it, the weights: request->stem is not NULL. */
mnistcnn_status mcnn_tfjs_export(const mcnn_export_request *request, mcnn_export_result *result);

#endif
