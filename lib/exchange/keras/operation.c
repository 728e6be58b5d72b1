/* Operators on tensors, such as x / 255 or relu(x), which Keras 2 stores as layers of their own:
 * TFOpLambda by the function's name, TensorFlowOpLayer by the node of the graph. Read are those
 * that scale, shift, add and activate. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include <math.h>
#include <string.h>

enum operation { NOT_KNOWN, ADD, SUBTRACT, MULTIPLY, DIVIDE, ACTIVATE, PASS };

typedef struct operator_entry {
  const char *name;
  enum operation operation;
  const char *activation;
} operator_entry;

/* The last word of "math.truediv" and "__operators__.add", and node types of graphs; of Keras 3 the
 * names of its operations. */
static const operator_entry operators[] = {
    {"add", ADD, NULL},
    {"AddV2", ADD, NULL},
    {"Add", ADD, NULL},
    {"subtract", SUBTRACT, NULL},
    {"sub", SUBTRACT, NULL},
    {"Sub", SUBTRACT, NULL},
    {"Subtract", SUBTRACT, NULL},
    {"multiply", MULTIPLY, NULL},
    {"mul", MULTIPLY, NULL},
    {"Mul", MULTIPLY, NULL},
    {"Multiply", MULTIPLY, NULL},
    {"truediv", DIVIDE, NULL},
    {"divide", DIVIDE, NULL},
    {"divide_no_nan", DIVIDE, NULL},
    {"RealDiv", DIVIDE, NULL},
    {"TrueDivide", DIVIDE, NULL},
    {"Divide", DIVIDE, NULL},
    {"cast", PASS, NULL},
    {"Cast", PASS, NULL},
    {"identity", PASS, NULL},
    {"relu", ACTIVATE, "relu"},
    {"Relu", ACTIVATE, "relu"},
    {"relu6", ACTIVATE, "relu6"},
    {"Relu6", ACTIVATE, "relu6"},
    {"sigmoid", ACTIVATE, "sigmoid"},
    {"Sigmoid", ACTIVATE, "sigmoid"},
    {"tanh", ACTIVATE, "tanh"},
    {"Tanh", ACTIVATE, "tanh"},
    {"elu", ACTIVATE, "elu"},
    {"selu", ACTIVATE, "selu"},
    {"swish", ACTIVATE, "swish"},
    {"silu", ACTIVATE, "swish"},
    {"softplus", ACTIVATE, "softplus"},
    {"softmax", ACTIVATE, "softmax"},
    {"Softmax", ACTIVATE, "softmax"},
    {"softmax_v2", ACTIVATE, "softmax"},
};

static const operator_entry *find_operator(const char *name) {
  const char *const dot = strrchr(name, '.');
  for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
    if (strcmp(operators[i].name, dot ? dot + 1 : name) == 0)
      return &operators[i];
  return NULL;
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
  const mcnn_json_value *const node = layer->call ? layer->call->first : NULL;
  if (mcnn_json_is(constants, MCNN_JSON_OBJECT))
    search_constants(c, constants);
  else if (mcnn_json_is(node, MCNN_JSON_OBJECT))
    search_call(c, node);
  else if (node && node->kind == MCNN_JSON_ARRAY)
    search_reference(c, is_tensor(node) ? node : node->first);
}

/* --- what they do ----------------------------------------------------------------------------- */

static mnistcnn_status with_constant(mcnn_keras_context *context, enum operation operation,
                                     const constant *c, mcnn_tensor *tensor) {
  double scale = 1, offset = 0;
  const double value = c->value;
  if (operation == ADD)
    offset = value;
  else if (operation == MULTIPLY)
    scale = value;
  else if (operation == SUBTRACT) {
    scale = c->first ? -1 : 1;
    offset = c->first ? value : -value;
  } else if (!c->first && value != 0)
    scale = 1 / value;
  else
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "divides by the tensor or by 0");
  return mcnn_build_affine(context->builder, tensor, 0, &scale, &offset, 1);
}

static mnistcnn_status refuse(mcnn_keras_context *context, const char *name) {
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "the operation \"%.60s\" on tensors; of those this library reads sums, "
                           "scales, offsets and activations",
                           name ? name : "?");
}

mnistcnn_status mcnn_keras_operation(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  const char *const name = operator_name(layer);
  const operator_entry *const found = name ? find_operator(name) : NULL;
  constant c = {.value = 0};
  if (!found)
    return refuse(context, name);
  if (found->operation == PASS)
    return MNISTCNN_OK;
  if (found->operation == ACTIVATE) {
    const mcnn_json_value function = {.kind = MCNN_JSON_STRING, .text = found->activation};
    return mcnn_keras_activation(context, &function, tensor);
  }
  find_constant(layer, &c);
  if (c.count == 0 && layer->num_inputs == 2 && found->operation == ADD)
    return mcnn_keras_sum(context, layer, tensor);
  if (c.count != 1 || layer->num_inputs != 1 || !isfinite(c.value))
    return refuse(context, name);
  return with_constant(context, found->operation, &c, tensor);
}

double mcnn_keras_operation_scale(const mcnn_keras_layer *layer) {
  const char *const name = operator_name(layer);
  const operator_entry *const found = name ? find_operator(name) : NULL;
  constant c = {.value = 0};
  if (!found || (found->operation != DIVIDE && found->operation != MULTIPLY))
    return 1;
  find_constant(layer, &c);
  if (c.count != 1 || c.first || c.value == 0)
    return 1;
  return found->operation == DIVIDE ? 1 / c.value : c.value;
}
