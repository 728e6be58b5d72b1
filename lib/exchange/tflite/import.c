#include "exchange/tflite/tflite.h"

#include "base/status.h"
#include "exchange/build/input.h"
#include "exchange/finish.h"
#include "exchange/tflite/operations.h"
#include "exchange/tflite/split.h"

#include <math.h>
#include <string.h>

enum model_field { MODEL_CODES = 1, MODEL_SUBGRAPHS = 2, MODEL_BUFFERS = 4 };
enum graph_field { GRAPH_TENSORS = 0, GRAPH_INPUTS = 1, GRAPH_OUTPUTS = 2, GRAPH_OPERATORS = 3 };
enum { MAX_OPERATORS = 4096 };

static const char identifier[] = "TFL3";

int mcnn_tflite_is_model(const void *data, size_t size_bytes) {
  const size_t at = 4, length = sizeof identifier - 1;
  return size_bytes >= at + length && memcmp((const char *)data + at, identifier, length) == 0;
}

typedef struct parts {
  const mcnn_import_request *request;
  mcnn_tflite_context context;
  uint32_t input, output;
} parts;

static void free_parts(parts *p) {
  mcnn_builder_free(p->context.builder);
  mcnn_free(&p->request->alloc, p->context.flow.values);
  mcnn_free(&p->request->alloc, p->context.splits);
}

/* --- the graph -------------------------------------------------------------------------------- */

static mnistcnn_status single(const parts *p, const mcnn_fb_vector *list, const char *what,
                              uint32_t *id) {
  if (list->count != 1)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: the network has %u %ss; this library has networks "
                     "with one",
                     p->request->label, list->count, what);
  const int32_t given = mcnn_fb_int32_at(list, 0);
  *id = (uint32_t)given;
  return given >= 0 && *id < p->context.tensors.count
             ? MNISTCNN_OK
             : mcnn_tflite_fail_file(&p->context, "its input or output is no tensor");
}

static mnistcnn_status open_graph(parts *p, const void *data, size_t size_bytes) {
  mcnn_tflite_context *const context = &p->context;
  context->label = p->request->label;
  context->fb = (mcnn_fb){data, size_bytes, 0};
  const mcnn_fb_table model = mcnn_fb_root(&context->fb);
  const mcnn_fb_vector graphs = mcnn_fb_list(&model, MODEL_SUBGRAPHS, 4);
  context->codes = mcnn_fb_list(&model, MODEL_CODES, 4);
  context->buffers = mcnn_fb_list(&model, MODEL_BUFFERS, 4);
  if (mcnn_tflite_check(&p->context) != MNISTCNN_OK)
    return mcnn_tflite_check(&p->context);
  if (graphs.count == 0)
    return mcnn_tflite_fail_file(&p->context, "it has no graph");
  const mcnn_fb_table graph = mcnn_fb_table_at(&graphs, 0);
  const mcnn_fb_vector inputs = mcnn_fb_list(&graph, GRAPH_INPUTS, 4);
  const mcnn_fb_vector outputs = mcnn_fb_list(&graph, GRAPH_OUTPUTS, 4);
  context->tensors = mcnn_fb_list(&graph, GRAPH_TENSORS, 4);
  p->context.operators = mcnn_fb_list(&graph, GRAPH_OPERATORS, 4);
  if (mcnn_tflite_check(&p->context) != MNISTCNN_OK)
    return mcnn_tflite_check(&p->context);
  if (p->context.operators.count > MAX_OPERATORS)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: has more than %d operations", p->request->label,
                     MAX_OPERATORS);
  const mnistcnn_status status = single(p, &inputs, "input", &p->input);
  return status == MNISTCNN_OK ? single(p, &outputs, "output", &p->output) : status;
}

static mnistcnn_status allocate(parts *p) {
  mcnn_flow *const flow = &p->context.flow;
  const mcnn_alloc *const alloc = &p->request->alloc;
  flow->num_values = p->context.tensors.count + p->context.operators.count;
  flow->values = mcnn_alloc_zeroed(alloc, (size_t)flow->num_values + 1, sizeof *flow->values);
  const mnistcnn_status status = mcnn_builder_create(alloc, p->request->label, &p->context.builder);
  flow->builder = p->context.builder;
  p->context.splits =
      mcnn_alloc_zeroed(alloc, (size_t)flow->num_values + 1, sizeof *p->context.splits);
  return flow->values && p->context.splits ? status : MNISTCNN_OUT_OF_MEMORY;
}

/* --- operators -------------------------------------------------------------------------------- */

static mnistcnn_status count_readers(parts *p) {
  mcnn_tflite_operator op;
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < p->context.operators.count && status == MNISTCNN_OK; i++) {
    status = mcnn_tflite_read_operator(&p->context, i, &op);
    for (uint32_t k = 0; k < op.num_inputs && status == MNISTCNN_OK; k++)
      if (op.inputs[k] != MCNN_TFLITE_NONE)
        p->context.flow.values[op.inputs[k]].readers++;
    if (status == MNISTCNN_OK)
      p->context.flow.values[op.before_activation].readers = 1;
  }
  p->context.flow.values[p->output].readers++;
  return status;
}

static mnistcnn_status read_constants(parts *p) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < p->context.tensors.count && status == MNISTCNN_OK; i++) {
    if (i == p->input || p->context.flow.values[i].readers == 0)
      continue;
    status = mcnn_tflite_read(&p->context, i);
    if (status == MNISTCNN_OK)
      status = mcnn_tflite_check(&p->context);
  }
  return status;
}

static mnistcnn_status translate(parts *p, uint32_t number) {
  mcnn_tflite_operator op;
  char name[64];
  mcnn_builder *const builder = p->context.builder;
  mnistcnn_status status = mcnn_tflite_read_operator(&p->context, number, &op);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_tflite_name(&op, name, sizeof name);
  mcnn_builder_set_place(builder, number + 1, name, "LiteRT");
  op.fn = mcnn_tflite_operation(op.code);
  if (!op.fn || op.is_foreign)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED, "an operation that cannot be imported");
  for (uint32_t i = 0; i < op.num_inputs; i++)
    if (op.inputs[i] != MCNN_TFLITE_NONE &&
        p->context.flow.values[op.inputs[i]].kind == MCNN_FLOW_NONE &&
        !(i == 1 && op.code == MCNN_TFLITE_RESHAPE))
      return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "reads what no operation before it makes");
  if (p->context.flow.values[op.output].kind != MCNN_FLOW_NONE)
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "its output is there already");
  status = mcnn_tflite_check_parts(&p->context, &op);
  if (status != MNISTCNN_OK)
    return status;
  const enum mcnn_tflite_type type = mcnn_tflite_type_of(&p->context, op.output);
  if (type == MCNN_TFLITE_INT8 || type == MCNN_TFLITE_UINT8 || type == MCNN_TFLITE_INT16)
    p->context.has_small_operations = 1;
  status = op.fn(&p->context, &op);
  return status == MNISTCNN_OK ? mcnn_tflite_check(&p->context) : status;
}

/* --- the input -------------------------------------------------------------------------------- */

static int is_channels(int64_t size) {
  return size == 1 || size == 3;
}

static mnistcnn_status read_input(parts *p) {
  int64_t dims[MCNN_TFLITE_MAX_RANK];
  uint32_t rank = 0;
  mcnn_flow_value *const value = &p->context.flow.values[p->input];
  mcnn_input_shape shape = {.height = p->request->height, .width = p->request->width};
  mnistcnn_status status = mcnn_tflite_dims(&p->context, p->input, dims, &rank);
  if (status != MNISTCNN_OK)
    return status;
  if (rank < 1 || rank > 4)
    return mcnn_builder_fail(p->context.builder, MNISTCNN_UNSUPPORTED,
                             "its input has not one to three dimensions besides the batch");
  p->context.batch = rank > 1 ? dims[0] : 0;
  for (uint32_t i = rank == 1 ? 0 : 1; i < rank; i++)
    shape.dims[shape.rank++] = dims[i] > 0 ? (uint32_t)dims[i] : 0;
  shape.channels_first = rank == 4 && is_channels(dims[1]) && !is_channels(dims[3]);
  value->kind = MCNN_FLOW_TENSOR;
  status =
      mcnn_build_input(p->context.builder, &shape,
                       p->request->encoding && p->request->encoding->transposed, &value->tensor);
  mcnn_builder_set_input(p->context.builder, &value->tensor);
  return status;
}

static int is_near(double a, double b) {
  return fabs(a - b) < 0.02 * (1 + fabs(b));
}

/* The numbers that an input of 8 bits stands for, if it has them: 0..255, 0..1, or -1..1. Else
 * what a small factor at the start says. */
static const char *implied_encoding(parts *p) {
  double scale = 0;
  int64_t zero = 0;
  const enum mcnn_tflite_type type = mcnn_tflite_type_of(&p->context, p->input);
  if ((type == MCNN_TFLITE_UINT8 || type == MCNN_TFLITE_INT8) &&
      mcnn_tflite_quantisation(&p->context, p->input, &scale, &zero)) {
    const int64_t lowest = type == MCNN_TFLITE_INT8 ? -128 : 0;
    const double first = (double)(lowest - zero) * scale, last = first + 255 * scale;
    if (is_near(first, 0) && is_near(last, 255))
      return "raw";
    if (is_near(first, 0) && is_near(last, 1))
      return "unit";
    if (is_near(first, -1) && is_near(last, 1))
      return "signed";
  }
  return type == MCNN_TFLITE_UINT8 ? "raw" : mcnn_encoding_of_first_layer(p->context.builder);
}

/* --- the model -------------------------------------------------------------------------------- */

static mnistcnn_status note_precision(parts *p) {
  if (p->context.has_small_operations)
    return mcnn_builder_note(p->context.builder,
                             "a network that computes in 8 bits: here it computes in floats, so "
                             "that answers differ by a few hundredths");
  if (p->context.has_small_weights)
    return mcnn_builder_note(p->context.builder, "weights of 8 bits have become floats");
  return MNISTCNN_OK;
}

static mnistcnn_status build(parts *p, mnistcnn_model **model) {
  mcnn_builder *const builder = p->context.builder;
  mcnn_flow_value *const value = &p->context.flow.values[p->output];
  mcnn_encoding encoding;
  mnistcnn_status status = count_readers(p);
  if (status == MNISTCNN_OK)
    status = read_input(p);
  if (status == MNISTCNN_OK)
    status = read_constants(p);
  for (uint32_t i = 0; i < p->context.operators.count && status == MNISTCNN_OK; i++)
    status = translate(p, i);
  mcnn_builder_set_place(builder, 0, NULL, NULL);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_settle(&p->context.flow, p->output);
  if (status == MNISTCNN_OK)
    status = note_precision(p);
  if (status == MNISTCNN_OK)
    status = mcnn_choose_encoding(builder, p->request, implied_encoding(p), &encoding);
  if (status == MNISTCNN_OK)
    status = mcnn_finish_output(builder, &value->tensor);
  return status == MNISTCNN_OK
             ? mcnn_finish_model(builder, p->request, &encoding, &value->tensor, NULL, model)
             : status;
}

mnistcnn_status mcnn_import_tflite(const void *data, size_t size_bytes,
                                   const mcnn_import_request *request, mnistcnn_model **model) {
  parts p = {.request = request};
  if (request->architecture)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "%s: a LiteRT file has its network; no architecture can be given",
                     request->label);
  mnistcnn_status status = open_graph(&p, data, size_bytes);
  if (status == MNISTCNN_OK)
    status = allocate(&p);
  if (status == MNISTCNN_OK)
    status = build(&p, model);
  free_parts(&p);
  return status;
}
