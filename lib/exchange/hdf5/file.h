/* The bytes of an HDF5 file and what guards them: every access goes through mcnn_h5_at(), which
 * checks the address and counts the work, so that no structure that points back to itself can keep
 * the reader busy or fill the memory. */
#ifndef MCNN_EXCHANGE_HDF5_FILE_H
#define MCNN_EXCHANGE_HDF5_FILE_H

#include "exchange/hdf5/hdf5.h"

/* Links and attributes have names of some ten bytes; groups are a few within one another. */
#define MCNN_H5_MAX_NAME_BYTES 1024u
#define MCNN_H5_MAX_DEPTH      32u

struct mcnn_h5 {
  mcnn_alloc alloc;
  const char *label;
  const unsigned char *data; /* from the superblock on, where addresses count from */
  size_t size;
  unsigned offset_bytes, length_bytes; /* of the addresses and sizes in this file: 2, 4 or 8 */
  size_t work;                         /* bytes of structures that may still be looked at */
  size_t memory;                       /* bytes that may still be remembered */
  int memory_spent;                    /* more was asked for */
  uint64_t inflated;                   /* bytes that may still come out of chunks */
  struct mcnn_h5_block *blocks;        /* what is remembered */
  mcnn_h5_object *root;
  /* Where the last string of variable length was found: the next one mostly follows it. */
  uint64_t collection;
  size_t collection_next;
};

/* What messages name. */
typedef struct mcnn_h5_place {
  mcnn_h5 *file;
  const char *path;      /* within the file */
  const char *attribute; /* NULL for the object itself */
} mcnn_h5_place;

/* "FILE: PATH: " and the rest; returns `status`. */
mnistcnn_status mcnn_h5_fail(const mcnn_h5_place *place, mnistcnn_status status, const char *format,
                             ...) __attribute__((format(printf, 3, 4)));
/* MNISTCNN_FORMAT: "FILE: PATH: is damaged: REASON". */
mnistcnn_status mcnn_h5_damaged(const mcnn_h5_place *place, const char *reason);
/* MNISTCNN_UNSUPPORTED: "FILE: PATH: WHAT is not supported; REMEDY". */
mnistcnn_status mcnn_h5_unsupported(const mcnn_h5_place *place, const char *what);

/* Zeroed memory that lives as long as the file; NULL with the message set. */
void *mcnn_h5_remember(const mcnn_h5_place *place, size_t count, size_t size);
/* What to return then: MNISTCNN_LIMIT where the file has asked for too much. */
mnistcnn_status mcnn_h5_no_memory(const mcnn_h5_place *place);
void mcnn_h5_forget_all(mcnn_h5 *file);
/* A copy of `length` bytes as a string: it must be a name, without NUL and '/'. NULL with *status.
 */
char *mcnn_h5_remember_name(const mcnn_h5_place *place, const void *bytes, size_t length,
                            mnistcnn_status *status);

/* --- reading bytes ---------------------------------------------------------------------------- */

/* Runs over bytes; once something did not fit, it gives zeros, and `overrun` says so. */
typedef struct mcnn_h5_cursor {
  const unsigned char *at, *end;
  int overrun;
} mcnn_h5_cursor;

mcnn_h5_cursor mcnn_h5_cursor_over(const void *bytes, size_t size);
size_t mcnn_h5_left(const mcnn_h5_cursor *cursor);
/* The next bytes; NULL where there are fewer. */
const unsigned char *mcnn_h5_take(mcnn_h5_cursor *cursor, uint64_t size);
/* The next 0 to 8 bytes as a little-endian number. */
uint64_t mcnn_h5_number(mcnn_h5_cursor *cursor, unsigned bytes);
/* 1 if the next four bytes are this signature. */
int mcnn_h5_signature(mcnn_h5_cursor *cursor, const char *signature);
/* The next address; UINT64_MAX where it is the undefined one. */
uint64_t mcnn_h5_address(const mcnn_h5 *file, mcnn_h5_cursor *cursor);
/* The next size. */
uint64_t mcnn_h5_length(const mcnn_h5 *file, mcnn_h5_cursor *cursor);

/* The `size` bytes at an address of the file. `what` they are is for the message. */
mnistcnn_status mcnn_h5_at(const mcnn_h5_place *place, uint64_t address, uint64_t size,
                           const char *what, mcnn_h5_cursor *cursor);
/* The same without counting the work: for data, which the caller has asked for. */
mnistcnn_status mcnn_h5_data_at(const mcnn_h5_place *place, uint64_t address, uint64_t size,
                                const char *what, const unsigned char **data);
/* Takes `bytes` from the work left. */
mnistcnn_status mcnn_h5_charge(const mcnn_h5_place *place, uint64_t bytes);

/* Bytes that hold every number up to `largest`. */
unsigned mcnn_h5_bytes_for(uint64_t largest);

#endif
