/* Models to Keras files. */
#ifndef MCNN_EXCHANGE_KERAS_EXPORT_H
#define MCNN_EXCHANGE_KERAS_EXPORT_H

#include "exchange/export_request.h"

mnistcnn_status mcnn_keras_export(const mcnn_export_request *request, mcnn_export_result *result);

#endif
