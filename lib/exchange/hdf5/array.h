/* The arrays that index chunks in files of the newest form: of fixed length, and extensible. */
#ifndef MCNN_EXCHANGE_HDF5_ARRAY_H
#define MCNN_EXCHANGE_HDF5_ARRAY_H

#include "exchange/hdf5/file.h"

/* An array that is open, and the block of it that was checked last. */
typedef struct mcnn_h5_array {
  const mcnn_h5_place *place;
  uint64_t address;
  int is_extensible;
  unsigned client; /* 1: of filtered chunks */
  unsigned element_bytes, page_bits;
  uint64_t count;                                                  /* of a fixed array */
  unsigned index_bits, index_elements, min_elements, min_pointers; /* of an extensible array */
  uint64_t block; /* the data block, or the index block */
  uint64_t checked_address;
  const unsigned char *checked;
} mcnn_h5_array;

mnistcnn_status mcnn_h5_open_array(const mcnn_h5_place *place, uint64_t address, int is_extensible,
                                   mcnn_h5_array *array);

/* Element `i`. Nothing is left of *element where it has never been stored. */
mnistcnn_status mcnn_h5_array_element(mcnn_h5_array *array, uint64_t i, mcnn_h5_cursor *element);

#endif
