/* Models to ONNX files: opset 9 in version 4 of the format, as ONNX 1.4 has them.
 */
#ifndef MCNN_EXCHANGE_ONNX_EXPORT_H
#define MCNN_EXCHANGE_ONNX_EXPORT_H

#include "exchange/export_request.h"

mnistcnn_status mcnn_onnx_export(const mcnn_export_request *request, mcnn_export_result *result);

#endif
