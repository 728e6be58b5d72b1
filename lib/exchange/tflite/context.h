/* What the operations of LiteRT are translated with. */
#ifndef MCNN_EXCHANGE_TFLITE_CONTEXT_H
#define MCNN_EXCHANGE_TFLITE_CONTEXT_H

#include "exchange/flatbuffer/table.h"
#include "exchange/graph/flow.h"

enum { MCNN_TFLITE_MAX_INPUTS = 16, MCNN_TFLITE_MAX_RANK = 8 };
#define MCNN_TFLITE_NONE UINT32_MAX

typedef struct mcnn_tflite_split mcnn_tflite_split;
typedef struct mcnn_tflite_operator mcnn_tflite_operator;
typedef struct mcnn_tflite_context mcnn_tflite_context;

typedef mnistcnn_status (*mcnn_tflite_fn)(mcnn_tflite_context *context,
                                          const mcnn_tflite_operator *op);

struct mcnn_tflite_operator {
  mcnn_fb_table options;
  mcnn_tflite_fn fn; /* what translates it */
  uint32_t number;
  int32_t code;     /* BuiltinOperator */
  mcnn_span custom; /* its name, where it is none of the schema's */
  int is_foreign;   /* its inputs and outputs were not read */
  uint32_t inputs[MCNN_TFLITE_MAX_INPUTS], num_inputs;
  uint32_t output;
  uint32_t before_activation; /* a value of its own, for what an activation within follows */
};

struct mcnn_tflite_context {
  const char *label; /* starts each message */
  mcnn_builder *builder;
  mcnn_flow flow; /* its values are the tensors, and one more for each operator */
  mcnn_fb fb;
  mcnn_fb_vector tensors, buffers, codes, operators;
  mcnn_tflite_split **splits; /* of each value that is cut into parts, else NULL */
  int has_small_weights;      /* of 8 bits */
  int has_small_operations;   /* that compute in 8 bits */
  int64_t batch;              /* that the file fixes */
};

/* "LABEL: is not a valid LiteRT file: ..." */
mnistcnn_status mcnn_tflite_fail_file(const mcnn_tflite_context *context, const char *reason);
/* What a reader of the buffer has come across meanwhile. */
mnistcnn_status mcnn_tflite_check(const mcnn_tflite_context *context);

mnistcnn_status mcnn_tflite_read_operator(mcnn_tflite_context *context, uint32_t number,
                                          mcnn_tflite_operator *op);

/* Its name, as the schema has it; a number as text where it is not known here. */
void mcnn_tflite_name(const mcnn_tflite_operator *op, char *name, size_t capacity);
/* NULL where this library has no such operation. */
mcnn_tflite_fn mcnn_tflite_operation(int32_t code);

enum mcnn_tflite_type {
  MCNN_TFLITE_FLOAT32 = 0,
  MCNN_TFLITE_FLOAT16 = 1,
  MCNN_TFLITE_INT32 = 2,
  MCNN_TFLITE_UINT8 = 3,
  MCNN_TFLITE_INT64 = 4,
  MCNN_TFLITE_BOOL = 6,
  MCNN_TFLITE_INT16 = 7,
  MCNN_TFLITE_INT8 = 9
};

mcnn_fb_table mcnn_tflite_tensor(mcnn_tflite_context *context, uint32_t id);
enum mcnn_tflite_type mcnn_tflite_type_of(mcnn_tflite_context *context, uint32_t id);
/* Dimensions, the batch included; more than MCNN_TFLITE_MAX_RANK fail. */
mnistcnn_status mcnn_tflite_dims(mcnn_tflite_context *context, uint32_t id, int64_t *dims,
                                 uint32_t *rank);

/* Quantisation of a whole tensor: number = (stored - zero) scale. 0 where it has none. */
int mcnn_tflite_quantisation(mcnn_tflite_context *context, uint32_t id, double *scale,
                             int64_t *zero);

/* Makes value `id` an array if the file has numbers for it; weights of 8 bits become floats. */
mnistcnn_status mcnn_tflite_read(mcnn_tflite_context *context, uint32_t id);

/* Input `index`, which must be a constant; optional: NULL where it is left out. */
mnistcnn_status mcnn_tflite_array(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                  uint32_t index, int optional, const mcnn_array **array);

/* The same as a list of integers. */
mnistcnn_status mcnn_tflite_integers(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                     uint32_t index, int64_t list[MCNN_TFLITE_MAX_RANK],
                                     uint32_t *count);

/* The activation within an operation, between before_activation and the output. */
mnistcnn_status mcnn_tflite_activation(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                       int64_t activation);

#endif
