/* Datatypes and dataspaces: what the elements of a value are, and how many there are. */
#ifndef MCNN_EXCHANGE_HDF5_TYPE_H
#define MCNN_EXCHANGE_HDF5_TYPE_H

#include "exchange/hdf5/file.h"

enum mcnn_h5_padding { MCNN_H5_NUL_TERMINATED, MCNN_H5_NUL_PADDED, MCNN_H5_SPACE_PADDED };

/* IEEE 754 of 2, 4 and 8 bytes, and the upper half of the one of 4. */
enum mcnn_h5_float { MCNN_H5_IEEE, MCNN_H5_BFLOAT16 };

typedef struct mcnn_h5_type {
  enum mcnn_h5_class class;
  uint32_t stored_bytes; /* of an element in the file */
  int big_endian, is_signed;
  enum mcnn_h5_float format;
  int variable; /* a string of variable length */
  enum mcnn_h5_padding padding;
  int is_opaque;    /* bytes without a meaning */
  const char *name; /* of a type that cannot be read, for messages */
} mcnn_h5_type;

mnistcnn_status mcnn_h5_read_type(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                  mcnn_h5_type *type);

typedef struct mcnn_h5_space {
  uint32_t rank;
  int is_null;
  uint64_t shape[MCNN_H5_MAX_RANK], largest[MCNN_H5_MAX_RANK]; /* UINT64_MAX: no limit */
  size_t count;
} mcnn_h5_space;

mnistcnn_status mcnn_h5_read_space(const mcnn_h5_place *place, mcnn_h5_cursor cursor,
                                   mcnn_h5_space *space);

#endif
