/* An nn.Module in Python that computes what a network does. */
#ifndef MCNN_EXCHANGE_TORCH_PYTHON_OUT_H
#define MCNN_EXCHANGE_TORCH_PYTHON_OUT_H

#include "exchange/json/writer.h"
#include "exchange/network/network.h"

/* stem: the name of the files, for the comment; may be NULL. */
mnistcnn_status mcnn_torch_write_module(mcnn_json_writer *writer, const mcnn_network *network,
                                        const char *stem, int unit);

#endif
