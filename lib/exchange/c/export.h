/* Models to C headers: weights and a function that predicts, in C99 without dependencies. */
#ifndef MCNN_EXCHANGE_C_EXPORT_H
#define MCNN_EXCHANGE_C_EXPORT_H

#include "exchange/export_request.h"

mnistcnn_status mcnn_c_export(const mcnn_export_request *request, mcnn_export_result *result);

#endif
