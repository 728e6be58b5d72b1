/* Reads ZIP archives from memory. The bytes are not trusted: refused is an archive whose local
 * headers say something else than its central directory, whose entries overlap or share a name, and
 * one that is encrypted or has several parts. Entries are stored or deflated; ZIP64 is read. */
#ifndef MCNN_EXCHANGE_ZIP_ZIP_H
#define MCNN_EXCHANGE_ZIP_ZIP_H

#include "base/alloc.h"
#include "base/io.h"

typedef struct mcnn_zip mcnn_zip;

/* 1 where the bytes begin as a ZIP archive does, also an empty one. */
int mcnn_zip_is_zip(const void *data, size_t size_bytes);

/* `data` must outlive *out, and `label` (a path), which starts each message, too. */
mnistcnn_status mcnn_zip_open(const void *data, size_t size_bytes, const char *label,
                              const mcnn_alloc *alloc, mcnn_zip **out);
void mcnn_zip_close(mcnn_zip *zip);

/* The entries, in the order of the central directory. The name of a folder ends in '/'. */
size_t mcnn_zip_num_entries(const mcnn_zip *zip);
const char *mcnn_zip_name(const mcnn_zip *zip, size_t index);
uint64_t mcnn_zip_size(const mcnn_zip *zip, size_t index); /* uncompressed */

/* The entry of exactly this name; mcnn_zip_num_entries() where there is none. */
size_t mcnn_zip_find(const mcnn_zip *zip, const char *name);

/* The content, with its size and CRC checked, in memory that belongs to the archive. More than
 * limit_bytes are MNISTCNN_LIMIT. Reading an entry again costs nothing; one thread at a time. */
mnistcnn_status mcnn_zip_read(mcnn_zip *zip, size_t index, size_t limit_bytes, mcnn_span *content);

#endif
