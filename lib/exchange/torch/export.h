/* Models to PyTorch: a state_dict as safetensors, and beside it the module in Python. */
#ifndef MCNN_EXCHANGE_TORCH_EXPORT_H
#define MCNN_EXCHANGE_TORCH_EXPORT_H

#include "exchange/export_request.h"

mnistcnn_status mcnn_torch_export(const mcnn_export_request *request, mcnn_export_result *result);

#endif
