/* The attributes of an object, in header messages or, where there are many, in a fractal heap. */
#ifndef MCNN_EXCHANGE_HDF5_ATTRIBUTE_H
#define MCNN_EXCHANGE_HDF5_ATTRIBUTE_H

#include "exchange/hdf5/header.h"
#include "exchange/hdf5/type.h"

typedef struct mcnn_h5_raw_attribute {
  char *name;
  int is_shared; /* its type or its dataspace is elsewhere */
  mcnn_h5_cursor type, space, data;
} mcnn_h5_raw_attribute;

typedef struct mcnn_h5_attributes {
  mcnn_h5_raw_attribute *list; /* sorted by name, no two with the same */
  size_t count, capacity;
} mcnn_h5_attributes;

mnistcnn_status mcnn_h5_read_attributes(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                        mcnn_h5_attributes *attributes);

#endif
