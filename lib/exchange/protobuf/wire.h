/* Reads the wire format of protocol buffers. The bytes are not trusted: nothing is allocated,
 * nothing recurses, and a length never reaches beyond the message that it is part of. */
#ifndef MCNN_EXCHANGE_PROTOBUF_WIRE_H
#define MCNN_EXCHANGE_PROTOBUF_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/io.h"

/* Groups, which have been out of use for long, are refused. */
enum mcnn_pb_wire {
  MCNN_PB_VARINT = 0,
  MCNN_PB_FIXED64 = 1,
  MCNN_PB_BYTES = 2,
  MCNN_PB_FIXED32 = 5
};

/* What is left of a message. */
typedef struct mcnn_pb {
  const unsigned char *at, *end;
  int is_malformed;
} mcnn_pb;

typedef struct mcnn_pb_field {
  uint32_t number;
  enum mcnn_pb_wire wire;
  uint64_t value;  /* of a varint or of a fixed one */
  mcnn_span bytes; /* of MCNN_PB_BYTES */
} mcnn_pb_field;

mcnn_pb mcnn_pb_message(const mcnn_span *bytes);

/* The next field; 0 at the end, and where the message is malformed, which pb->is_malformed says. */
int mcnn_pb_next(mcnn_pb *pb, mcnn_pb_field *field);

/* The elements of a repeated number, of which a field holds one or, packed, many. */
typedef struct mcnn_pb_list {
  mcnn_pb rest;
  mcnn_pb_field field;
  enum mcnn_pb_wire wire;
  int is_single;
} mcnn_pb_list;

/* wire: that of an element. */
mcnn_pb_list mcnn_pb_elements(const mcnn_pb_field *field, enum mcnn_pb_wire wire);
/* 0 at the end, and where the list is malformed, which list->rest.is_malformed says. */
int mcnn_pb_next_element(mcnn_pb_list *list, uint64_t *value);

float mcnn_pb_float(uint64_t value);
double mcnn_pb_double(uint64_t value);

#endif
