/* Weights as arrays of a C program. */
#ifndef MCNN_EXCHANGE_C_VALUES_H
#define MCNN_EXCHANGE_C_VALUES_H

#include "exchange/json/writer.h"
#include "exchange/network/network.h"

/* Exact, and without the locale's point: 0x1.8p+1f. */
void mcnn_c_write_float(mcnn_json_writer *writer, float value);

/* static const float PREFIX_OP_WHAT[] = {...}; */
void mcnn_c_write_floats(mcnn_json_writer *writer, const char *prefix, const char *op,
                         const char *what, const float *values, size_t count);

/* The kernel of 8 bits, outputs first, and what each output's are multiplied by: OP_kernel and
 * OP_scales. */
mnistcnn_status mcnn_c_write_int8_kernel(mcnn_json_writer *writer, const char *prefix,
                                         const mcnn_network *network, const mcnn_network_op *op);

#endif
