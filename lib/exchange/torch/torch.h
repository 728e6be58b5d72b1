/* Files of PyTorch to models. */
#ifndef MCNN_EXCHANGE_TORCH_TORCH_H
#define MCNN_EXCHANGE_TORCH_TORCH_H

#include "exchange/request.h"

/* 1 for a ZIP archive that torch.save() or torch.jit.save() wrote: it has a data.pkl. What is no
 * sound archive is none. */
mnistcnn_status mcnn_torch_is_archive(const void *data, size_t size_bytes, const char *label,
                                      const mcnn_alloc *alloc, int *is_archive);
/* 1 for safetensors that lack what model files of this library have. */
int mcnn_torch_is_safetensors(const void *data, size_t size_bytes);

mnistcnn_status mcnn_import_torch_zip(const void *data, size_t size_bytes,
                                      const mcnn_import_request *request, mnistcnn_model **model);
/* torch.save() before 1.6, and pickle.dump() of a state_dict. */
mnistcnn_status mcnn_import_torch_pickle(const void *data, size_t size_bytes,
                                         const mcnn_import_request *request,
                                         mnistcnn_model **model);
mnistcnn_status mcnn_import_torch_safetensors(const void *data, size_t size_bytes,
                                              const mcnn_import_request *request,
                                              mnistcnn_model **model);

#endif
