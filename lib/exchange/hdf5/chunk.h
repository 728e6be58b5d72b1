/* The chunks of a dataset: which there are, and where. */
#ifndef MCNN_EXCHANGE_HDF5_CHUNK_H
#define MCNN_EXCHANGE_HDF5_CHUNK_H

#include "exchange/hdf5/layout.h"
#include "exchange/hdf5/type.h"

/* How the chunks tile the shape of the dataset; those at the ends may reach beyond it. */
typedef struct mcnn_h5_grid {
  uint32_t rank;
  uint64_t tiles[MCNN_H5_MAX_RANK]; /* chunks along each dimension */
  size_t count;                     /* chunks in all */
  size_t chunk_bytes;               /* of one, unfiltered */
} mcnn_h5_grid;

mnistcnn_status mcnn_h5_make_grid(const mcnn_h5_place *place, const mcnn_h5_layout *layout,
                                  const mcnn_h5_space *space, mcnn_h5_grid *grid);

typedef struct mcnn_h5_chunk {
  uint64_t position[MCNN_H5_MAX_RANK]; /* in the grid */
  uint64_t address, bytes;             /* as stored */
  uint32_t mask;                       /* of filters that were left out */
} mcnn_h5_chunk;

typedef mnistcnn_status (*mcnn_h5_chunk_fn)(void *context, const mcnn_h5_chunk *chunk);

/* Calls `visit` once for each chunk of the grid; one that is missing is an error. */
mnistcnn_status mcnn_h5_walk_chunks(const mcnn_h5_place *place, const mcnn_h5_layout *layout,
                                    const mcnn_h5_space *space, const mcnn_h5_grid *grid,
                                    int is_filtered, mcnn_h5_chunk_fn visit, void *context);

#endif
