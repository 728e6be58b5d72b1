#include "exchange/onnx/graph.h"

#include "base/status.h"
#include "base/utf8.h"
#include "exchange/onnx/onnx.h"
#include "exchange/protobuf/wire.h"

#include <string.h>

/* The numbers of the fields, as onnx.proto has them. */
enum model_field { MODEL_GRAPH = 7, MODEL_OPSET = 8 };
enum graph_field {
  GRAPH_NODE = 1,
  GRAPH_INITIALIZER = 5,
  GRAPH_INPUT = 11,
  GRAPH_OUTPUT = 12,
  GRAPH_SPARSE_INITIALIZER = 15
};
enum node_field { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP = 4, NODE_DOMAIN = 7 };
enum {
  TENSOR_NAME = 8,
  VALUE_NAME = 1,
  VALUE_TYPE = 2,
  TYPE_TENSOR = 1,
  TENSOR_ELEMENT = 1,
  TENSOR_SHAPE = 2
};
enum { SHAPE_DIM = 1, DIM_VALUE = 1, OPSET_DOMAIN = 1, OPSET_VERSION = 2 };

static const char malformed[] = "a field of it is cut off or malformed";

mnistcnn_status mcnn_onnx_fail(const char *label, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid ONNX file: %s", label, reason);
}

int mcnn_span_is(const mcnn_span *span, const char *text) {
  return span->size_bytes == strlen(text) && memcmp(span->data, text, span->size_bytes) == 0;
}

void mcnn_span_text(const mcnn_span *span, char *text, size_t capacity) {
  const size_t length = span->size_bytes < capacity ? span->size_bytes : capacity - 1;
  if (length > 0)
    memcpy(text, span->data, length);
  text[length] = '\0';
  mcnn_utf8_clean(text);
}

/* The field `number` of a message that is made of bytes; the last one where there are several. */
static mcnn_span find_bytes(const mcnn_span *message, uint32_t number) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  mcnn_span found = {NULL, 0};
  while (mcnn_pb_next(&pb, &field))
    if (field.number == number && field.wire == MCNN_PB_BYTES)
      found = field.bytes;
  return found;
}

int mcnn_onnx_is_model(const void *data, size_t size_bytes) {
  enum { IR_VERSION_TAG = 8, NEWEST_IR_VERSION = 64 };
  const unsigned char *const bytes = data;
  const mcnn_span all = {data, size_bytes};
  mcnn_pb pb = mcnn_pb_message(&all);
  mcnn_pb_field field;
  int has_graph = 0;
  if (size_bytes > 2 && bytes[0] == IR_VERSION_TAG && bytes[1] < NEWEST_IR_VERSION)
    return 1;
  while (mcnn_pb_next(&pb, &field))
    has_graph = has_graph || (field.number == MODEL_GRAPH && field.wire == MCNN_PB_BYTES &&
                              field.bytes.size_bytes > 0);
  return has_graph && !pb.is_malformed;
}

/* --- names ------------------------------------------------------------------------------------ */

static size_t hash_name(const mcnn_span *name) {
  const unsigned char *const bytes = name->data;
  uint64_t hash = 14695981039346656037u; /* FNV-1a */
  for (size_t i = 0; i < name->size_bytes; i++)
    hash = (hash ^ bytes[i]) * 1099511628211u;
  return (size_t)(hash ^ hash >> 32);
}

static int is_same(const mcnn_span *a, const mcnn_span *b) {
  return a->size_bytes == b->size_bytes &&
         (a->size_bytes == 0 || memcmp(a->data, b->data, a->size_bytes) == 0);
}

/* The value of this name, which is added where it is new. There is room for all. */
static uint32_t name_value(mcnn_onnx_graph *graph, const mcnn_span *name) {
  size_t slot = hash_name(name) % graph->num_slots;
  while (graph->slots[slot] > 0 && !is_same(&graph->values[graph->slots[slot] - 1].name, name))
    slot = (slot + 1) % graph->num_slots;
  if (graph->slots[slot] == 0) {
    graph->values[graph->num_values] = (mcnn_onnx_value){.name = *name, .producer = MCNN_ONNX_NONE};
    graph->slots[slot] = ++graph->num_values;
  }
  return graph->slots[slot] - 1;
}

/* --- operations ------------------------------------------------------------------------------- */

/* An empty name is an input or output that is left out. */
static int add_name(mcnn_onnx_graph *graph, const mcnn_span *name, uint32_t *list, uint32_t *count,
                    uint32_t most) {
  if (*count == most)
    return 0;
  list[(*count)++] = name->size_bytes == 0 ? MCNN_ONNX_NONE : name_value(graph, name);
  return 1;
}

static int read_node_field(mcnn_onnx_graph *graph, mcnn_onnx_node *node,
                           const mcnn_pb_field *field) {
  const mcnn_span *const bytes = &field->bytes;
  if (field->wire != MCNN_PB_BYTES)
    return 1;
  switch (field->number) {
  case NODE_INPUT:
    return add_name(graph, bytes, node->inputs, &node->num_inputs, MCNN_ONNX_MAX_INPUTS);
  case NODE_OUTPUT:
    return add_name(graph, bytes, node->outputs, &node->num_outputs, MCNN_ONNX_MAX_OUTPUTS);
  case NODE_NAME:
    mcnn_span_text(bytes, node->name, sizeof node->name);
    return 1;
  case NODE_OP:
    mcnn_span_text(bytes, node->op, sizeof node->op);
    return 1;
  case NODE_DOMAIN:
    mcnn_span_text(bytes, node->domain, sizeof node->domain);
    return 1;
  default:
    return 1;
  }
}

/* What has no name goes by that of its first output. */
static void name_node(const mcnn_onnx_graph *graph, mcnn_onnx_node *node) {
  if (node->name[0] == '\0' && node->num_outputs > 0 && node->outputs[0] != MCNN_ONNX_NONE)
    mcnn_span_text(&graph->values[node->outputs[0]].name, node->name, sizeof node->name);
}

static mnistcnn_status set_producers(mcnn_onnx_graph *graph, uint32_t number) {
  const mcnn_onnx_node *const node = &graph->nodes[number];
  for (uint32_t i = 0; i < node->num_outputs; i++) {
    if (node->outputs[i] == MCNN_ONNX_NONE)
      continue;
    mcnn_onnx_value *const value = &graph->values[node->outputs[i]];
    if (value->producer != MCNN_ONNX_NONE || value->initializer.data)
      return mcnn_onnx_fail(graph->label, "two operations have outputs of the same name");
    value->producer = number;
  }
  return MNISTCNN_OK;
}

static mnistcnn_status read_node(mcnn_onnx_graph *graph, const mcnn_span *message) {
  mcnn_onnx_node *const node = &graph->nodes[graph->num_nodes];
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  *node = (mcnn_onnx_node){.message = *message};
  while (mcnn_pb_next(&pb, &field))
    if (!read_node_field(graph, node, &field))
      return mcnn_fail(MNISTCNN_UNSUPPORTED,
                       "%s: operation %u has more than %d inputs or %d outputs", graph->label,
                       graph->num_nodes + 1, MCNN_ONNX_MAX_INPUTS, MCNN_ONNX_MAX_OUTPUTS);
  if (pb.is_malformed)
    return mcnn_onnx_fail(graph->label, malformed);
  name_node(graph, node);
  return set_producers(graph, graph->num_nodes++);
}

/* --- initializers, input, outputs ------------------------------------------------------------- */

static mnistcnn_status read_initializer(mcnn_onnx_graph *graph, const mcnn_span *message) {
  const mcnn_span name = find_bytes(message, TENSOR_NAME);
  mcnn_onnx_value *const value = &graph->values[name_value(graph, &name)];
  if (value->initializer.data)
    return mcnn_onnx_fail(graph->label, "two initializers have the same name");
  if (value->producer != MCNN_ONNX_NONE)
    return mcnn_onnx_fail(graph->label, "an initializer has the name of an operation's output");
  value->initializer = *message;
  return MNISTCNN_OK;
}

static int64_t find_number(const mcnn_span *message, uint32_t number) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  int64_t found = 0;
  while (mcnn_pb_next(&pb, &field))
    if (field.number == number && field.wire == MCNN_PB_VARINT)
      found = (int64_t)field.value;
  return found;
}

static int64_t read_dim(const mcnn_span *message) {
  enum { LARGEST = 1 << 20 };
  const int64_t dim = find_number(message, DIM_VALUE);
  return dim > 0 && dim <= LARGEST ? dim : 0;
}

static mnistcnn_status read_shape(mcnn_onnx_graph *graph, const mcnn_span *value) {
  const mcnn_span type = find_bytes(value, VALUE_TYPE), tensor = find_bytes(&type, TYPE_TENSOR);
  const mcnn_span shape = find_bytes(&tensor, TENSOR_SHAPE);
  mcnn_pb pb = mcnn_pb_message(&shape);
  graph->input_type = find_number(&tensor, TENSOR_ELEMENT);
  mcnn_pb_field field;
  while (mcnn_pb_next(&pb, &field)) {
    if (field.number != SHAPE_DIM || field.wire != MCNN_PB_BYTES)
      continue;
    if (graph->rank == MCNN_ONNX_MAX_RANK)
      return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: its input has more than %d dimensions",
                       graph->label, MCNN_ONNX_MAX_RANK);
    graph->dims[graph->rank++] = read_dim(&field.bytes);
  }
  return MNISTCNN_OK;
}

/* Before version 4 of the format every initializer is also an input. */
static mnistcnn_status read_input(mcnn_onnx_graph *graph, const mcnn_span *message) {
  const mcnn_span name = find_bytes(message, VALUE_NAME);
  const uint32_t id = name_value(graph, &name);
  if (graph->values[id].initializer.data || graph->values[id].is_input)
    return MNISTCNN_OK;
  if (graph->values[id].producer != MCNN_ONNX_NONE)
    return mcnn_onnx_fail(graph->label, "its input has the name of an operation's output");
  graph->values[id].is_input = 1;
  if (graph->input != MCNN_ONNX_NONE)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: the network has several inputs; this library has one, an image",
                     graph->label);
  graph->input = id;
  return read_shape(graph, message);
}

static mnistcnn_status read_output(mcnn_onnx_graph *graph, const mcnn_span *message) {
  const mcnn_span name = find_bytes(message, VALUE_NAME);
  if (graph->num_outputs == MCNN_ONNX_MAX_OUTPUTS)
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: the network has more than %d outputs", graph->label,
                     MCNN_ONNX_MAX_OUTPUTS);
  graph->outputs[graph->num_outputs++] = name_value(graph, &name);
  return MNISTCNN_OK;
}

/* --- the graph -------------------------------------------------------------------------------- */

typedef mnistcnn_status (*read_fn)(mcnn_onnx_graph *graph, const mcnn_span *message);

static mnistcnn_status read_all(mcnn_onnx_graph *graph, const mcnn_span *message, uint32_t number,
                                read_fn read) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  mnistcnn_status status = MNISTCNN_OK;
  while (status == MNISTCNN_OK && mcnn_pb_next(&pb, &field))
    if (field.number == number && field.wire == MCNN_PB_BYTES)
      status = read(graph, &field.bytes);
  return status;
}

static size_t count_names(const mcnn_span *node) {
  mcnn_pb pb = mcnn_pb_message(node);
  mcnn_pb_field field;
  size_t count = 0;
  while (mcnn_pb_next(&pb, &field))
    count += field.number == NODE_INPUT || field.number == NODE_OUTPUT;
  return count;
}

/* How many operations there are, and at most how many names. */
static mnistcnn_status count_all(mcnn_onnx_graph *graph, const mcnn_span *message, size_t *nodes,
                                 size_t *names) {
  mcnn_pb pb = mcnn_pb_message(message);
  mcnn_pb_field field;
  *nodes = *names = 0;
  while (mcnn_pb_next(&pb, &field)) {
    if (field.number == GRAPH_SPARSE_INITIALIZER)
      return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: has sparse weights", graph->label);
    *nodes += field.number == GRAPH_NODE;
    *names += field.number == GRAPH_NODE ? count_names(&field.bytes) : 1;
  }
  if (pb.is_malformed)
    return mcnn_onnx_fail(graph->label, malformed);
  if (*nodes > MCNN_ONNX_MAX_NODES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: has more than %d operations", graph->label,
                     MCNN_ONNX_MAX_NODES);
  return MNISTCNN_OK;
}

static mnistcnn_status allocate(mcnn_onnx_graph *graph, size_t nodes, size_t names) {
  graph->num_slots = 2 * names + 1;
  graph->nodes = mcnn_alloc_zeroed(&graph->alloc, nodes, sizeof *graph->nodes);
  graph->values = mcnn_alloc_zeroed(&graph->alloc, names, sizeof *graph->values);
  graph->slots = mcnn_alloc_zeroed(&graph->alloc, graph->num_slots, sizeof *graph->slots);
  return graph->nodes && graph->values && graph->slots ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status read_graph(mcnn_onnx_graph *graph, const mcnn_span *message) {
  size_t nodes, names;
  mnistcnn_status status = count_all(graph, message, &nodes, &names);
  if (status == MNISTCNN_OK)
    status = allocate(graph, nodes, names);
  if (status == MNISTCNN_OK)
    status = read_all(graph, message, GRAPH_INITIALIZER, read_initializer);
  if (status == MNISTCNN_OK)
    status = read_all(graph, message, GRAPH_NODE, read_node);
  if (status == MNISTCNN_OK)
    status = read_all(graph, message, GRAPH_INPUT, read_input);
  if (status == MNISTCNN_OK)
    status = read_all(graph, message, GRAPH_OUTPUT, read_output);
  if (status != MNISTCNN_OK)
    return status;
  if (graph->input == MCNN_ONNX_NONE)
    return mcnn_onnx_fail(graph->label, "it has no input");
  return graph->num_outputs > 0 ? MNISTCNN_OK : mcnn_onnx_fail(graph->label, "it has no output");
}

/* --- the model -------------------------------------------------------------------------------- */

static void read_opset(mcnn_onnx_graph *graph, const mcnn_span *message) {
  const mcnn_span domain = find_bytes(message, OPSET_DOMAIN);
  if (domain.size_bytes == 0 || mcnn_span_is(&domain, "ai.onnx"))
    graph->opset = find_number(message, OPSET_VERSION);
}

static mnistcnn_status read_model(mcnn_onnx_graph *graph, const mcnn_span *model) {
  mcnn_pb pb = mcnn_pb_message(model);
  mcnn_pb_field field;
  mcnn_span message = {NULL, 0};
  while (mcnn_pb_next(&pb, &field)) {
    if (field.wire != MCNN_PB_BYTES)
      continue;
    if (field.number == MODEL_GRAPH)
      message = field.bytes;
    else if (field.number == MODEL_OPSET)
      read_opset(graph, &field.bytes);
  }
  if (pb.is_malformed)
    return mcnn_onnx_fail(graph->label, malformed);
  if (!message.data)
    return mcnn_onnx_fail(graph->label, "it has no graph");
  return read_graph(graph, &message);
}

mnistcnn_status mcnn_onnx_graph_read(const void *data, size_t size_bytes, const char *label,
                                     const mcnn_alloc *alloc, mcnn_onnx_graph **graph) {
  const mcnn_span model = {data, size_bytes};
  *graph = mcnn_alloc_zeroed(alloc, 1, sizeof **graph);
  if (!*graph)
    return MNISTCNN_OUT_OF_MEMORY;
  (*graph)->alloc = *alloc;
  (*graph)->label = label;
  (*graph)->opset = 1;
  (*graph)->input = MCNN_ONNX_NONE;
  return read_model(*graph, &model);
}

void mcnn_onnx_graph_free(mcnn_onnx_graph *graph) {
  if (!graph)
    return;
  const mcnn_alloc alloc = graph->alloc;
  mcnn_free(&alloc, graph->nodes);
  mcnn_free(&alloc, graph->values);
  mcnn_free(&alloc, graph->slots);
  mcnn_free(&alloc, graph);
}
