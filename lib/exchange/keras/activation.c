/* Activations: functions by name, and layers. What Keras 2 has otherwise than this library, or what
 * this library has not, is put together from scales and ReLU6 where that is exact. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include "exchange/build/image.h"

#include <math.h>
#include <string.h>

typedef mnistcnn_status (*build_fn)(mcnn_keras_context *context, const mcnn_json_value *config,
                                    mcnn_tensor *tensor);

static mnistcnn_status add_text(mcnn_keras_context *context, mcnn_tensor *tensor,
                                const char *text) {
  return mcnn_build_activation(context->builder, tensor, text);
}

static mnistcnn_status add_scaled(mcnn_keras_context *context, mcnn_tensor *tensor, double scale,
                                  double offset) {
  return mcnn_build_affine(context->builder, tensor, 0, &scale, &offset, 1);
}

/* min(max(0, scale x + offset), 6), then times `after` plus `then`. */
static mnistcnn_status clamp(mcnn_keras_context *context, mcnn_tensor *tensor, double scale,
                             double offset, double after, double then) {
  mnistcnn_status status = add_scaled(context, tensor, scale, offset);
  if (status == MNISTCNN_OK)
    status = add_text(context, tensor, "relu6");
  return status == MNISTCNN_OK ? add_scaled(context, tensor, after, then) : status;
}

/* min(x, max) = max - max(0, max - x) */
static mnistcnn_status at_most(mcnn_keras_context *context, mcnn_tensor *tensor, double max) {
  mnistcnn_status status = add_scaled(context, tensor, -1, max);
  if (status == MNISTCNN_OK)
    status = add_text(context, tensor, "relu");
  return status == MNISTCNN_OK ? add_scaled(context, tensor, -1, max) : status;
}

static mnistcnn_status with_number(mcnn_keras_context *context, mcnn_tensor *tensor,
                                   const char *word, double number) {
  char digits[32];
  if (!(number > 0))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "its %s has a slope or alpha that is not above 0", word);
  const mnistcnn_status status = mcnn_number_text(context->builder, number, digits);
  return status == MNISTCNN_OK ? mcnn_builder_layer(context->builder, tensor, "%s %s", word, digits)
                               : status;
}

static mnistcnn_status softmax(mcnn_keras_context *context, const mcnn_json_value *config,
                               mcnn_tensor *tensor) {
  const mcnn_json_value *axis = mcnn_keras_setting(config, "axis", NULL);
  int64_t value = -1;
  if (mcnn_json_is(axis, MCNN_JSON_ARRAY) && axis->count == 1)
    axis = axis->first;
  if (axis && !mcnn_keras_integer(axis, &value))
    return mcnn_keras_fail_setting(context, "axis");
  const int64_t rank = tensor->is_vector ? 1 : (int64_t)tensor->rank;
  if (value != -1 && value != rank)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "softmax along another axis than the last");
  return mcnn_build_softmax(context->builder, tensor);
}

/* Keras 2: clip(0.2 x + 0.5, 0, 1), which is that of Keras 3 of 1.2 x. */
static mnistcnn_status hard_sigmoid(mcnn_keras_context *context, const mcnn_json_value *config,
                                    mcnn_tensor *tensor) {
  (void)config;
  const mnistcnn_status status =
      context->version < 3 ? add_scaled(context, tensor, 1.2, 0) : MNISTCNN_OK;
  return status == MNISTCNN_OK ? add_text(context, tensor, "hard_sigmoid") : status;
}

/* clip(x, -1, 1) */
static mnistcnn_status hard_tanh(mcnn_keras_context *context, const mcnn_json_value *config,
                                 mcnn_tensor *tensor) {
  (void)config;
  return clamp(context, tensor, 3, 3, 1.0 / 3, -1);
}

static mnistcnn_status gelu(mcnn_keras_context *context, const mcnn_json_value *config,
                            mcnn_tensor *tensor) {
  int approximate;
  if (!mcnn_keras_flag(config, "approximate", NULL, 0, &approximate))
    return mcnn_keras_fail_setting(context, "approximate");
  return add_text(context, tensor, approximate ? "gelu_tanh" : "gelu");
}

/* The function's slope by default is 0.2, the layer's 0.3. */
static mnistcnn_status leaky_relu(mcnn_keras_context *context, const mcnn_json_value *config,
                                  mcnn_tensor *tensor, double otherwise) {
  double slope;
  if (!mcnn_keras_number(config, "negative_slope", "alpha", otherwise, &slope))
    return mcnn_keras_fail_setting(context, "slope");
  return slope == 0   ? add_text(context, tensor, "relu")
         : slope == 1 ? MNISTCNN_OK
                      : with_number(context, tensor, "leaky_relu", slope);
}

static mnistcnn_status leaky_function(mcnn_keras_context *context, const mcnn_json_value *config,
                                      mcnn_tensor *tensor) {
  return leaky_relu(context, config, tensor, 0.2);
}

static mnistcnn_status leaky_layer(mcnn_keras_context *context, const mcnn_json_value *config,
                                   mcnn_tensor *tensor) {
  return leaky_relu(context, config, tensor, 0.3);
}

static mnistcnn_status elu(mcnn_keras_context *context, const mcnn_json_value *config,
                           mcnn_tensor *tensor) {
  double alpha;
  if (!mcnn_keras_number(config, "alpha", NULL, 1, &alpha))
    return mcnn_keras_fail_setting(context, "alpha");
  return alpha == 0 ? add_text(context, tensor, "relu")
                    : with_number(context, tensor, "elu", alpha);
}

static mnistcnn_status relu(mcnn_keras_context *context, const mcnn_json_value *config,
                            mcnn_tensor *tensor) {
  double slope, threshold, max;
  if (!mcnn_keras_number(config, "negative_slope", "alpha", 0, &slope) ||
      !mcnn_keras_number(config, "threshold", NULL, 0, &threshold) ||
      !mcnn_keras_number(config, "max_value", NULL, -1, &max))
    return mcnn_keras_fail_setting(context, "slope, threshold or largest value");
  const int has_max = mcnn_keras_setting(config, "max_value", NULL) ? 1 : 0;
  if (threshold != 0 || (has_max && !(max >= 0)))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a ReLU with a threshold, or a largest value below 0");
  if (has_max && slope == 0 && max > 0)
    return max == 6 ? add_text(context, tensor, "relu6")
                    : clamp(context, tensor, 6 / max, 0, max / 6, 0);
  const mnistcnn_status status = leaky_relu(context, config, tensor, 0);
  return status == MNISTCNN_OK && has_max ? at_most(context, tensor, max) : status;
}

static mnistcnn_status prelu_text(mcnn_keras_context *context, const mcnn_json_value *config,
                                  mcnn_tensor *tensor) {
  (void)config;
  (void)tensor;
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "a PReLU as an activation; make it a layer of its own");
}

static mnistcnn_status linear(mcnn_keras_context *context, const mcnn_json_value *config,
                              mcnn_tensor *tensor) {
  (void)context;
  (void)config;
  (void)tensor;
  return MNISTCNN_OK;
}

/* --- by name ---------------------------------------------------------------------------------- */

typedef struct entry {
  const char *name;
  const char *text; /* of the same function here; NULL: `build` makes it */
  build_fn build;
} entry;

/* TensorFlow's functions, given as an activation, are stored with their own names. */
static const entry functions[] = {
    {"linear", NULL, linear},
    {"identity", NULL, linear},
    {"relu", NULL, relu},
    {"relu6", "relu6", NULL},
    {"leaky_relu", NULL, leaky_function},
    {"elu", NULL, elu},
    {"celu", NULL, elu},
    {"selu", "selu", NULL},
    {"sigmoid", "sigmoid", NULL},
    {"tanh", "tanh", NULL},
    {"swish", "swish", NULL},
    {"silu", "swish", NULL},
    {"gelu", NULL, gelu},
    {"softplus", "softplus", NULL},
    {"hard_sigmoid", NULL, hard_sigmoid},
    {"hard_swish", "hard_swish", NULL},
    {"hard_silu", "hard_swish", NULL},
    {"hard_tanh", NULL, hard_tanh},
    {"softmax", NULL, softmax},
    /* Its softmax is the softmax of what it is given. */
    {"log_softmax", NULL, softmax},
};

static const entry layers[] = {
    {"ReLU", NULL, relu},       {"LeakyReLU", NULL, leaky_layer}, {"ELU", NULL, elu},
    {"Softmax", NULL, softmax}, {"PReLU", NULL, prelu_text},      {"Identity", NULL, linear},
};

static const entry *find_entry(const entry *entries, size_t count, const char *name) {
  /* "softmax_v2" is what tf.nn.softmax is called. */
  size_t length = strlen(name);
  if (length > 3 && strcmp(name + length - 3, "_v2") == 0)
    length -= 3;
  for (size_t i = 0; i < count; i++)
    if (strlen(entries[i].name) == length && memcmp(entries[i].name, name, length) == 0)
      return &entries[i];
  return NULL;
}

static mnistcnn_status apply(mcnn_keras_context *context, const entry *found,
                             const mcnn_json_value *config, mcnn_tensor *tensor) {
  return found->text ? add_text(context, tensor, found->text)
                     : found->build(context, config, tensor);
}

static const entry *find_function(const char *name) {
  return find_entry(functions, sizeof functions / sizeof functions[0], name);
}

int mcnn_keras_is_function(const char *name) {
  return find_function(name) ? 1 : 0;
}

mnistcnn_status mcnn_keras_apply_function(mcnn_keras_context *context, const char *name,
                                          const mcnn_json_value *config, mcnn_tensor *tensor) {
  const entry *const found = find_function(name);
  if (found)
    return apply(context, found, config, tensor);
  return mcnn_builder_fail(
      context->builder, MNISTCNN_UNSUPPORTED,
      "its activation \"%.60s\" is none of this library's; relu, elu, swish or "
      "gelu may do, trained anew",
      name);
}

static const entry *find_layer(const char *class_name) {
  return find_entry(layers, sizeof layers / sizeof layers[0], class_name);
}

int mcnn_keras_is_activation_layer(const char *class_name) {
  return find_layer(class_name) || strcmp(class_name, "Activation") == 0;
}

mnistcnn_status mcnn_keras_activation_layer(mcnn_keras_context *context, const char *class_name,
                                            const mcnn_json_value *config, mcnn_tensor *tensor) {
  if (strcmp(class_name, "Activation") == 0)
    return mcnn_keras_activation(context, mcnn_json_member(config, "activation"), tensor);
  return apply(context, find_layer(class_name), config, tensor);
}

/* An object is a layer put in as an activation, or a function with its settings:
 * {"class_name": "function", "config": "relu"} and {"class_name": "relu", "config": {...}}. */
static mnistcnn_status apply_object(mcnn_keras_context *context, const mcnn_json_value *object,
                                    mcnn_tensor *tensor) {
  const char *const class_name = mcnn_json_text(mcnn_json_member(object, "class_name"));
  const mcnn_json_value *const config = mcnn_json_member(object, "config");
  const char *const function = mcnn_json_text(config);
  if (class_name && find_layer(class_name))
    return apply(context, find_layer(class_name), config, tensor);
  if (function)
    return mcnn_keras_apply_function(context, function, NULL, tensor);
  if (!class_name)
    return mcnn_keras_fail_setting(context, "activation");
  if (strcmp(class_name, "Activation") == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "an Activation layer as an activation");
  return mcnn_keras_apply_function(context, class_name, config, tensor);
}

mnistcnn_status mcnn_keras_activation(mcnn_keras_context *context, const mcnn_json_value *setting,
                                      mcnn_tensor *tensor) {
  if (!setting)
    return MNISTCNN_OK;
  if (setting->kind == MCNN_JSON_STRING)
    return mcnn_keras_apply_function(context, setting->text, NULL, tensor);
  return apply_object(context, setting, tensor);
}
