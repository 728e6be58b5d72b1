/* Writes ZIP archives into memory: entries stored, not compressed, without a date, so that the same
 * content makes the same bytes. */
#ifndef MCNN_EXCHANGE_ZIP_ZIP_WRITE_H
#define MCNN_EXCHANGE_ZIP_ZIP_WRITE_H

#include "base/stream.h"

typedef struct mcnn_zip_member {
  const char *name; /* UTF-8 */
  mcnn_span content;
} mcnn_zip_member;

/* The whole archive, which the caller frees with mcnn_free. Beyond 4 GB MNISTCNN_LIMIT. */
mnistcnn_status mcnn_zip_write(const mcnn_zip_member *members, size_t count,
                               const mcnn_alloc *alloc, mcnn_bytes *bytes);

#endif
