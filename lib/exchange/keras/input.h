/* What a network reads: its size, and how its numbers were made. */
#ifndef MCNN_EXCHANGE_KERAS_INPUT_H
#define MCNN_EXCHANGE_KERAS_INPUT_H

#include "exchange/keras/context.h"
#include "exchange/keras/keras.h"

/* config: of the whole model. transposed: rows and columns of the framework's images are columns
 * and rows of ours. */
mnistcnn_status mcnn_keras_input(mcnn_keras_context *context, const mcnn_json_value *config,
                                 const mcnn_import_request *request, int transposed,
                                 mcnn_tensor *tensor);

/* "raw" or "unit", from the first layer that does arithmetic; NULL where it does not tell. */
const char *mcnn_keras_implied_encoding(mcnn_keras_context *context);

#endif
