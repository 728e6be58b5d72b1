/* Where in the object of a file the weights are. */
#ifndef MCNN_EXCHANGE_TORCH_STATE_DICT_H
#define MCNN_EXCHANGE_TORCH_STATE_DICT_H

#include "base/strings.h"
#include "exchange/torch/file.h"

/* What was found: either a dictionary of tensors or a whole module. */
typedef struct mcnn_torch_found {
  const mcnn_pickle_value *dict, *module;
} mcnn_torch_found;

/* Finds the one dictionary of tensors, or module, also inside of others. Remarks go to *notes. */
mnistcnn_status mcnn_torch_find_weights(const mcnn_torch_file *file, mcnn_strings *notes,
                                        mcnn_torch_found *found);

/* The tensors of a dictionary. What counts batches is left out, and a prefix that all names have.
 */
mnistcnn_status mcnn_torch_read_dict(mcnn_torch_file *file, const mcnn_pickle_value *dict,
                                     mcnn_torch_list *list);

/* Appends one tensor as prefix + name; nothing where it counts batches. */
mnistcnn_status mcnn_torch_add_tensor(mcnn_torch_file *file, const char *prefix,
                                      const mcnn_pickle_value *name, const mcnn_pickle_value *value,
                                      mcnn_torch_list *list);

/* 1 for the name of what counts the batches of a batch normalisation. */
int mcnn_torch_is_counter(const char *name, size_t length);

/* Cuts off the names of wrappers, such as "module.", where all tensors have them. */
void mcnn_torch_strip_prefixes(mcnn_torch_list *list);

#endif
