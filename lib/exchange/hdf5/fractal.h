/* Fractal heaps: where links and attributes of the new form lie when there are many of them. */
#ifndef MCNN_EXCHANGE_HDF5_FRACTAL_H
#define MCNN_EXCHANGE_HDF5_FRACTAL_H

#include "exchange/hdf5/file.h"

/* Calls `visit` with the bytes of each object, in no order that means something. `address` is the
 * heap's, `records` the address of the B-tree that indexes it by name, in whose records of
 * record_bytes the object's place stands at id_at. */
typedef mnistcnn_status (*mcnn_h5_object_fn)(void *context, mcnn_h5_cursor object);
typedef struct mcnn_h5_index {
  uint64_t heap, records;
  unsigned type; /* enum mcnn_h5_btree2_type */
  unsigned record_bytes, id_at;
} mcnn_h5_index;
mnistcnn_status mcnn_h5_walk_heap(const mcnn_h5_place *place, const mcnn_h5_index *index,
                                  mcnn_h5_object_fn visit, void *context);

#endif
