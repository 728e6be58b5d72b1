/* Bytes in memory, plain or compressed with gzip, read as one stream. */
#ifndef MCNN_DATA_GZIP_H
#define MCNN_DATA_GZIP_H

#include "base/alloc.h"

typedef struct mcnn_gzip mcnn_gzip;

/* 1 where the bytes begin as a gzip member does. */
int mcnn_is_gzip(const unsigned char *data, size_t size_bytes);

/* `data` must outlive the reader. `label` (a path) opens each message. */
mnistcnn_status mcnn_gzip_open(const unsigned char *data, size_t size_bytes, const char *label,
                               const mcnn_alloc *alloc, mcnn_gzip **out);

/* Exactly `count` more bytes; where there are fewer, MNISTCNN_FORMAT. */
mnistcnn_status mcnn_gzip_read(mcnn_gzip *gzip, unsigned char *bytes, size_t count);

/* MNISTCNN_FORMAT unless everything has been read, checksums included. */
mnistcnn_status mcnn_gzip_expect_end(mcnn_gzip *gzip);

void mcnn_gzip_close(mcnn_gzip *gzip);

#endif
