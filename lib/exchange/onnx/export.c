/* Images are [N, channels, rows, columns] in ONNX. Where a flattened image is for dense layers
 * alone, their kernels are rearranged for that; otherwise it is transposed before. */
#include "exchange/onnx/export.h"

#include "base/status.h"
#include "exchange/class_names.h"
#include "exchange/network/network.h"
#include "exchange/network/rearrange.h"
#include "exchange/protobuf/writer.h"
#include "mnistcnn.h"

#include <stdio.h>
#include <string.h>

enum { IR_VERSION = 4, OPSET = 9 };
enum { FLOAT = 1 }; /* of TensorProto.DataType */

/* The fields of onnx.proto that are written. */
enum model_field {
  IR = 1,
  PRODUCER = 2,
  PRODUCER_VERSION = 3,
  GRAPH = 7,
  OPSETS = 8,
  METADATA = 14
};
enum graph_field { NODE = 1, GRAPH_NAME = 2, INITIALIZER = 5, INPUT = 11, OUTPUT = 12 };
enum node_field { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, OP_TYPE = 4, ATTRIBUTE = 5 };
enum attribute_field { ATTRIBUTE_NAME = 1, F = 2, I = 3, INTS = 8, TYPE = 20 };
enum attribute_type { TYPE_FLOAT = 1, TYPE_INT = 2, TYPE_INTS = 7 };
enum tensor_field { DIMS = 1, DATA_TYPE = 2, TENSOR_NAME = 8, RAW_DATA = 9 };

typedef struct exporter {
  const mcnn_network *network;
  mcnn_pb_writer out;
  char last[MCNN_NETWORK_NAME + 16]; /* the value that was computed last */
  uint32_t num_values;
} exporter;

/* --- tensors ---------------------------------------------------------------------------------- */

static void write_tensor(exporter *e, const char *name, const float *values, const int64_t *shape,
                         size_t rank) {
  size_t count = 1;
  const size_t open = mcnn_pb_open(&e->out, INITIALIZER);
  for (size_t i = 0; i < rank; i++)
    count *= (size_t)shape[i];
  mcnn_pb_write_ints(&e->out, DIMS, shape, rank);
  mcnn_pb_write_int(&e->out, DATA_TYPE, FLOAT);
  mcnn_pb_write_text(&e->out, TENSOR_NAME, name);
  mcnn_pb_write_raw_floats(&e->out, RAW_DATA, values, count);
  mcnn_pb_close(&e->out, open);
}

enum { NAME = MCNN_NETWORK_NAME + 16 };

static const char *name_of(const mcnn_network_op *op, const char *what, char name[NAME]) {
  (void)snprintf(name, NAME, "%s.%s", op->name, what);
  return name;
}

/* A vector, for every channel of an image where it is one. */
static void write_vector(exporter *e, const mcnn_network_op *op, const char *what,
                         const float *values, uint32_t count, int along_channels) {
  const int64_t shape[] = {count, 1, 1};
  char name[NAME];
  write_tensor(e, name_of(op, what, name), values, shape, along_channels && !op->is_flat ? 3 : 1);
}

/* --- nodes ------------------------------------------------------------------------------------ */

/* Opens a node that reads the last value; further inputs and attributes are to be added, then
 * node_close(). */
static size_t node_open(exporter *e, const char *type) {
  const size_t open = mcnn_pb_open(&e->out, NODE);
  mcnn_pb_write_text(&e->out, OP_TYPE, type);
  mcnn_pb_write_text(&e->out, NODE_INPUT, e->last);
  return open;
}

static void node_close(exporter *e, size_t open, const char *output) {
  (void)snprintf(e->last, sizeof e->last, "%s", output);
  mcnn_pb_write_text(&e->out, NODE_OUTPUT, e->last);
  mcnn_pb_write_text(&e->out, NODE_NAME, e->last);
  mcnn_pb_close(&e->out, open);
}

static void node_input(exporter *e, const char *name) {
  mcnn_pb_write_text(&e->out, NODE_INPUT, name);
}

static void attribute_int(exporter *e, const char *name, int64_t value) {
  const size_t open = mcnn_pb_open(&e->out, ATTRIBUTE);
  mcnn_pb_write_text(&e->out, ATTRIBUTE_NAME, name);
  mcnn_pb_write_int(&e->out, I, (uint64_t)value);
  mcnn_pb_write_int(&e->out, TYPE, TYPE_INT);
  mcnn_pb_close(&e->out, open);
}

static void attribute_float(exporter *e, const char *name, float value) {
  const size_t open = mcnn_pb_open(&e->out, ATTRIBUTE);
  mcnn_pb_write_text(&e->out, ATTRIBUTE_NAME, name);
  mcnn_pb_write_float(&e->out, F, value);
  mcnn_pb_write_int(&e->out, TYPE, TYPE_FLOAT);
  mcnn_pb_close(&e->out, open);
}

static void attribute_ints(exporter *e, const char *name, const int64_t *values, size_t count) {
  const size_t open = mcnn_pb_open(&e->out, ATTRIBUTE);
  mcnn_pb_write_text(&e->out, ATTRIBUTE_NAME, name);
  mcnn_pb_write_ints(&e->out, INTS, values, count);
  mcnn_pb_write_int(&e->out, TYPE, TYPE_INTS);
  mcnn_pb_close(&e->out, open);
}

/* A value between those that have the name of an operation. */
static const char *inner(exporter *e, char name[NAME]) {
  (void)snprintf(name, NAME, "inner_%u", e->num_values++);
  return name;
}

static void add_simple(exporter *e, const char *type, const char *output) {
  node_close(e, node_open(e, type), output);
}

static void add_binary(exporter *e, const char *type, const char *other, const char *output) {
  const size_t open = node_open(e, type);
  node_input(e, other);
  node_close(e, open, output);
}

/* With a number for all. */
static void add_number(exporter *e, const char *type, float number, const char *output) {
  char name[NAME];
  const int64_t one = 1;
  (void)snprintf(name, sizeof name, "number_%u", e->num_values++);
  write_tensor(e, name, &number, &one, 1);
  add_binary(e, type, name, output);
}

/* --- layers ----------------------------------------------------------------------------------- */

/* x scale + offset, each with as many values as there are channels, or one. */
static void add_affine(exporter *e, const mcnn_network_op *op, const float *scale,
                       const float *offset, uint32_t count) {
  char name[NAME], between[NAME];
  int has_offset = 0;
  for (uint32_t c = 0; c < count; c++)
    has_offset = has_offset || offset[c] != 0;
  write_vector(e, op, "scale", scale, count, count > 1);
  add_binary(e, "Mul", name_of(op, "scale", name), has_offset ? inner(e, between) : op->name);
  if (!has_offset)
    return;
  write_vector(e, op, "offset", offset, count, count > 1);
  add_binary(e, "Add", name_of(op, "offset", name), op->name);
}

static void write_window(exporter *e, const mcnn_network_op *op) {
  const int64_t window[] = {op->window_height, op->window_width};
  const int64_t strides[] = {op->stride_height, op->stride_width};
  const int64_t pads[] = {op->pad_top, op->pad_left, op->pad_bottom, op->pad_right};
  attribute_ints(e, "kernel_shape", window, 2);
  attribute_ints(e, "strides", strides, 2);
  attribute_ints(e, "pads", pads, 4);
}

static mnistcnn_status add_conv(exporter *e, const mcnn_network_op *op) {
  const int64_t dilations[] = {op->dilation_height, op->dilation_width};
  int64_t shape[4];
  char name[NAME];
  float *const kernel = mcnn_conv_kernel_oihw(e->network, op, shape);
  if (!kernel)
    return MNISTCNN_OUT_OF_MEMORY;
  write_tensor(e, name_of(op, "weight", name), kernel, shape, 4);
  mcnn_free(&e->network->alloc, kernel);
  if (op->bias)
    write_vector(e, op, "bias", op->bias, op->channels, 0);
  const size_t open = node_open(e, "Conv");
  node_input(e, name);
  if (op->bias)
    node_input(e, name_of(op, "bias", name));
  write_window(e, op);
  attribute_ints(e, "dilations", dilations, 2);
  attribute_int(e, "group", op->is_depthwise ? mcnn_network_input(e->network, op)->channels : 1);
  node_close(e, open, op->name);
  return MNISTCNN_OK;
}

/* Gemm has to have a bias in this opset. */
static mnistcnn_status add_dense(exporter *e, const mcnn_network_op *op) {
  int64_t shape[2];
  char name[NAME];
  float *const kernel = mcnn_dense_kernel_oi(e->network, op, shape);
  float *const zeros = mcnn_alloc_zeroed(&e->network->alloc, op->channels, sizeof *zeros);
  if (kernel && zeros) {
    write_tensor(e, name_of(op, "weight", name), kernel, shape, 2);
    write_vector(e, op, "bias", op->bias ? op->bias : zeros, op->channels, 0);
    const size_t open = node_open(e, "Gemm");
    node_input(e, name);
    node_input(e, name_of(op, "bias", name));
    attribute_int(e, "transB", 1);
    node_close(e, open, op->name);
  }
  mcnn_free(&e->network->alloc, zeros);
  mcnn_free(&e->network->alloc, kernel);
  return kernel && zeros ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

/* As a product and a sum, which exist for vectors too and need no default gamma or beta. */
static mnistcnn_status add_norm(exporter *e, const mcnn_network_op *op) {
  float *const scale =
      mcnn_alloc_array(&e->network->alloc, 2 * (size_t)op->channels, sizeof *scale);
  if (!scale)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t c = 0; c < op->channels; c++)
    mcnn_batch_norm_affine(op, c, &scale[c], &scale[op->channels + c]);
  add_affine(e, op, scale, scale + op->channels, op->channels);
  mcnn_free(&e->network->alloc, scale);
  return MNISTCNN_OK;
}

static void add_pool(exporter *e, const mcnn_network_op *op) {
  const size_t open = node_open(e, op->kind == MCNN_OP_MAX_POOL ? "MaxPool" : "AveragePool");
  write_window(e, op);
  node_close(e, open, op->name);
}

static void add_flatten(exporter *e, const mcnn_network_op *op) {
  static const int64_t order[] = {0, 2, 3, 1};
  const mcnn_network_op *const input = mcnn_network_input(e->network, op);
  char name[NAME];
  if (input->channels > 1 && (input->height > 1 || input->width > 1) &&
      !mcnn_flattens_channels_first(e->network, op)) {
    const size_t open = node_open(e, "Transpose");
    attribute_ints(e, "perm", order, 4);
    node_close(e, open, inner(e, name));
  }
  add_simple(e, "Flatten", op->name);
}

static void add_global_pool(exporter *e, const mcnn_network_op *op) {
  char name[NAME];
  add_simple(e, op->kind == MCNN_OP_GLOBAL_MAX_POOL ? "GlobalMaxPool" : "GlobalAveragePool",
             inner(e, name));
  add_simple(e, "Flatten", op->name);
}

static void add_zero_pad(exporter *e, const mcnn_network_op *op) {
  const int64_t pads[] = {0, 0, op->pad_top, op->pad_left, 0, 0, op->pad_bottom, op->pad_right};
  const size_t open = node_open(e, "Pad");
  attribute_ints(e, "pads", pads, 8);
  node_close(e, open, op->name);
}

/* --- activations ------------------------------------------------------------------------------ */

static void add_with_alpha(exporter *e, const char *type, float alpha, const char *output) {
  const size_t open = node_open(e, type);
  attribute_float(e, "alpha", alpha);
  node_close(e, open, output);
}

/* min(max(0, x / 6 + 1 / 2), 1) */
static void add_hard_sigmoid(exporter *e, const char *output) {
  const size_t open = node_open(e, "HardSigmoid");
  attribute_float(e, "alpha", 1.0f / 6);
  attribute_float(e, "beta", 0.5f);
  node_close(e, open, output);
}

static void add_relu6(exporter *e, const char *output) {
  const size_t open = node_open(e, "Clip");
  attribute_float(e, "min", 0);
  attribute_float(e, "max", 6);
  node_close(e, open, output);
}

/* x (1 + erf(x / sqrt(2))) / 2 */
static void add_gelu(exporter *e, const char *x, const char *output) {
  char name[NAME];
  add_number(e, "Mul", 0.70710678f, inner(e, name));
  add_simple(e, "Erf", inner(e, name));
  add_number(e, "Add", 1, inner(e, name));
  add_binary(e, "Mul", x, inner(e, name));
  add_number(e, "Mul", 0.5f, output);
}

/* x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)) */
static void add_gelu_tanh(exporter *e, const char *x, const char *output) {
  char name[NAME];
  add_binary(e, "Mul", x, inner(e, name));
  add_number(e, "Mul", 0.07135481f, inner(e, name));
  add_number(e, "Add", 1.59576912f, inner(e, name));
  add_binary(e, "Mul", x, inner(e, name));
  add_simple(e, "Sigmoid", inner(e, name));
  add_binary(e, "Mul", x, output);
}

static const char *const functions[] = {[MNISTCNN_ACTIVATION_RELU] = "Relu",
                                        [MNISTCNN_ACTIVATION_SELU] = "Selu",
                                        [MNISTCNN_ACTIVATION_SIGMOID] = "Sigmoid",
                                        [MNISTCNN_ACTIVATION_TANH] = "Tanh",
                                        [MNISTCNN_ACTIVATION_SOFTPLUS] = "Softplus"};

static mnistcnn_status add_activation(exporter *e, const mcnn_network_op *op) {
  const char *const x = mcnn_network_input(e->network, op)->name;
  char name[NAME];
  switch (op->activation) {
  case MNISTCNN_ACTIVATION_RELU6:
    add_relu6(e, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_LEAKY_RELU:
    add_with_alpha(e, "LeakyRelu", op->parameter, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_ELU:
    add_with_alpha(e, "Elu", op->parameter, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_HARD_SIGMOID:
    add_hard_sigmoid(e, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_HARD_SWISH:
    add_hard_sigmoid(e, inner(e, name));
    add_binary(e, "Mul", x, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_SWISH:
    add_simple(e, "Sigmoid", inner(e, name));
    add_binary(e, "Mul", x, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_GELU:
    add_gelu(e, x, op->name);
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_GELU_TANH:
    add_gelu_tanh(e, x, op->name);
    return MNISTCNN_OK;
  default:
    break;
  }
  if ((size_t)op->activation >= sizeof functions / sizeof functions[0] ||
      !functions[op->activation])
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: its activation cannot be exported", op->name);
  add_simple(e, functions[op->activation], op->name);
  return MNISTCNN_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static mnistcnn_status add_op(exporter *e, const mcnn_network_op *op) {
  (void)snprintf(e->last, sizeof e->last, "%s", mcnn_network_input(e->network, op)->name);
  switch (op->kind) {
  case MCNN_OP_CONV:
    return add_conv(e, op);
  case MCNN_OP_DENSE:
    return add_dense(e, op);
  case MCNN_OP_BATCH_NORM:
    return add_norm(e, op);
  case MCNN_OP_ACTIVATION:
    return add_activation(e, op);
  case MCNN_OP_AFFINE:
    add_affine(e, op, op->scale, op->offset, op->num_scales);
    break;
  case MCNN_OP_MAX_POOL:
  case MCNN_OP_AVERAGE_POOL:
    add_pool(e, op);
    break;
  case MCNN_OP_GLOBAL_MAX_POOL:
  case MCNN_OP_GLOBAL_AVERAGE_POOL:
    add_global_pool(e, op);
    break;
  case MCNN_OP_ZERO_PAD:
    add_zero_pad(e, op);
    break;
  case MCNN_OP_FLATTEN:
    add_flatten(e, op);
    break;
  case MCNN_OP_ADD:
    add_binary(e, "Add", e->network->ops[op->inputs[1]].name, op->name);
    break;
  case MCNN_OP_SOFTMAX:
    add_simple(e, "Softmax", op->name);
    break;
  case MCNN_OP_INPUT:
    break;
  }
  return MNISTCNN_OK;
}

/* A float tensor with a free batch. */
static void write_value(exporter *e, uint32_t field, const char *name, const int64_t *shape,
                        size_t rank) {
  enum { VALUE_NAME = 1, VALUE_TYPE = 2, TENSOR = 1, ELEMENT = 1, SHAPE = 2, DIM = 1 };
  enum { DIM_VALUE = 1, DIM_NAME = 2 };
  const size_t value = mcnn_pb_open(&e->out, field);
  mcnn_pb_write_text(&e->out, VALUE_NAME, name);
  const size_t type = mcnn_pb_open(&e->out, VALUE_TYPE), tensor = mcnn_pb_open(&e->out, TENSOR);
  mcnn_pb_write_int(&e->out, ELEMENT, FLOAT);
  const size_t dims = mcnn_pb_open(&e->out, SHAPE);
  for (size_t i = 0; i <= rank; i++) {
    const size_t dim = mcnn_pb_open(&e->out, DIM);
    if (i == 0)
      mcnn_pb_write_text(&e->out, DIM_NAME, "N");
    else
      mcnn_pb_write_int(&e->out, DIM_VALUE, (uint64_t)shape[i - 1]);
    mcnn_pb_close(&e->out, dim);
  }
  mcnn_pb_close(&e->out, dims);
  mcnn_pb_close(&e->out, tensor);
  mcnn_pb_close(&e->out, type);
  mcnn_pb_close(&e->out, value);
}

static mnistcnn_status write_graph(exporter *e) {
  const mcnn_network *const n = e->network;
  const mcnn_network_op *const first = &n->ops[0], *const last = &n->ops[n->count - 1];
  const int64_t image[] = {first->channels, first->height, first->width};
  const int64_t classes = last->channels;
  mnistcnn_status status = MNISTCNN_OK;
  const size_t graph = mcnn_pb_open(&e->out, GRAPH);
  mcnn_pb_write_text(&e->out, GRAPH_NAME, "mnistcnn");
  for (uint32_t i = 1; i < n->count && status == MNISTCNN_OK; i++)
    status = add_op(e, &n->ops[i]);
  write_value(e, INPUT, first->name, image, 3);
  write_value(e, OUTPUT, last->name, &classes, 1);
  mcnn_pb_close(&e->out, graph);
  return status;
}

static void write_metadata(exporter *e, const char *key, const char *value) {
  enum { KEY = 1, VALUE = 2 };
  const size_t open = mcnn_pb_open(&e->out, METADATA);
  mcnn_pb_write_text(&e->out, KEY, key);
  mcnn_pb_write_text(&e->out, VALUE, value);
  mcnn_pb_close(&e->out, open);
}

static mnistcnn_status write_class_names(exporter *e) {
  mcnn_json_writer names = {.alloc = e->network->alloc};
  const mnistcnn_status status = mcnn_json_class_names(&names, e->network->model);
  if (status == MNISTCNN_OK)
    write_metadata(e, "class_names", names.text);
  mcnn_json_writer_free(&names);
  return status;
}

static mnistcnn_status write_model(exporter *e, int unit) {
  mcnn_pb_write_int(&e->out, IR, IR_VERSION);
  mcnn_pb_write_text(&e->out, PRODUCER, "libmnistcnn");
  mcnn_pb_write_text(&e->out, PRODUCER_VERSION, mnistcnn_version_string());
  const size_t opset = mcnn_pb_open(&e->out, OPSETS);
  mcnn_pb_write_text(&e->out, 1, "");
  mcnn_pb_write_int(&e->out, 2, OPSET);
  mcnn_pb_close(&e->out, opset);
  mnistcnn_status status = write_graph(e);
  write_metadata(e, "input", unit ? "0..1" : "0..255");
  if (status == MNISTCNN_OK)
    status = write_class_names(e);
  return status == MNISTCNN_OK ? mcnn_pb_written(&e->out) : status;
}

mnistcnn_status mcnn_onnx_export(const mcnn_export_request *request, mcnn_export_result *result) {
  mcnn_network *network = NULL;
  mnistcnn_status status =
      mcnn_network_create(request->model, request->unit, &request->alloc, &network);
  if (status != MNISTCNN_OK)
    return status;
  /* What everyone calls it. */
  (void)snprintf(network->ops[network->count - 1].name, MCNN_NETWORK_NAME, "probabilities");
  exporter e = {.network = network, .out = {.alloc = request->alloc}};
  status = write_model(&e, request->unit);
  mcnn_network_free(network);
  result->file = e.out.bytes; /* freed by the caller, whatever the status */
  return status;
}
