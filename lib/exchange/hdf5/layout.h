/* How the elements of a dataset are laid out in the file. */
#ifndef MCNN_EXCHANGE_HDF5_LAYOUT_H
#define MCNN_EXCHANGE_HDF5_LAYOUT_H

#include "exchange/hdf5/file.h"

enum mcnn_h5_layout_kind { MCNN_H5_COMPACT = 0, MCNN_H5_CONTIGUOUS = 1, MCNN_H5_CHUNKED = 2 };

/* How the chunks are found; numbers from 1 on are those of the file. */
enum mcnn_h5_chunk_index {
  MCNN_H5_INDEX_BTREE1 = 0,
  MCNN_H5_INDEX_SINGLE = 1,
  MCNN_H5_INDEX_IMPLICIT = 2,
  MCNN_H5_INDEX_FIXED_ARRAY = 3,
  MCNN_H5_INDEX_EXTENSIBLE_ARRAY = 4,
  MCNN_H5_INDEX_BTREE2 = 5
};

typedef struct mcnn_h5_layout {
  enum mcnn_h5_layout_kind kind;
  uint64_t address;       /* of the data, or of the index of the chunks; UINT64_MAX: none yet */
  mcnn_h5_cursor compact; /* the data themselves */
  enum mcnn_h5_chunk_index index;
  uint32_t rank; /* of the chunks: that of the dataset */
  uint64_t chunk[MCNN_H5_MAX_RANK];
  uint64_t element_bytes; /* as the chunks have it */
  uint64_t single_bytes;  /* of a single chunk that is filtered; else 0 */
  uint32_t single_mask;
} mcnn_h5_layout;

/* Of a dataset of this rank. */
mnistcnn_status mcnn_h5_read_layout(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                    uint32_t rank, mcnn_h5_layout *layout);

#endif
