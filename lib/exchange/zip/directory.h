/* The directory of a ZIP archive: its entries, once local headers and central directory agree. */
#ifndef MCNN_EXCHANGE_ZIP_DIRECTORY_H
#define MCNN_EXCHANGE_ZIP_DIRECTORY_H

#include "base/alloc.h"

enum mcnn_zip_method { MCNN_ZIP_STORED = 0, MCNN_ZIP_DEFLATED = 8 };

/* Signatures of the parts of an archive. */
#define MCNN_ZIP_LOCAL   0x04034B50u
#define MCNN_ZIP_CENTRAL 0x02014B50u
#define MCNN_ZIP_END     0x06054B50u

enum { MCNN_ZIP_LOCAL_BYTES = 30, MCNN_ZIP_CENTRAL_BYTES = 46, MCNN_ZIP_END_BYTES = 22 };

typedef struct mcnn_zip_entry {
  char *name;
  unsigned flags, method;
  uint32_t crc;
  uint64_t stored_bytes, bytes; /* compressed, and not */
  uint64_t start, data, end;    /* of the local header, of what follows it, and of both */
  int is_checked;               /* its CRC is right */
  unsigned char *inflated;      /* once it has been asked for */
} mcnn_zip_entry;

typedef struct mcnn_zip_directory {
  mcnn_zip_entry *entries; /* in the order of the central directory */
  size_t count;
} mcnn_zip_directory;

/* Reads and checks it. What *directory holds is freed with mcnn_zip_free_directory(), also where
 * this fails. */
mnistcnn_status mcnn_zip_read_directory(const unsigned char *data, size_t size_bytes,
                                        const char *label, const mcnn_alloc *alloc,
                                        mcnn_zip_directory *directory);
void mcnn_zip_free_directory(mcnn_zip_directory *directory, const mcnn_alloc *alloc);

/* MNISTCNN_FORMAT: the archive is damaged. `name` is that of the entry, or NULL. */
mnistcnn_status mcnn_zip_damaged(const char *label, const char *name, const char *reason);

#endif
