/* Operators on tensors, such as x / 255 or relu(x), which Keras 2 stores as layers of their own:
 * TFOpLambda by the function's name, TensorFlowOpLayer by the node of the graph; of Keras 3 each is
 * a class. Read are those that scale, shift, add and activate, and those that change the shape. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include <math.h>
#include <string.h>

enum operation {
  NOT_KNOWN,
  ADD,
  SUBTRACT,
  MULTIPLY,
  DIVIDE,
  ACTIVATE,
  PASS,
  EXPAND_DIMS,
  SQUEEZE,
  RESHAPE,
  TRANSPOSE,
  MEAN,
  LARGEST
};

typedef struct operator_entry {
  const char *name;
  enum operation operation;
} operator_entry;

/* The last word of "math.truediv" and "__operators__.add"; node types of graphs, such as "AddV2",
 * and the classes of Keras 3 in the same spelling. Activations have the names of functions. */
static const operator_entry operators[] = {
    {"add", ADD},
    {"add_v2", ADD},
    {"subtract", SUBTRACT},
    {"sub", SUBTRACT},
    {"multiply", MULTIPLY},
    {"mul", MULTIPLY},
    {"truediv", DIVIDE},
    {"true_divide", DIVIDE},
    {"divide", DIVIDE},
    {"divide_no_nan", DIVIDE},
    {"real_div", DIVIDE},
    {"cast", PASS},
    {"identity", PASS},
    {"expand_dims", EXPAND_DIMS},
    {"squeeze", SQUEEZE},
    {"reshape", RESHAPE},
    {"transpose", TRANSPOSE},
    {"mean", MEAN},
    {"reduce_mean", MEAN},
    {"max", LARGEST},
    {"reduce_max", LARGEST},
};

enum { MAX_NAME = 64 };

/* "real_div" of "RealDiv" and "math.real_div". */
static void short_name(const char *name, char text[MAX_NAME]) {
  const char *const dot = strrchr(name, '.');
  mcnn_keras_snake_case(dot ? dot + 1 : name, text, MAX_NAME);
}

static enum operation find_operation(const char *name) {
  char text[MAX_NAME];
  if (!name)
    return NOT_KNOWN;
  short_name(name, text);
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
    if (strcmp(operators[i].name, text) == 0)
      return operators[i].operation;
  return mcnn_keras_is_function(text) ? ACTIVATE : NOT_KNOWN;
}

/* Classes of others may have the same names; .h5 files do not say whose a class is. */
int mcnn_keras_is_operation(const mcnn_keras_context *context, const mcnn_keras_layer *layer) {
  const char *const module = layer->module;
  const int is_of_keras =
      module ? strncmp(module, "keras", 5) == 0 && strstr(module, ".ops") : context->version >= 3;
  return is_of_keras && find_operation(layer->class_name) != NOT_KNOWN;
}

/* What the function is called: in "function" of a TFOpLambda, in "node_def" of a graph's node, and
 * of Keras 3 the class itself. */
static const char *operator_name(const mcnn_keras_layer *layer) {
  const char *const function = mcnn_json_text(mcnn_json_member(layer->config, "function"));
  const mcnn_json_value *const node = mcnn_json_member(layer->config, "node_def");
  if (function)
    return function;
  if (mcnn_json_is(node, MCNN_JSON_OBJECT))
    return mcnn_json_text(mcnn_json_member(node, "op"));
  return strcmp(layer->class_name, "TFOpLambda") == 0 ? NULL : layer->class_name;
}

/* --- constants -------------------------------------------------------------------------------- */

/* The one number among the arguments of a call. *first: it stands before the tensor, as in 1 - x.
 */
typedef struct constant {
  double value;
  int count, first, seen_tensor;
} constant;

static int is_tensor(const mcnn_json_value *value) {
  if (!value)
    return 0;
  return mcnn_json_member(value, "keras_history") ||
         (mcnn_json_is(value, MCNN_JSON_ARRAY) && value->count >= 3 &&
          mcnn_json_is(value->first, MCNN_JSON_STRING));
}

static void take_constant(constant *c, const mcnn_json_value *value) {
  value = mcnn_keras_unwrap(value);
  if (!mcnn_json_is(value, MCNN_JSON_NUMBER))
    return;
  c->value = value->number;
  c->first = !c->seen_tensor;
  c->count++;
}

/* ["input_1", 0, 0, {"y": 255.0}], ["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}] */
static void search_reference(constant *c, const mcnn_json_value *reference) {
  if (!is_tensor(reference))
    return;
  const mcnn_json_value *const third = mcnn_json_element(reference, 2);
  const mcnn_json_value *const arguments = mcnn_json_element(reference, 3);
  if (mcnn_json_equals(reference->first, "_CONSTANT_VALUE"))
    take_constant(c, third);
  else
    c->seen_tensor = 1;
  if (!mcnn_json_is(arguments, MCNN_JSON_OBJECT))
    return;
  for (const mcnn_json_value *argument = arguments->first; argument; argument = argument->next)
    if (is_tensor(argument))
      search_reference(c, argument);
    else
      take_constant(c, argument);
}

/* {"args": [tensor, 255.0], "kwargs": {}} */
static void search_call(constant *c, const mcnn_json_value *call) {
  const mcnn_json_value *const lists[] = {mcnn_json_member(call, "args"),
                                          mcnn_json_member(call, "kwargs")};
  for (size_t i = 0; i < 2; i++) {
    for (const mcnn_json_value *item = lists[i] ? lists[i]->first : NULL; item; item = item->next)
      if (mcnn_json_member(mcnn_json_member(item, "config"), "keras_history"))
        c->seen_tensor = 1;
      else
        take_constant(c, item);
  }
}

/* {"constants": {"1": 255.0}}: by the place of the input. */
static void search_constants(constant *c, const mcnn_json_value *constants) {
  c->seen_tensor = 1;
  for (const mcnn_json_value *item = constants->first; item; item = item->next) {
    take_constant(c, item);
    c->first = strcmp(item->key, "0") == 0;
  }
}

static void find_constant(const mcnn_keras_layer *layer, constant *c) {
  const mcnn_json_value *const constants = mcnn_json_member(layer->config, "constants");
  const mcnn_json_value *const node = layer->call;
  if (mcnn_json_is(constants, MCNN_JSON_OBJECT))
    search_constants(c, constants);
  else if (mcnn_json_is(node, MCNN_JSON_OBJECT))
    search_call(c, node);
  else if (node && node->kind == MCNN_JSON_ARRAY)
    search_reference(c, is_tensor(node) ? node : node->first);
}

/* --- arguments -------------------------------------------------------------------------------- */

/* By name: a setting of the class, or a named argument of the call. Of a graph's node it is the
 * constant at the second place. */
static const mcnn_json_value *argument(const mcnn_keras_layer *layer, const char *name) {
  const mcnn_json_value *const node = layer->call;
  const mcnn_json_value *const reference = is_tensor(node) ? node : node ? node->first : NULL;
  const mcnn_json_value *const places[] = {
      mcnn_json_member(layer->config, name),
      mcnn_json_member(mcnn_json_element(reference, 3), name),
      mcnn_json_member(mcnn_json_member(node, "kwargs"), name),
      mcnn_json_member(mcnn_json_member(layer->config, "constants"), "1")};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
    if (places[i])
      return mcnn_keras_unwrap(places[i]);
  return NULL;
}

static int keeps_dims(const mcnn_keras_layer *layer) {
  const mcnn_json_value *const keep = argument(layer, "keepdims");
  return mcnn_json_is(keep, MCNN_JSON_BOOL) && keep->number != 0;
}

/* The settings of an activation, wherever they are. */
static const mcnn_json_value *function_settings(const mcnn_keras_layer *layer) {
  const mcnn_json_value *const node = layer->call;
  const mcnn_json_value *const reference = is_tensor(node) ? node : node ? node->first : NULL;
  const mcnn_json_value *const named = mcnn_json_element(reference, 3);
  return strcmp(layer->class_name, "TFOpLambda") == 0 && mcnn_json_is(named, MCNN_JSON_OBJECT)
             ? named
             : layer->config;
}

/* --- what they do ----------------------------------------------------------------------------- */

/* x scale + offset; 0 where it divides by the tensor or by 0. */
static int find_affine(enum operation operation, const constant *c, double *scale, double *offset) {
  const double value = c->value;
  *scale = 1;
  *offset = 0;
  if (operation == ADD)
    *offset = value;
  else if (operation == MULTIPLY)
    *scale = value;
  else if (operation == SUBTRACT) {
    *scale = c->first ? -1 : 1;
    *offset = c->first ? value : -value;
  } else if (!c->first && value != 0)
    *scale = 1 / value;
  else
    return 0;
  return 1;
}

static mnistcnn_status with_constant(mcnn_keras_context *context, enum operation operation,
                                     const constant *c, mcnn_tensor *tensor) {
  double scale, offset;
  if (!find_affine(operation, c, &scale, &offset))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "divides by the tensor or by 0");
  return mcnn_build_affine(context->builder, tensor, 0, &scale, &offset, 1);
}

static mnistcnn_status refuse(mcnn_keras_context *context, const char *name) {
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "the operation \"%.60s\" on tensors; of those this library reads sums, "
                           "scales, offsets, activations and changes of the shape",
                           name ? name : "?");
}

/* How many layers read what a layer gives. */
static uint32_t count_readers(const mcnn_keras_graph *graph, uint32_t layer) {
  uint32_t count = 0;
  for (uint32_t i = 1; i < graph->num_layers; i++)
    for (uint32_t j = 0; j < graph->layers[i].num_inputs; j++)
      count += graph->layers[i].inputs[j] == layer;
  return count;
}

/* x sigmoid(x), either one first, is swish. */
static int gate(mcnn_keras_context *context, const mcnn_keras_layer *layer, mcnn_tensor *tensor) {
  for (int i = 0; i < 2; i++) {
    const mcnn_tensor *const x = &context->outputs[layer->inputs[i]];
    mcnn_tensor factor = context->outputs[layer->inputs[!i]];
    if (count_readers(context->graph, layer->inputs[!i]) != 1 ||
        !mcnn_builder_gate(context->builder, x, &factor))
      continue;
    *tensor = factor;
    return 1;
  }
  return 0;
}

static mnistcnn_status with_tensor(mcnn_keras_context *context, enum operation operation,
                                   const mcnn_keras_layer *layer, const char *name,
                                   mcnn_tensor *tensor) {
  static const double minus = -1, zero = 0;
  mcnn_tensor other = context->outputs[layer->inputs[1]];
  mnistcnn_status status = MNISTCNN_OK;
  if (operation == MULTIPLY && gate(context, layer, tensor))
    return MNISTCNN_OK;
  if (operation != ADD && operation != SUBTRACT)
    return refuse(context, name);
  if (operation == SUBTRACT)
    status = mcnn_build_affine(context->builder, &other, 0, &minus, &zero, 1);
  return status == MNISTCNN_OK ? mcnn_build_sum(context->builder, tensor, &other) : status;
}

static mnistcnn_status arithmetic(mcnn_keras_context *context, enum operation operation,
                                  const mcnn_keras_layer *layer, const char *name,
                                  mcnn_tensor *tensor) {
  constant c = {.value = 0};
  find_constant(layer, &c);
  if (c.count == 0 && layer->num_inputs == 2)
    return with_tensor(context, operation, layer, name, tensor);
  if (c.count != 1 || layer->num_inputs != 1 || !isfinite(c.value))
    return refuse(context, name);
  return with_constant(context, operation, &c, tensor);
}

static mnistcnn_status activate(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                const char *name, mcnn_tensor *tensor) {
  char text[MAX_NAME];
  short_name(name, text);
  return mcnn_keras_apply_function(context, text, function_settings(layer), tensor);
}

mnistcnn_status mcnn_keras_operation(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  const char *const name = operator_name(layer);
  const enum operation operation = find_operation(name);
  const mcnn_json_value *const axis = argument(layer, "axis");
  switch (operation) {
  case NOT_KNOWN:
    return refuse(context, name);
  case PASS:
    return MNISTCNN_OK;
  case ACTIVATE:
    return activate(context, layer, name, tensor);
  case EXPAND_DIMS:
    return mcnn_keras_expand_dims(context, axis, tensor);
  case SQUEEZE:
    return mcnn_keras_squeeze(context, axis, tensor);
  case RESHAPE:
    return mcnn_keras_reshape_batch(context, argument(layer, "shape"), tensor);
  case TRANSPOSE:
    return mcnn_keras_transpose(
        context, argument(layer, strcmp(layer->class_name, "Transpose") == 0 ? "axes" : "perm"),
        tensor);
  case MEAN:
    return mcnn_keras_reduce(context, "globalavgpool", axis, keeps_dims(layer), tensor);
  case LARGEST:
    return mcnn_keras_reduce(context, "globalmaxpool", axis, keeps_dims(layer), tensor);
  default:
    return arithmetic(context, operation, layer, name, tensor);
  }
}

int mcnn_keras_operation_affine(const mcnn_keras_layer *layer, double *scale, double *offset) {
  const enum operation operation = find_operation(operator_name(layer));
  constant c = {.value = 0};
  *scale = 1;
  *offset = 0;
  if (operation >= PASS)
    return operation <= TRANSPOSE;
  find_constant(layer, &c);
  return operation >= ADD && operation <= DIVIDE && c.count == 1 && layer->num_inputs == 1 &&
         find_affine(operation, &c, scale, offset);
}
