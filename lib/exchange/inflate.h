/* Deflated data of a known size: zlib's, in one step. */
#ifndef MCNN_EXCHANGE_INFLATE_H
#define MCNN_EXCHANGE_INFLATE_H

#include "base/alloc.h"

/* No deflated data is longer inflated than this many times its size, and a few bytes. */
#define MCNN_MAX_INFLATE_RATIO 1032u

enum mcnn_inflate_form { MCNN_INFLATE_ZLIB, MCNN_INFLATE_RAW };

/* Inflates `size` bytes, all of them, to exactly `expected` bytes at `to`. NULL where that went
 * well and *status is MNISTCNN_OK, or where memory is missing (*status says so); else what is wrong
 * with the data, for a message. */
const char *mcnn_inflate(const unsigned char *data, size_t size, enum mcnn_inflate_form form,
                         unsigned char *to, size_t expected, const mcnn_alloc *alloc,
                         mnistcnn_status *status);

/* zlib's CRC-32. */
uint32_t mcnn_crc32(const unsigned char *data, size_t size);

#endif
