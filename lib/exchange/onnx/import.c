#include "exchange/onnx/onnx.h"

#include "base/status.h"
#include "exchange/build/input.h"
#include "exchange/finish.h"
#include "exchange/onnx/context.h"

#include <string.h>

typedef struct parts {
  const mcnn_import_request *request;
  mcnn_onnx_graph *graph;
  mcnn_onnx_context context;
  unsigned char *needed; /* for each operation, whether the output depends on it; 2: done */
} parts;

static void free_parts(parts *p) {
  const mcnn_alloc *const alloc = &p->request->alloc;
  mcnn_onnx_external_free(&p->context.external, alloc);
  mcnn_builder_free(p->context.builder);
  mcnn_free(alloc, p->context.flow.values);
  mcnn_free(alloc, p->needed);
  mcnn_onnx_graph_free(p->graph);
}

/* --- the output ------------------------------------------------------------------------------- */

/* Which class is the largest is for the user of a model to find out. */
static uint32_t before_argmax(const mcnn_onnx_graph *graph, uint32_t id) {
  const uint32_t producer = graph->values[id].producer;
  if (producer == MCNN_ONNX_NONE)
    return id;
  const mcnn_onnx_node *const node = &graph->nodes[producer];
  const int is_argmax = strcmp(node->op, "ArgMax") == 0 || strcmp(node->op, "TopK") == 0;
  return is_argmax && mcnn_onnx_input(node, 0) != MCNN_ONNX_NONE ? node->inputs[0] : id;
}

static mnistcnn_status find_output(const mcnn_onnx_graph *graph, uint32_t *output) {
  uint32_t found = before_argmax(graph, graph->outputs[0]);
  for (uint32_t i = 1; i < graph->num_outputs; i++) {
    const uint32_t next = before_argmax(graph, graph->outputs[i]);
    if (next != found)
      return mcnn_fail(MNISTCNN_UNSUPPORTED,
                       "%s: the network has %u outputs; this library has networks with one, the "
                       "classes",
                       graph->label, graph->num_outputs);
  }
  *output = found;
  return MNISTCNN_OK;
}

/* Marks what the output depends on, and counts how many operations read each value. */
static mnistcnn_status find_needed(parts *p, uint32_t output) {
  const mcnn_onnx_graph *const graph = p->graph;
  mcnn_flow_value *const values = p->context.flow.values;
  uint32_t *const stack =
      mcnn_alloc_array(&p->request->alloc, (size_t)graph->num_nodes + 1, sizeof *stack);
  uint32_t depth = 0;
  if (!stack)
    return MNISTCNN_OUT_OF_MEMORY;
  values[output].readers++;
  if (graph->values[output].producer != MCNN_ONNX_NONE) {
    stack[depth++] = graph->values[output].producer;
    p->needed[stack[0]] = 1;
  }
  while (depth > 0) {
    const mcnn_onnx_node *const node = &graph->nodes[stack[--depth]];
    for (uint32_t i = 0; i < node->num_inputs; i++) {
      const uint32_t id = node->inputs[i];
      const uint32_t producer = id == MCNN_ONNX_NONE ? id : graph->values[id].producer;
      if (id != MCNN_ONNX_NONE)
        values[id].readers++;
      if (producer != MCNN_ONNX_NONE && !p->needed[producer]) {
        p->needed[producer] = 1;
        stack[depth++] = producer;
      }
    }
  }
  mcnn_free(&p->request->alloc, stack);
  return MNISTCNN_OK;
}

/* --- the input -------------------------------------------------------------------------------- */

static int is_channels(int64_t size) {
  return size == 1 || size == 3;
}

/* What turns the image before anything else says how it comes. */
static int is_turned(const mcnn_onnx_graph *graph) {
  for (uint32_t i = 0; i < graph->num_nodes; i++) {
    const mcnn_onnx_node *const node = &graph->nodes[i];
    int64_t order[4];
    size_t count = 0;
    if (mcnn_onnx_input(node, 0) == graph->input && strcmp(node->op, "Transpose") == 0)
      return mcnn_onnx_integers(node, "perm", order, 4, &count) && count == 4 && order[1] == 3;
  }
  return 0;
}

static mnistcnn_status read_input(parts *p, int transposed) {
  const mcnn_onnx_graph *const graph = p->graph;
  const int64_t *const dims = graph->dims;
  mcnn_flow_value *const value = &p->context.flow.values[graph->input];
  mcnn_input_shape shape = {.height = p->request->height, .width = p->request->width};
  const uint32_t first = graph->rank == 1 ? 0 : 1; /* without the batch */
  if (graph->rank < 1 || graph->rank > 4)
    return mcnn_builder_fail(p->context.builder, MNISTCNN_UNSUPPORTED,
                             graph->rank == 0
                                 ? "the file does not say how large its input is"
                                 : "its input has not one to three dimensions besides the batch");
  for (uint32_t i = first; i < graph->rank; i++)
    shape.dims[shape.rank++] = (uint32_t)dims[i];
  shape.channels_first =
      graph->rank == 4 && !is_turned(graph) && !(is_channels(dims[3]) && !is_channels(dims[1]));
  value->kind = MCNN_FLOW_TENSOR;
  const mnistcnn_status status =
      mcnn_build_input(p->context.builder, &shape, transposed, &value->tensor);
  mcnn_builder_set_input(p->context.builder, &value->tensor);
  return status;
}

/* --- the operations --------------------------------------------------------------------------- */

static mnistcnn_status read_initializers(parts *p) {
  mnistcnn_status status = MNISTCNN_OK;
  for (uint32_t i = 0; i < p->graph->num_values && status == MNISTCNN_OK; i++) {
    const mcnn_span *const message = &p->graph->values[i].initializer;
    mcnn_flow_value *const value = &p->context.flow.values[i];
    if (!message->data || value->readers == 0)
      continue;
    char name[64];
    mcnn_span_text(&p->graph->values[i].name, name, sizeof name);
    mcnn_builder_set_place(p->context.builder, i, name, "initializer");
    status =
        mcnn_onnx_tensor_read(p->context.builder, &p->context.external, message, &value->array);
    value->kind = MCNN_FLOW_ARRAY;
  }
  return status;
}

static int is_ready(const parts *p, const mcnn_onnx_node *node) {
  for (uint32_t i = 0; i < node->num_inputs; i++)
    if (node->inputs[i] != MCNN_ONNX_NONE &&
        p->context.flow.values[node->inputs[i]].kind == MCNN_FLOW_NONE)
      return 0;
  return 1;
}

static mnistcnn_status translate(parts *p, uint32_t number) {
  const mcnn_onnx_node *const node = &p->graph->nodes[number];
  mcnn_builder *const builder = p->context.builder;
  const mcnn_onnx_fn fn = mcnn_onnx_operation(node->op);
  mcnn_builder_set_place(builder, number + 1, node->name, node->op);
  if (node->domain[0] != '\0' && strcmp(node->domain, "ai.onnx") != 0)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "an operation of the domain %s, which this library has not%s",
                             node->domain, mcnn_onnx_domain_advice(node->domain));
  if (!fn)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "an operation that cannot be imported%s", mcnn_onnx_advice(node->op));
  if (node->num_outputs == 0 || node->outputs[0] == MCNN_ONNX_NONE ||
      (fn != mcnn_onnx_constant && mcnn_onnx_input(node, 0) == MCNN_ONNX_NONE))
    return mcnn_builder_fail(builder, MNISTCNN_FORMAT, "its input or output is missing");
  return fn(&p->context, node);
}

/* Operations come in any order. */
static mnistcnn_status translate_all(parts *p) {
  mnistcnn_status status = MNISTCNN_OK;
  int progress = 1;
  while (progress && status == MNISTCNN_OK) {
    progress = 0;
    for (uint32_t i = 0; i < p->graph->num_nodes && status == MNISTCNN_OK; i++) {
      if (p->needed[i] != 1 || !is_ready(p, &p->graph->nodes[i]))
        continue;
      status = translate(p, i);
      p->needed[i] = 2;
      progress = 1;
    }
  }
  return status;
}

/* What never became ready reads a value that nothing makes. */
static mnistcnn_status check_all(const parts *p) {
  for (uint32_t i = 0; i < p->graph->num_nodes; i++) {
    if (p->needed[i] != 1)
      continue;
    mcnn_builder_set_place(p->context.builder, i + 1, p->graph->nodes[i].name,
                           p->graph->nodes[i].op);
    return mcnn_builder_fail(p->context.builder, MNISTCNN_FORMAT,
                             "reads what no operation before it makes");
  }
  return MNISTCNN_OK;
}

/* --- the model -------------------------------------------------------------------------------- */

enum { TYPE_UINT8 = 2 };

static mnistcnn_status build(parts *p, uint32_t output, mnistcnn_model **model) {
  mcnn_builder *const builder = p->context.builder;
  mcnn_flow_value *const value = &p->context.flow.values[output];
  mcnn_encoding encoding;
  mnistcnn_status status = read_input(p, p->request->encoding && p->request->encoding->transposed);
  if (status == MNISTCNN_OK)
    status = read_initializers(p);
  if (status == MNISTCNN_OK)
    status = translate_all(p);
  if (status == MNISTCNN_OK)
    status = check_all(p);
  mcnn_builder_set_place(builder, 0, NULL, NULL);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_settle(&p->context.flow, output);
  if (status == MNISTCNN_OK)
    status = mcnn_choose_encoding(
        builder, p->request,
        p->graph->input_type == TYPE_UINT8 ? "raw" : mcnn_encoding_of_first_layer(builder),
        &encoding);
  if (status == MNISTCNN_OK)
    status = mcnn_finish_output(builder, &value->tensor);
  return status == MNISTCNN_OK
             ? mcnn_finish_model(builder, p->request, &encoding, &value->tensor, NULL, model)
             : status;
}

static mnistcnn_status allocate(parts *p) {
  const mcnn_alloc *const alloc = &p->request->alloc;
  mcnn_onnx_context *const context = &p->context;
  context->graph = p->graph;
  context->external.model_path = p->request->path;
  p->needed = mcnn_alloc_zeroed(alloc, (size_t)p->graph->num_nodes + 1, 1);
  context->flow.values =
      mcnn_alloc_zeroed(alloc, p->graph->num_values, sizeof *context->flow.values);
  context->flow.num_values = p->graph->num_values;
  context->flow.channels_first = 1;
  const mnistcnn_status status = mcnn_builder_create(alloc, p->request->label, &context->builder);
  context->flow.builder = context->builder;
  return p->needed && context->flow.values ? status : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mcnn_import_onnx(const void *data, size_t size_bytes,
                                 const mcnn_import_request *request, mnistcnn_model **model) {
  parts p = {.request = request};
  uint32_t output = 0;
  if (request->architecture)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "%s: an ONNX file has its network; no architecture can be given",
                     request->label);
  mnistcnn_status status =
      mcnn_onnx_graph_read(data, size_bytes, request->label, &request->alloc, &p.graph);
  if (status == MNISTCNN_OK)
    status = find_output(p.graph, &output);
  if (status == MNISTCNN_OK)
    status = allocate(&p);
  if (status == MNISTCNN_OK)
    status = find_needed(&p, output);
  if (status == MNISTCNN_OK)
    status = build(&p, output, model);
  free_parts(&p);
  return status;
}
