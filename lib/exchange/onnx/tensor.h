/* The constants of ONNX: numbers in any of the ways that files have them. */
#ifndef MCNN_EXCHANGE_ONNX_TENSOR_H
#define MCNN_EXCHANGE_ONNX_TENSOR_H

#include "exchange/graph/array.h"
#include "exchange/onnx/graph.h"

/* Weights that lie in a second file, beside the model's. */
typedef struct mcnn_onnx_external {
  const char *model_path; /* NULL: the model has none, so that there can be no second file */
  char name[128];         /* of the file that `data` holds; "": none */
  unsigned char *data;
  size_t size_bytes;
} mcnn_onnx_external;

void mcnn_onnx_external_free(mcnn_onnx_external *external, const mcnn_alloc *alloc);

/* message: a TensorProto. Whole numbers of any size become integers; booleans 0 and 1. */
mnistcnn_status mcnn_onnx_tensor_read(mcnn_builder *builder, mcnn_onnx_external *external,
                                      const mcnn_span *message, mcnn_array *array);

#endif
