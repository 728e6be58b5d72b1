/* The links of a group, in the old form (B-tree and local heap) and the new one (link messages, or
 * a fractal heap of them). */
#ifndef MCNN_EXCHANGE_HDF5_LINK_H
#define MCNN_EXCHANGE_HDF5_LINK_H

#include "exchange/hdf5/header.h"

enum mcnn_h5_link_kind { MCNN_H5_HARD, MCNN_H5_SOFT, MCNN_H5_EXTERNAL, MCNN_H5_USER_DEFINED };

typedef struct mcnn_h5_link {
  char *name;
  enum mcnn_h5_link_kind kind;
  uint64_t address;      /* of the object's header, for hard links */
  mcnn_h5_object *child; /* NULL until it has been asked for */
} mcnn_h5_link;

typedef struct mcnn_h5_links {
  mcnn_h5_link *links; /* sorted by name, no two with the same */
  size_t count, capacity;
} mcnn_h5_links;

mnistcnn_status mcnn_h5_read_links(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                   mcnn_h5_links *links);

#endif
