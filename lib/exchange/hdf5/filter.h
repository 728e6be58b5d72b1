/* The filters through which chunks went when they were stored. */
#ifndef MCNN_EXCHANGE_HDF5_FILTER_H
#define MCNN_EXCHANGE_HDF5_FILTER_H

#include "exchange/hdf5/file.h"

enum { MCNN_H5_MAX_FILTERS = 8 };

typedef struct mcnn_h5_filters {
  uint32_t count;
  struct {
    unsigned id;
    size_t element_bytes;      /* of shuffle */
  } list[MCNN_H5_MAX_FILTERS]; /* in the order of writing */
  int has_deflate;
} mcnn_h5_filters;

mnistcnn_status mcnn_h5_read_filters(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                     mcnn_h5_filters *filters);

/* Room for what mcnn_h5_unfilter() needs for chunks of this size. */
size_t mcnn_h5_unfilter_bytes(size_t chunk_bytes);

/* Undoes the filters of a chunk, but those whose bit is set in `mask`. *chunk are chunk_bytes
 * bytes, either the stored ones or within one of the two `buffers`, each of
 * mcnn_h5_unfilter_bytes(). */
mnistcnn_status mcnn_h5_unfilter(const mcnn_h5_place *place, const mcnn_h5_filters *filters,
                                 uint32_t mask, mcnn_h5_cursor stored, size_t chunk_bytes,
                                 unsigned char *const buffers[2], const unsigned char **chunk);

#endif
