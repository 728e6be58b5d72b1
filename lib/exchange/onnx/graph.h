/* The graph of an ONNX model: its operations, and the names of the values between them. The file is
 * not trusted: everything is bounded by its size, and checked before it is used. */
#ifndef MCNN_EXCHANGE_ONNX_GRAPH_H
#define MCNN_EXCHANGE_ONNX_GRAPH_H

#include "base/alloc.h"
#include "base/io.h"

enum {
  MCNN_ONNX_MAX_NODES = 4096,
  MCNN_ONNX_MAX_INPUTS = 16, /* of an operation */
  MCNN_ONNX_MAX_OUTPUTS = 8,
  MCNN_ONNX_MAX_RANK = 8
};
/* No value: an optional input that is left out. */
#define MCNN_ONNX_NONE UINT32_MAX

typedef struct mcnn_onnx_node {
  mcnn_span message;                 /* for its attributes */
  char name[64], op[64], domain[64]; /* for messages cut to this length */
  uint32_t inputs[MCNN_ONNX_MAX_INPUTS], outputs[MCNN_ONNX_MAX_OUTPUTS];
  uint32_t num_inputs, num_outputs;
} mcnn_onnx_node;

typedef struct mcnn_onnx_value {
  mcnn_span name;
  mcnn_span initializer; /* a TensorProto; data NULL: none */
  uint32_t producer;     /* a node; MCNN_ONNX_NONE: none */
  int is_input;
} mcnn_onnx_value;

typedef struct mcnn_onnx_graph {
  mcnn_alloc alloc;
  const char *label;
  mcnn_onnx_node *nodes;
  mcnn_onnx_value *values;
  uint32_t num_nodes, num_values;
  uint32_t *slots; /* of a hash table of the names: 1 + value, or 0 */
  size_t num_slots;
  int64_t opset;
  uint32_t input;                   /* the one value that is no initializer */
  uint32_t rank;                    /* of the input, with the batch */
  int64_t dims[MCNN_ONNX_MAX_RANK]; /* 0: left open */
  uint32_t outputs[MCNN_ONNX_MAX_OUTPUTS];
  uint32_t num_outputs;
  int64_t input_type; /* of its elements, as TensorProto has them */
} mcnn_onnx_graph;

/* `data` and `label` must outlive the graph. */
mnistcnn_status mcnn_onnx_graph_read(const void *data, size_t size_bytes, const char *label,
                                     const mcnn_alloc *alloc, mcnn_onnx_graph **graph);
void mcnn_onnx_graph_free(mcnn_onnx_graph *graph);

/* "is not a valid ONNX file: REASON". */
mnistcnn_status mcnn_onnx_fail(const char *label, const char *reason);

int mcnn_span_is(const mcnn_span *span, const char *text);
/* As a string, cut to what fits. */
void mcnn_span_text(const mcnn_span *span, char *text, size_t capacity);

#endif
