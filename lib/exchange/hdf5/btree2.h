/* B-trees of version 2: of links, attributes and chunks in the new form. */
#ifndef MCNN_EXCHANGE_HDF5_BTREE2_H
#define MCNN_EXCHANGE_HDF5_BTREE2_H

#include "exchange/hdf5/file.h"

enum mcnn_h5_btree2_type {
  MCNN_H5_RECORDS_HUGE = 1,
  MCNN_H5_RECORDS_LINKS = 5,
  MCNN_H5_RECORDS_ATTRIBUTES = 8,
  MCNN_H5_RECORDS_CHUNKS = 10,
  MCNN_H5_RECORDS_FILTERED_CHUNKS = 11
};

typedef mnistcnn_status (*mcnn_h5_btree2_fn)(void *context, mcnn_h5_cursor record);

/* Calls `visit` with every record, of which none is shorter than record_bytes. */
mnistcnn_status mcnn_h5_walk_btree2(const mcnn_h5_place *place, uint64_t address,
                                    enum mcnn_h5_btree2_type type, unsigned record_bytes,
                                    mcnn_h5_btree2_fn visit, void *context);

#endif
