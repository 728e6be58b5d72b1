/* B-trees of version 1: of groups in the old form, and of chunks. */
#ifndef MCNN_EXCHANGE_HDF5_BTREE1_H
#define MCNN_EXCHANGE_HDF5_BTREE1_H

#include "exchange/hdf5/file.h"

enum mcnn_h5_btree1_type { MCNN_H5_BTREE_GROUP = 0, MCNN_H5_BTREE_CHUNKS = 1 };

/* Called for what each entry of a leaf refers to, in the order of the keys; `key` is the one before
 * it. */
typedef mnistcnn_status (*mcnn_h5_btree1_fn)(void *context, mcnn_h5_cursor key, uint64_t child);

/* Called for all other keys on the way: is_end: behind the last entry of a leaf. */
typedef mnistcnn_status (*mcnn_h5_btree1_key_fn)(void *context, mcnn_h5_cursor key, int is_end);

/* check_key NULL: the keys are of no account. */
mnistcnn_status mcnn_h5_walk_btree1(const mcnn_h5_place *place, uint64_t address,
                                    enum mcnn_h5_btree1_type type, unsigned key_bytes,
                                    mcnn_h5_btree1_fn visit, mcnn_h5_btree1_key_fn check_key,
                                    void *context);

#endif
