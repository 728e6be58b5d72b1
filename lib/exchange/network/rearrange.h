/* Kernels in the order in which other frameworks have them: outputs before inputs before the
 * window. */
#ifndef MCNN_EXCHANGE_NETWORK_REARRANGE_H
#define MCNN_EXCHANGE_NETWORK_REARRANGE_H

#include "exchange/network/network.h"

/* Of a convolution: [out][in][H][W], or depthwise [in multiplier][1][H][W]; `shape` becomes that.
 * The caller frees the values, which are NULL where there is no memory. */
float *mcnn_conv_kernel_oihw(const mcnn_network *network, const mcnn_network_op *op,
                             int64_t shape[4]);
/* 1: all that reads a flattened image are dense layers, whose kernels can be for channels, rows,
 * columns instead; then mcnn_dense_kernel_oi() makes them so. */
int mcnn_flattens_channels_first(const mcnn_network *network, const mcnn_network_op *flatten);

/* Of a dense layer: [out][in]. */
float *mcnn_dense_kernel_oi(const mcnn_network *network, const mcnn_network_op *op,
                            int64_t shape[2]);

#endif
