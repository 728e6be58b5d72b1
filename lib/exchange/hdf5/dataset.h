/* The bytes of a dataset's elements. */
#ifndef MCNN_EXCHANGE_HDF5_DATASET_H
#define MCNN_EXCHANGE_HDF5_DATASET_H

#include "exchange/hdf5/filter.h"
#include "exchange/hdf5/header.h"
#include "exchange/hdf5/layout.h"
#include "exchange/hdf5/type.h"

typedef struct mcnn_h5_storage {
  mcnn_h5_type type;
  mcnn_h5_space space;
  mcnn_h5_layout layout;
  mcnn_h5_filters filters;
  size_t bytes; /* of all elements */
} mcnn_h5_storage;

/* What the header says of a dataset. Fails where the file cannot hold as much. */
mnistcnn_status mcnn_h5_read_storage(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                     mcnn_h5_storage *storage);

/* All elements as they are stored, in C order: storage->bytes at *data. *owned is what the caller
 * frees, with the file's allocator; NULL where *data are bytes of the file. */
mnistcnn_status mcnn_h5_read_data(const mcnn_h5_place *place, const mcnn_h5_storage *storage,
                                  const unsigned char **data, unsigned char **owned);

#endif
