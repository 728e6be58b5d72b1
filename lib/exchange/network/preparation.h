/* How a model makes its input of numbers. */
#ifndef MCNN_EXCHANGE_NETWORK_PREPARATION_H
#define MCNN_EXCHANGE_NETWORK_PREPARATION_H

#include "base/alloc.h"

/* x scale[c] + offset[c] of the byte x, or unit: of x / 255, for each of three channels. */
mnistcnn_status mcnn_input_affine(const mnistcnn_model *model, int unit, float scale[3],
                                  float offset[3]);

#endif
