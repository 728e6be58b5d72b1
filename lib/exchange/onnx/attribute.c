#include "exchange/onnx/attribute.h"

#include "exchange/protobuf/wire.h"

enum { NODE_ATTRIBUTE = 5 };
enum attribute_field {
  ATTRIBUTE_NAME = 1,
  ATTRIBUTE_FLOAT = 2,
  ATTRIBUTE_INT = 3,
  ATTRIBUTE_STRING = 4,
  ATTRIBUTE_TENSOR = 5,
  ATTRIBUTE_FLOATS = 7,
  ATTRIBUTE_INTS = 8
};

static void read_field(const mcnn_pb_field *field, mcnn_onnx_attribute *a, mcnn_span *name) {
  switch (field->number) {
  case ATTRIBUTE_NAME:
    *name = field->bytes;
    break;
  case ATTRIBUTE_FLOAT:
    a->number = (double)mcnn_pb_float(field->value);
    a->has_number = field->wire == MCNN_PB_FIXED32;
    break;
  case ATTRIBUTE_INT:
    a->integer = (int64_t)field->value;
    a->has_integer = field->wire == MCNN_PB_VARINT;
    break;
  case ATTRIBUTE_STRING:
    a->text = field->bytes;
    break;
  case ATTRIBUTE_TENSOR:
    a->tensor = field->bytes;
    break;
  default:
    break;
  }
}

static int is_named(const mcnn_span *message, const char *name, mcnn_onnx_attribute *a) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  mcnn_span found = {NULL, 0};
  *a = (mcnn_onnx_attribute){.message = *message};
  while (mcnn_pb_next(&pb, &field))
    read_field(&field, a, &found);
  return found.data && mcnn_span_is(&found, name);
}

int mcnn_onnx_find(const mcnn_onnx_node *node, const char *name, mcnn_onnx_attribute *attribute) {
  mcnn_pb pb = mcnn_pb_message(&node->message);
  mcnn_pb_field field;
  while (mcnn_pb_next(&pb, &field))
    if (field.number == NODE_ATTRIBUTE && field.wire == MCNN_PB_BYTES &&
        is_named(&field.bytes, name, attribute))
      return 1;
  return 0;
}

int64_t mcnn_onnx_integer(const mcnn_onnx_node *node, const char *name, int64_t otherwise) {
  mcnn_onnx_attribute a;
  return mcnn_onnx_find(node, name, &a) && a.has_integer ? a.integer : otherwise;
}

double mcnn_onnx_number(const mcnn_onnx_node *node, const char *name, double otherwise) {
  mcnn_onnx_attribute a;
  return mcnn_onnx_find(node, name, &a) && a.has_number ? a.number : otherwise;
}

int mcnn_onnx_text_is(const mcnn_onnx_node *node, const char *name, const char *text) {
  mcnn_onnx_attribute a;
  return mcnn_onnx_find(node, name, &a) && a.text.data && mcnn_span_is(&a.text, text);
}

/* Elements of the list `number`, as they are stored. */
static int read_list(const mcnn_onnx_attribute *a, uint32_t number, enum mcnn_pb_wire wire,
                     uint64_t *list, size_t capacity, size_t *count) {
  mcnn_pb pb = mcnn_pb_message(&a->message);
  mcnn_pb_field field;
  uint64_t value;
  while (mcnn_pb_next(&pb, &field)) {
    if (field.number != number)
      continue;
    mcnn_pb_list elements = mcnn_pb_elements(&field, wire);
    while (mcnn_pb_next_element(&elements, &value)) {
      if (*count == capacity)
        return 0;
      list[(*count)++] = value;
    }
    if (elements.rest.is_malformed)
      return 0;
  }
  return !pb.is_malformed;
}

enum { MAX_LIST = 64 };

static int find_list(const mcnn_onnx_node *node, const char *name, uint32_t number,
                     enum mcnn_pb_wire wire, uint64_t list[MAX_LIST], size_t capacity,
                     size_t *count) {
  mcnn_onnx_attribute a;
  *count = 0;
  return !mcnn_onnx_find(node, name, &a) ||
         read_list(&a, number, wire, list, capacity < MAX_LIST ? capacity : MAX_LIST, count);
}

int mcnn_onnx_integers(const mcnn_onnx_node *node, const char *name, int64_t *list, size_t capacity,
                       size_t *count) {
  uint64_t values[MAX_LIST];
  if (!find_list(node, name, ATTRIBUTE_INTS, MCNN_PB_VARINT, values, capacity, count))
    return 0;
  for (size_t i = 0; i < *count; i++)
    list[i] = (int64_t)values[i];
  return 1;
}

int mcnn_onnx_numbers(const mcnn_onnx_node *node, const char *name, double *list, size_t capacity,
                      size_t *count) {
  uint64_t values[MAX_LIST];
  if (!find_list(node, name, ATTRIBUTE_FLOATS, MCNN_PB_FIXED32, values, capacity, count))
    return 0;
  for (size_t i = 0; i < *count; i++)
    list[i] = (double)mcnn_pb_float(values[i]);
  return 1;
}
