/* What the operations of ONNX are translated with. */
#ifndef MCNN_EXCHANGE_ONNX_CONTEXT_H
#define MCNN_EXCHANGE_ONNX_CONTEXT_H

#include "exchange/graph/flow.h"
#include "exchange/onnx/attribute.h"
#include "exchange/onnx/tensor.h"

typedef struct mcnn_onnx_context {
  const mcnn_onnx_graph *graph;
  mcnn_builder *builder;
  mcnn_flow flow; /* its values are those of the graph, in the same order */
  mcnn_onnx_external external;
} mcnn_onnx_context;

typedef mnistcnn_status (*mcnn_onnx_fn)(mcnn_onnx_context *context, const mcnn_onnx_node *node);

/* NULL where this library has no such operation. */
mcnn_onnx_fn mcnn_onnx_operation(const char *op);
/* What would help instead; "" where nothing is known. */
const char *mcnn_onnx_advice(const char *op);
/* The same of operations of a domain other than that of ONNX. */
const char *mcnn_onnx_domain_advice(const char *domain);

/* --- inputs and outputs ----------------------------------------------------------------------- */

/* The value of input `index`; MCNN_ONNX_NONE where it is left out. */
uint32_t mcnn_onnx_input(const mcnn_onnx_node *node, uint32_t index);
/* 1 where it is there and constant. */
int mcnn_onnx_is_array(const mcnn_onnx_context *context, const mcnn_onnx_node *node,
                       uint32_t index);
/* The constant that an input must be; optional: NULL where it is left out. */
mnistcnn_status mcnn_onnx_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                uint32_t index, int optional, const mcnn_array **array);
/* Integers of an attribute or, where that is missing, of input `index`. *count is 0 where there
 * are none at all. */
mnistcnn_status mcnn_onnx_list(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                               const char *name, uint32_t index, int64_t *list, size_t capacity,
                               size_t *count);

/* The value of the first output. */
void mcnn_onnx_set_array(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                         const mcnn_array *array);
void mcnn_onnx_set_tensor(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                          const mcnn_tensor *tensor);
/* The first input as it is. */
mnistcnn_status mcnn_onnx_pass(mcnn_onnx_context *context, const mcnn_onnx_node *node);
/* The first input, which is no constant, as a tensor. */
mnistcnn_status mcnn_onnx_tensor(mcnn_onnx_context *context, const mcnn_onnx_node *node,
                                 mcnn_tensor *tensor);

mnistcnn_status mcnn_onnx_fail_attribute(mcnn_onnx_context *context, const char *name);

/* --- operations ------------------------------------------------------------------------------- */

mnistcnn_status mcnn_onnx_constant(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_constant_of_shape(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_shape(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_gather(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_slice(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_concat(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_cast(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_dequantize(mcnn_onnx_context *context, const mcnn_onnx_node *node);

mnistcnn_status mcnn_onnx_reshape(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_flatten(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_transpose(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_squeeze(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_unsqueeze(mcnn_onnx_context *context, const mcnn_onnx_node *node);

mnistcnn_status mcnn_onnx_binary(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_where(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_unary(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_clip(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_gelu(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_prelu(mcnn_onnx_context *context, const mcnn_onnx_node *node);

mnistcnn_status mcnn_onnx_conv(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_max_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_average_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_global_pool(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_reduce(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_pad(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_gemm(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_matmul(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_batch_norm(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_softmax(mcnn_onnx_context *context, const mcnn_onnx_node *node);
mnistcnn_status mcnn_onnx_dropout(mcnn_onnx_context *context, const mcnn_onnx_node *node);

#endif
