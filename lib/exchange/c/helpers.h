/* The functions of an exported network, as C. */
#ifndef MCNN_EXCHANGE_C_HELPERS_H
#define MCNN_EXCHANGE_C_HELPERS_H

#include "exchange/json/writer.h"
#include "exchange/network/network.h"

/* `text` with the prefix of all names in the place of each @. */
void mcnn_c_write_template(mcnn_json_writer *writer, const char *prefix, const char *text);

/* Those that the network needs. is_int8: weights are 8 bits wide. */
void mcnn_c_write_helpers(mcnn_json_writer *writer, const char *prefix, const mcnn_network *network,
                          int is_int8);

/* The C expression of x after an activation; NULL for one that this does not know. */
const char *mcnn_c_activation(int32_t activation);

#endif
