/* Object headers: the list of messages that make a group or a dataset. */
#ifndef MCNN_EXCHANGE_HDF5_HEADER_H
#define MCNN_EXCHANGE_HDF5_HEADER_H

#include "exchange/hdf5/file.h"

enum mcnn_h5_message_type {
  MCNN_H5_DATASPACE = 0x01,
  MCNN_H5_LINK_INFO = 0x02,
  MCNN_H5_DATATYPE = 0x03,
  MCNN_H5_LINK = 0x06,
  MCNN_H5_EXTERNAL_FILES = 0x07,
  MCNN_H5_LAYOUT = 0x08,
  MCNN_H5_FILTERS = 0x0B,
  MCNN_H5_ATTRIBUTE = 0x0C,
  MCNN_H5_CONTINUATION = 0x10,
  MCNN_H5_SYMBOL_TABLE = 0x11,
  MCNN_H5_ATTRIBUTE_INFO = 0x15,
  MCNN_H5_LAST_KNOWN = 0x17
};

typedef struct mcnn_h5_message {
  unsigned type;
  int is_shared; /* the bytes say where the message is */
  const unsigned char *data;
  size_t size;
} mcnn_h5_message;

typedef struct mcnn_h5_header {
  mcnn_h5_message *messages; /* in the file's order, without continuations and empty ones */
  size_t count;
} mcnn_h5_header;

/* The object header at `address`, of version 1 or 2, with all its continuation blocks. */
mnistcnn_status mcnn_h5_read_header(const mcnn_h5_place *place, uint64_t address,
                                    mcnn_h5_header *header);

/* The first message of a type; NULL where there is none. */
const mcnn_h5_message *mcnn_h5_message_of(const mcnn_h5_header *header, unsigned type);

/* The first message of a type, which must be there, once, and not elsewhere. */
mnistcnn_status mcnn_h5_the_message(const mcnn_h5_place *place, const mcnn_h5_header *header,
                                    unsigned type, const char *what, mcnn_h5_cursor *cursor);

#endif
