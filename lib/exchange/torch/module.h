/* Whole modules that torch.save() wrote: an nn.Sequential has the order of its layers, and all that
 * they are. Nothing of them is run. */
#ifndef MCNN_EXCHANGE_TORCH_MODULE_H
#define MCNN_EXCHANGE_TORCH_MODULE_H

#include "exchange/torch/state_dict.h"
#include "exchange/torch/text.h"

/* The network and the tensors of a Sequential, or of a module that holds nothing else, with a
 * remark in that case. Other modules are MNISTCNN_UNSUPPORTED. */
mnistcnn_status mcnn_torch_read_module(mcnn_torch_file *file, const mcnn_pickle_value *module,
                                       mcnn_strings *notes, mcnn_torch_text *text,
                                       mcnn_torch_list *list);

#endif
