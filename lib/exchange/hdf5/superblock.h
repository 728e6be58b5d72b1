/* The superblock: where the file begins, how wide its addresses are, where the root group is. */
#ifndef MCNN_EXCHANGE_HDF5_SUPERBLOCK_H
#define MCNN_EXCHANGE_HDF5_SUPERBLOCK_H

#include "exchange/hdf5/file.h"

/* Where the signature is; size_bytes where there is none. */
size_t mcnn_h5_find_signature(const unsigned char *data, size_t size_bytes);

/* Fills the members of *place->file that the superblock determines, from the signature's position
 * on, and the address of the root group's object header. */
mnistcnn_status mcnn_h5_read_superblock(const mcnn_h5_place *place, const unsigned char *data,
                                        size_t size_bytes, uint64_t *root);

#endif
