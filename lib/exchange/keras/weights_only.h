/* Files that have weights only: the network is given, or is the default one. */
#ifndef MCNN_EXCHANGE_KERAS_WEIGHTS_ONLY_H
#define MCNN_EXCHANGE_KERAS_WEIGHTS_ONLY_H

#include "exchange/keras/keras.h"
#include "exchange/keras/weights.h"

mnistcnn_status mcnn_keras_import_weights(mcnn_keras_weights *weights,
                                          const mcnn_import_request *request, int flips_kernels,
                                          mnistcnn_model **model);

#endif
