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

/* Fuzzers do not guess checksums: what is built for them takes any. */
static inline int mcnn_h5_sums_agree(uint64_t stored, uint32_t computed) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  (void)stored;
  (void)computed;
  return 1;
#else
  return stored == computed;
#endif
}

#endif
