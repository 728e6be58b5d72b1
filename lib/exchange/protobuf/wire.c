#include "exchange/protobuf/wire.h"

#include "exchange/floats.h"

enum { VARINT_BYTES = 10, VARINT_BITS = 7, MAX_FIELD = (1 << 29) - 1 };

mcnn_pb mcnn_pb_message(const mcnn_span *bytes) {
  const unsigned char *const data = bytes->data;
  return (mcnn_pb){data, data ? data + bytes->size_bytes : data, 0};
}

static int fail(mcnn_pb *pb) {
  pb->is_malformed = 1;
  pb->at = pb->end;
  return 0;
}

static int read_varint(mcnn_pb *pb, uint64_t *value) {
  *value = 0;
  for (unsigned i = 0; i < VARINT_BYTES && pb->at < pb->end; i++) {
    const unsigned char byte = *pb->at++;
    *value |= (uint64_t)(byte & 0x7f) << (VARINT_BITS * i);
    if (byte < 0x80)
      return i < VARINT_BYTES - 1 || byte <= 1 ? 1 : fail(pb);
  }
  return fail(pb);
}

/* Little-endian, whatever this machine is. */
static int read_fixed(mcnn_pb *pb, unsigned bytes, uint64_t *value) {
  *value = 0;
  if ((size_t)(pb->end - pb->at) < bytes)
    return fail(pb);
  for (unsigned i = 0; i < bytes; i++)
    *value |= (uint64_t)*pb->at++ << (8 * i);
  return 1;
}

static int read_bytes(mcnn_pb *pb, mcnn_span *bytes) {
  uint64_t length;
  if (!read_varint(pb, &length))
    return 0;
  if (length > (uint64_t)(pb->end - pb->at))
    return fail(pb);
  *bytes = (mcnn_span){pb->at, (size_t)length};
  pb->at += length;
  return 1;
}

static int read_value(mcnn_pb *pb, enum mcnn_pb_wire wire, mcnn_pb_field *field) {
  switch (wire) {
  case MCNN_PB_VARINT:
    return read_varint(pb, &field->value);
  case MCNN_PB_FIXED64:
    return read_fixed(pb, 8, &field->value);
  case MCNN_PB_FIXED32:
    return read_fixed(pb, 4, &field->value);
  case MCNN_PB_BYTES:
    return read_bytes(pb, &field->bytes);
  default:
    return fail(pb);
  }
}

int mcnn_pb_next(mcnn_pb *pb, mcnn_pb_field *field) {
  uint64_t tag;
  *field = (mcnn_pb_field){0};
  if (pb->at == pb->end || !read_varint(pb, &tag))
    return 0;
  if (tag >> 3 == 0 || tag >> 3 > MAX_FIELD)
    return fail(pb);
  field->number = (uint32_t)(tag >> 3);
  field->wire = (enum mcnn_pb_wire)(tag & 7);
  return read_value(pb, field->wire, field);
}

mcnn_pb_list mcnn_pb_elements(const mcnn_pb_field *field, enum mcnn_pb_wire wire) {
  mcnn_pb_list list = {.field = *field, .wire = wire, .is_single = field->wire == wire};
  if (field->wire == MCNN_PB_BYTES)
    list.rest = mcnn_pb_message(&field->bytes);
  else
    list.rest.is_malformed = !list.is_single;
  return list;
}

int mcnn_pb_next_element(mcnn_pb_list *list, uint64_t *value) {
  mcnn_pb_field element = {0};
  if (list->is_single) {
    *value = list->field.value;
    list->is_single = 0;
    return 1;
  }
  if (list->rest.at == list->rest.end || !read_value(&list->rest, list->wire, &element))
    return 0;
  *value = element.value;
  return 1;
}

float mcnn_pb_float(uint64_t value) {
  return mcnn_float_of_bits((uint32_t)value);
}

double mcnn_pb_double(uint64_t value) {
  return mcnn_double_of_bits(value);
}
