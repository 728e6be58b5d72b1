/* The checksums in HDF5 files. */
#ifndef MCNN_EXCHANGE_HDF5_CHECKSUM_H
#define MCNN_EXCHANGE_HDF5_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Of structures: Bob Jenkins' lookup3, hashlittle() with an initial value of 0. */
uint32_t mcnn_h5_lookup3(const unsigned char *bytes, size_t size);

/* The same where the four bytes at `hole` count as zeros: the checksum's own place. */
uint32_t mcnn_h5_lookup3_around(const unsigned char *bytes, size_t size, size_t hole);

/* Of chunks: Fletcher's over big-endian 16-bit words, as libhdf5 computes it. */
uint32_t mcnn_h5_fletcher32(const unsigned char *bytes, size_t size);

#endif
