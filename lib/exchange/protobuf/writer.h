/* Writes the wire format of protocol buffers into memory. A failed allocation is remembered until
 * the end. */
#ifndef MCNN_EXCHANGE_PROTOBUF_WRITER_H
#define MCNN_EXCHANGE_PROTOBUF_WRITER_H

#include "base/stream.h"

typedef struct mcnn_pb_writer {
  mcnn_alloc alloc;
  mcnn_bytes bytes;
  int failed;
} mcnn_pb_writer;

void mcnn_pb_write_int(mcnn_pb_writer *writer, uint32_t field, uint64_t value);
void mcnn_pb_write_float(mcnn_pb_writer *writer, uint32_t field, float value);
void mcnn_pb_write_text(mcnn_pb_writer *writer, uint32_t field, const char *text);
/* Packed. */
void mcnn_pb_write_ints(mcnn_pb_writer *writer, uint32_t field, const int64_t *values,
                        size_t count);
/* As bytes of a field, little endian. */
void mcnn_pb_write_raw_floats(mcnn_pb_writer *writer, uint32_t field, const float *values,
                              size_t count);

/* What is written between the two is a message in the field. open: where it begins. */
size_t mcnn_pb_open(mcnn_pb_writer *writer, uint32_t field);
void mcnn_pb_close(mcnn_pb_writer *writer, size_t open);

mnistcnn_status mcnn_pb_written(const mcnn_pb_writer *writer);

#endif
