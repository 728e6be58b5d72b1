/* safetensors of a state_dict: other types than float32 too, and names with points. */
#ifndef MCNN_EXCHANGE_TORCH_SAFETENSORS_H
#define MCNN_EXCHANGE_TORCH_SAFETENSORS_H

#include "exchange/torch/tensor.h"

/* The tensors, sorted by name, without what counts batches. `data` must outlive them. */
mnistcnn_status mcnn_torch_read_safetensors(const unsigned char *data, size_t size_bytes,
                                            mcnn_torch_list *list);

#endif
