/* The heaps of the old form: names of links, and strings of variable length. */
#ifndef MCNN_EXCHANGE_HDF5_HEAP_H
#define MCNN_EXCHANGE_HDF5_HEAP_H

#include "exchange/hdf5/file.h"

/* The data of the local heap at `address`. */
mnistcnn_status mcnn_h5_local_heap(const mcnn_h5_place *place, uint64_t address,
                                   mcnn_h5_cursor *data);

/* Object `index` of the global heap collection at `address`. */
mnistcnn_status mcnn_h5_global_heap(const mcnn_h5_place *place, uint64_t address, uint64_t index,
                                    mcnn_h5_cursor *data);

#endif
