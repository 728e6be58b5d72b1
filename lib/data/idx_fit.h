/* The images of an IDX file brought to the shape of a dataset, or prepared as digits. */
#ifndef MCNN_DATA_IDX_FIT_H
#define MCNN_DATA_IDX_FIT_H

#include "data/callbacks.h"
#include "data/dataset.h"

/* `values` are store->count images of shape `from`; count, shape and labels of the store are set.
 * Images that cannot be prepared are left out with their labels if the options say so.
 * MNISTCNN_FORMAT if none is left. */
mnistcnn_status mcnn_idx_fit(mcnn_store *store, const uint8_t *values, const mcnn_shape *from,
                             mcnn_callbacks *callbacks);

#endif
