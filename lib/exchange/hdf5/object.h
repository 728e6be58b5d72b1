/* Groups and datasets, read when they are asked for and remembered: a tree of what has been seen.
 */
#ifndef MCNN_EXCHANGE_HDF5_OBJECT_H
#define MCNN_EXCHANGE_HDF5_OBJECT_H

#include "exchange/hdf5/attribute.h"
#include "exchange/hdf5/dataset.h"
#include "exchange/hdf5/header.h"
#include "exchange/hdf5/link.h"

/* A value and where its bytes are. */
typedef struct mcnn_h5_stored {
  mcnn_h5_value value; /* the first member: the one is found from the other */
  mcnn_h5_place place;
  const mcnn_h5_type *type;
  const mcnn_h5_storage *storage; /* of a dataset; NULL for an attribute, */
  const unsigned char *data;      /* whose bytes are here */
} mcnn_h5_stored;

struct mcnn_h5_object {
  mcnn_h5_place place;
  unsigned depth; /* 0 for the root */
  mcnn_h5_header header;
  int has_links, has_attributes; /* whether they have been read */
  mcnn_h5_links links;
  mcnn_h5_attributes attributes;
  mcnn_h5_stored **values; /* of the attributes; NULL until they are asked for */
  mcnn_h5_stored *dataset; /* the same */
};

/* The object whose header is at `address`. `path` must live as long as the file. */
mnistcnn_status mcnn_h5_read_object(mcnn_h5 *file, const char *path, unsigned depth,
                                    uint64_t address, mcnn_h5_object **object);

#endif
