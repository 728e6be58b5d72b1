/* What torch.save() wrote, opened: the pickle of the object, and the storages beside it. */
#ifndef MCNN_EXCHANGE_TORCH_FILE_H
#define MCNN_EXCHANGE_TORCH_FILE_H

#include "exchange/pickle/pickle.h"
#include "exchange/torch/tensor.h"
#include "exchange/zip/zip.h"

/* A storage of a file from before 1.6, by its key. */
typedef struct mcnn_torch_keyed {
  const char *key;
  size_t key_length;
  mcnn_torch_storage storage;
} mcnn_torch_keyed;

typedef struct mcnn_torch_file {
  const mcnn_alloc *alloc;
  const char *label;
  mcnn_pickle *pickle;
  mcnn_zip *zip;   /* NULL: a file from before 1.6, or a pickle without storages beside it */
  size_t data_pkl; /* the entry with the pickle, */
  size_t prefix;   /* and the length of the folder's name before its own, with the '/' */
  mcnn_torch_keyed *storages;
  size_t num_storages;
  uint64_t nested_bytes; /* of files inside of this one that have been read */
  uint64_t nested_limit; /* and how many may be */
} mcnn_torch_file;

/* What *file holds is freed with mcnn_torch_close(), also where these fail. `data` must outlive
 * it. */
mnistcnn_status mcnn_torch_open_zip(const void *data, size_t size_bytes, const char *label,
                                    const mcnn_alloc *alloc, mcnn_torch_file *file);
mnistcnn_status mcnn_torch_open_pickle(const void *data, size_t size_bytes, const char *label,
                                       const mcnn_alloc *alloc, mcnn_torch_file *file);
void mcnn_torch_close(mcnn_torch_file *file);

/* The entry with the pickle of the object, at any depth of folders; the number of entries where
 * there is none. *count: how many there are. */
size_t mcnn_torch_find_pickle(const mcnn_zip *zip, size_t *count);

/* The storage that a value of the pickle stands for. */
mnistcnn_status mcnn_torch_find_storage(mcnn_torch_file *file, const mcnn_pickle_value *value,
                                        mcnn_torch_storage *storage);

/* Refuses every name in the pickle that is none of PyTorch's and of no class of a module. */
mnistcnn_status mcnn_torch_check_names(const mcnn_torch_file *file);

/* --- tensors ---------------------------------------------------------------------------------- */

/* 1 for a tensor or parameter, also one that cannot be read. */
int mcnn_torch_is_tensor(const mcnn_pickle_value *value);
/* Everything but the name. */
mnistcnn_status mcnn_torch_rebuild(mcnn_torch_file *file, const mcnn_pickle_value *value,
                                   const char *name, size_t name_length, mcnn_torch_tensor *tensor);

#endif
