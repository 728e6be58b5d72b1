#include "exchange/keras/context.h"

mnistcnn_status mcnn_keras_sum(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                               mcnn_tensor *tensor) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 1; i < layer->num_inputs && status == MNISTCNN_OK; i++)
    status = mcnn_build_sum(context->builder, tensor, &context->outputs[layer->inputs[i]]);
  return status;
}
