#include "exchange/keras/layers_out.h"

#include "base/status.h"
#include "exchange/network/preparation.h"
#include "exchange/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where a model layer's output is in the list. */
typedef struct exporter {
  mcnn_keras_out_list *list;
  uint32_t outputs[256];
  uint32_t last; /* of the network's input at first */
} exporter;

static mnistcnn_status core_failure(mnistcnn_status status) {
  return status == MNISTCNN_OK ? status : mcnn_fail(status, "%s", mnistcnn_last_error());
}

/* A layer that reads `input`; *at becomes its place. */
__attribute__((format(printf, 5, 6))) static mnistcnn_status add(exporter *e,
                                                                 const char *class_name,
                                                                 const char *name, uint32_t *at,
                                                                 const char *settings, ...) {
  mcnn_keras_out_list *const list = e->list;
  va_list values;
  if (list->count == MCNN_KERAS_MAX_OUT)
    return mcnn_fail(MNISTCNN_LIMIT, "more than %d layers", MCNN_KERAS_MAX_OUT);
  mcnn_keras_out_layer *const layer = &list->layers[list->count];
  *layer = (mcnn_keras_out_layer){.class_name = class_name, .layer = -1};
  layer->num_inputs = list->count > 0 ? 1 : 0;
  layer->inputs[0] = *at;
  if (list->count > 0 && *at != list->count - 1)
    list->is_chain = 0;
  if (name)
    (void)snprintf(layer->name, sizeof layer->name, "%s", name);
  else
    (void)snprintf(layer->name, sizeof layer->name, "added_%u", list->count);
  va_start(values, settings);
  (void)vsnprintf(layer->settings, sizeof layer->settings, settings, values);
  va_end(values);
  *at = list->count++;
  return MNISTCNN_OK;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static mnistcnn_status add_rescaling(exporter *e, const char *name, float scale, float offset,
                                     uint32_t *at) {
  char a[MCNN_NUMBER_TEXT], b[MCNN_NUMBER_TEXT];
  if (scale == 1 && offset == 0 && !name)
    return MNISTCNN_OK;
  return add(e, "Rescaling", name, at, ", \"scale\": %s, \"offset\": %s",
             mcnn_foreign_number(scale, a), mcnn_foreign_number(offset, b));
}

/* One of each for each channel. */
static mnistcnn_status add_channel_scales(exporter *e, const char *name, const float *scale,
                                          const float *offset, uint32_t channels, uint32_t *at) {
  char a[3][MCNN_NUMBER_TEXT] = {""}, b[3][MCNN_NUMBER_TEXT] = {""};
  int equal = 1;
  for (uint32_t c = 0; c < channels && c < 3; c++) {
    equal = equal && scale[c] == scale[0] && offset[c] == offset[0];
    (void)mcnn_foreign_number(scale[c], a[c]);
    (void)mcnn_foreign_number(offset[c], b[c]);
  }
  if (channels == 1 || equal)
    return add_rescaling(e, name, scale[0], offset[0], at);
  return add(e, "Rescaling", name, at, ", \"scale\": [%s, %s, %s], \"offset\": [%s, %s, %s]", a[0],
             a[1], a[2], b[0], b[1], b[2]);
}

/* --- activations ------------------------------------------------------------------------------ */

static mnistcnn_status add_function(exporter *e, const char *name, uint32_t *at) {
  return add(e, "Activation", NULL, at, ", \"activation\": \"%s\"", name);
}

/* min(max(0, x + 3), 6) / 6: what Keras 2 and 3 call by this name differs. */
static mnistcnn_status add_hard_sigmoid(exporter *e, uint32_t *at) {
  mnistcnn_status status = add_rescaling(e, NULL, 1, 3, at);
  if (status == MNISTCNN_OK)
    status = add(e, "ReLU", NULL, at, ", \"max_value\": 6.0");
  return status == MNISTCNN_OK ? add_rescaling(e, NULL, 1.0f / 6, 0, at) : status;
}

/* A layer that reads the one at *at and another. */
static mnistcnn_status add_merged(exporter *e, const char *class_name, const char *name,
                                  uint32_t other, uint32_t *at) {
  const mnistcnn_status status = add(e, class_name, name, at, "%s", "");
  if (status != MNISTCNN_OK)
    return status;
  mcnn_keras_out_layer *const layer = &e->list->layers[*at];
  layer->inputs[layer->num_inputs++] = other;
  e->list->is_chain = 0;
  return MNISTCNN_OK;
}

/* x times the factor whose place is *at. */
static mnistcnn_status add_product(exporter *e, uint32_t x, uint32_t *at) {
  return add_merged(e, "Multiply", NULL, x, at);
}

/* x hard_sigmoid(x), for Keras 2, which has it not. */
static mnistcnn_status add_hard_swish(exporter *e, uint32_t *at) {
  const uint32_t x = *at;
  if (e->list->is_keras_3)
    return add_function(e, "hard_silu", at);
  const mnistcnn_status status = add_hard_sigmoid(e, at);
  return status == MNISTCNN_OK ? add_product(e, x, at) : status;
}

/* x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)). Layers of Keras have no name for it, but Keras 3
 * has an operation. */
static mnistcnn_status add_gelu_tanh(exporter *e, uint32_t *at) {
  static const float linear = 1.59576912f, cubic = 0.07135481f;
  const uint32_t x = *at;
  if (e->list->is_keras_3) {
    const mnistcnn_status status = add(e, "Gelu", NULL, at, ", \"approximate\": true");
    if (status == MNISTCNN_OK)
      e->list->layers[*at].is_operation = 1;
    e->list->is_chain = 0;
    return status;
  }
  /* Not x x first: TensorFlow.js loses a tensor that it multiplies by itself. */
  mnistcnn_status status = add_rescaling(e, NULL, cubic, 0, at);
  if (status == MNISTCNN_OK)
    status = add_product(e, x, at);
  if (status == MNISTCNN_OK)
    status = add_rescaling(e, NULL, 1, linear, at);
  if (status == MNISTCNN_OK)
    status = add_product(e, x, at);
  if (status == MNISTCNN_OK)
    status = add_function(e, "sigmoid", at);
  return status == MNISTCNN_OK ? add_product(e, x, at) : status;
}

/* TensorFlow.js knows an alpha of 1 only: alpha elu(x) + (1 - alpha) relu(x). */
static mnistcnn_status add_elu_of_tfjs(exporter *e, float alpha, uint32_t *at) {
  uint32_t relu = *at;
  mnistcnn_status status = add_function(e, "elu", at);
  if (status == MNISTCNN_OK)
    status = add_rescaling(e, NULL, alpha, 0, at);
  if (status == MNISTCNN_OK && alpha != 1)
    status = add_function(e, "relu", &relu);
  if (status == MNISTCNN_OK && alpha != 1)
    status = add_rescaling(e, NULL, 1 - alpha, 0, &relu);
  return status == MNISTCNN_OK && alpha != 1 ? add_merged(e, "Add", NULL, relu, at) : status;
}

static const char *const functions[] = {
    [MNISTCNN_ACTIVATION_RELU] = "relu",         [MNISTCNN_ACTIVATION_SELU] = "selu",
    [MNISTCNN_ACTIVATION_SIGMOID] = "sigmoid",   [MNISTCNN_ACTIVATION_TANH] = "tanh",
    [MNISTCNN_ACTIVATION_SWISH] = "swish",       [MNISTCNN_ACTIVATION_GELU] = "gelu",
    [MNISTCNN_ACTIVATION_SOFTPLUS] = "softplus", [MNISTCNN_ACTIVATION_HARD_SWISH] = NULL};

static mnistcnn_status fail_activation(const mnistcnn_layer_info *layer) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: its activation cannot be exported", layer->name);
}

static mnistcnn_status add_activation(exporter *e, const mnistcnn_layer_info *layer, uint32_t *at) {
  char text[MCNN_NUMBER_TEXT];
  const char *const parameter = mcnn_foreign_number(layer->activation_parameter, text);
  switch (layer->activation) {
  case MNISTCNN_ACTIVATION_LINEAR:
    return MNISTCNN_OK;
  case MNISTCNN_ACTIVATION_RELU6:
    return add(e, "ReLU", NULL, at, ", \"max_value\": 6.0");
  case MNISTCNN_ACTIVATION_LEAKY_RELU:
    return add(e, "LeakyReLU", NULL, at, ", \"%s\": %s",
               e->list->is_keras_3 ? "negative_slope" : "alpha", parameter);
  case MNISTCNN_ACTIVATION_ELU:
    if (e->list->is_tfjs)
      return add_elu_of_tfjs(e, layer->activation_parameter, at);
    return add(e, "ELU", NULL, at, ", \"alpha\": %s", parameter);
  case MNISTCNN_ACTIVATION_HARD_SIGMOID:
    return add_hard_sigmoid(e, at);
  case MNISTCNN_ACTIVATION_HARD_SWISH:
    return add_hard_swish(e, at);
  case MNISTCNN_ACTIVATION_GELU_TANH:
    return add_gelu_tanh(e, at);
  default:
    break;
  }
  if ((size_t)layer->activation < sizeof functions / sizeof functions[0] &&
      functions[layer->activation])
    return add_function(e, functions[layer->activation], at);
  return fail_activation(layer);
}

/* --- layers ----------------------------------------------------------------------------------- */

static const char *padding(const mnistcnn_layer_info *layer) {
  return layer->padding == MNISTCNN_PADDING_SAME ? "same" : "valid";
}

static const char *flag(uint32_t value) {
  return value ? "true" : "false";
}

#define WINDOW "\"strides\": [%u, %u], \"padding\": \"%s\", \"data_format\": \"channels_last\""
#define CONV   WINDOW ", \"dilation_rate\": [%u, %u], \"use_bias\": %s"

static mnistcnn_status add_conv(exporter *e, const mnistcnn_layer_info *l, uint32_t *at) {
  const uint32_t *const k = l->kernel_shape;
  char own[64];
  const char *class_name = "Conv2D";
  if (l->kind == MNISTCNN_LAYER_CONV2D)
    (void)snprintf(own, sizeof own, "\"filters\": %u", k[3]);
  else if (l->kind == MNISTCNN_LAYER_DEPTHWISE_CONV2D) {
    class_name = "DepthwiseConv2D";
    (void)snprintf(own, sizeof own, "\"depth_multiplier\": %u", k[3]);
  } else {
    class_name = "SeparableConv2D";
    (void)snprintf(own, sizeof own, "\"filters\": %u, \"depth_multiplier\": %u", l->output_channels,
                   k[3]);
  }
  return add(e, class_name, l->name, at, ", %s, \"kernel_size\": [%u, %u], " CONV, own, k[0], k[1],
             l->stride_height, l->stride_width, padding(l), l->dilation_height, l->dilation_width,
             flag(l->has_bias));
}

static mnistcnn_status add_pool(exporter *e, const mnistcnn_layer_info *l, uint32_t *at) {
  return add(e, l->kind == MNISTCNN_LAYER_MAXPOOL2D ? "MaxPooling2D" : "AveragePooling2D", l->name,
             at, ", \"pool_size\": [%u, %u], " WINDOW, l->kernel_shape[0], l->kernel_shape[1],
             l->stride_height, l->stride_width, padding(l));
}

static int has_array(const exporter *e, uint32_t layer, int32_t which) {
  size_t count;
  return mnistcnn_model_weights(e->list->model, layer, which, NULL, 0, &count) == MNISTCNN_OK;
}

static mnistcnn_status add_norm(exporter *e, const mnistcnn_layer_info *l, uint32_t index,
                                uint32_t *at) {
  char momentum[MCNN_NUMBER_TEXT], epsilon[MCNN_NUMBER_TEXT];
  return add(e, "BatchNormalization", l->name, at,
             ", \"axis\": -1, \"momentum\": %s, \"epsilon\": %s, \"center\": %s, \"scale\": %s",
             mcnn_foreign_number(l->momentum, momentum), mcnn_foreign_number(l->epsilon, epsilon),
             flag(has_array(e, index, MNISTCNN_WEIGHTS_BETA) ? 1 : 0),
             flag(has_array(e, index, MNISTCNN_WEIGHTS_GAMMA) ? 1 : 0));
}

static mnistcnn_status add_normalization(exporter *e, const mnistcnn_layer_info *l, uint32_t *at) {
  float scale[3] = {1, 1, 1}, offset[3] = {0, 0, 0};
  const uint32_t channels = l->output_channels <= 3 ? l->output_channels : 1;
  for (uint32_t c = 0; c < channels; c++) {
    scale[c] = 1 / l->deviation[c];
    offset[c] = -l->mean[c] / l->deviation[c];
  }
  return add_channel_scales(e, l->name, scale, offset, channels, at);
}

static mnistcnn_status add_dropout(exporter *e, const mnistcnn_layer_info *l, uint32_t *at) {
  char text[MCNN_NUMBER_TEXT];
  /* TensorFlow.js has SpatialDropout for sequences only; in prediction neither does anything. */
  const int is_plain = l->kind == MNISTCNN_LAYER_DROPOUT || e->list->is_tfjs;
  return add(e, is_plain ? "Dropout" : "SpatialDropout2D", l->name, at, ", \"rate\": %s",
             mcnn_foreign_number(l->rate, text));
}

static mnistcnn_status add_sum(exporter *e, const mnistcnn_layer_info *l, uint32_t *at) {
  return add_merged(e, "Add", l->name, l->other < 0 ? 0 : e->outputs[l->other], at);
}

/* In front of the softmax or sigmoid at the end. */
static mnistcnn_status add_temperature(exporter *e, uint32_t *at) {
  return add_rescaling(e, NULL, 1 / mnistcnn_model_temperature(e->list->model), 0, at);
}

static mnistcnn_status add_kind(exporter *e, const mnistcnn_layer_info *l, uint32_t index,
                                uint32_t *at) {
  switch (l->kind) {
  case MNISTCNN_LAYER_CONV2D:
  case MNISTCNN_LAYER_DEPTHWISE_CONV2D:
  case MNISTCNN_LAYER_SEPARABLE_CONV2D:
    return add_conv(e, l, at);
  case MNISTCNN_LAYER_MAXPOOL2D:
  case MNISTCNN_LAYER_AVGPOOL2D:
    return add_pool(e, l, at);
  case MNISTCNN_LAYER_DENSE:
    return add(e, "Dense", l->name, at, ", \"units\": %u, \"use_bias\": %s", l->output_channels,
               flag(l->has_bias));
  case MNISTCNN_LAYER_BATCH_NORM:
    return add_norm(e, l, index, at);
  case MNISTCNN_LAYER_GLOBAL_AVGPOOL2D:
    return add(e, "GlobalAveragePooling2D", l->name, at, "%s", "");
  case MNISTCNN_LAYER_GLOBAL_MAXPOOL2D:
    return add(e, "GlobalMaxPooling2D", l->name, at, "%s", "");
  case MNISTCNN_LAYER_ZEROPAD2D:
    return add(e, "ZeroPadding2D", l->name, at, ", \"padding\": [[%u, %u], [%u, %u]]", l->pad_top,
               l->pad_bottom, l->pad_left, l->pad_right);
  case MNISTCNN_LAYER_RESCALE:
    return add_rescaling(e, l->name, l->scale, l->offset, at);
  case MNISTCNN_LAYER_NORMALIZATION:
    return add_normalization(e, l, at);
  case MNISTCNN_LAYER_DROPOUT:
  case MNISTCNN_LAYER_SPATIAL_DROPOUT2D:
    return add_dropout(e, l, at);
  case MNISTCNN_LAYER_FLATTEN:
    return add(e, "Flatten", l->name, at, "%s", "");
  case MNISTCNN_LAYER_ADD:
    return add_sum(e, l, at);
  case MNISTCNN_LAYER_SOFTMAX:
    return add_function(e, "softmax", at);
  case MNISTCNN_LAYER_ACTIVATION:
    return MNISTCNN_OK;
  default:
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: Keras cannot store this kind of layer", l->name);
  }
}

/* A sigmoid or softmax that the network ends in, which the temperature stands before. */
static int is_end(const exporter *e, const mnistcnn_layer_info *l, uint32_t index) {
  return l->kind == MNISTCNN_LAYER_SOFTMAX ||
         (index + 1 == mnistcnn_model_num_layers(e->list->model) &&
          l->activation == MNISTCNN_ACTIVATION_SIGMOID);
}

static mnistcnn_status add_layer(exporter *e, uint32_t index, int with_ends, int *has_end) {
  mnistcnn_layer_info l = MNISTCNN_LAYER_INFO_INIT;
  mnistcnn_status status = core_failure(mnistcnn_model_layer_info(e->list->model, index, &l));
  if (status != MNISTCNN_OK)
    return status;
  uint32_t at = l.input < 0 ? e->last : e->outputs[l.input];
  const int ends = is_end(e, &l, index);
  *has_end = ends;
  if (with_ends && l.kind == MNISTCNN_LAYER_SOFTMAX)
    status = add_temperature(e, &at);
  if (status == MNISTCNN_OK)
    status = add_kind(e, &l, index, &at);
  if (status == MNISTCNN_OK && l.num_parameters > 0)
    e->list->layers[at].layer = (int32_t)index;
  if (status == MNISTCNN_OK && with_ends && ends && l.kind != MNISTCNN_LAYER_SOFTMAX)
    status = add_temperature(e, &at);
  if (status == MNISTCNN_OK)
    status = add_activation(e, &l, &at);
  e->outputs[index] = at;
  return status;
}

/* --- ends ------------------------------------------------------------------------------------- */

/* From bytes to what the first layer reads. */
static mnistcnn_status add_preparation(exporter *e, uint32_t *at) {
  float scale[3], offset[3];
  const mnistcnn_status status = mcnn_input_affine(e->list->model, e->list->unit, scale, offset);
  if (status != MNISTCNN_OK)
    return status;
  if (scale[0] == 1 && offset[0] == 0 && e->list->input.channels == 1)
    return MNISTCNN_OK;
  return add_channel_scales(e, "input_rescaling", scale, offset, e->list->input.channels, at);
}

static mnistcnn_status add_softmax(exporter *e, uint32_t *at) {
  const mnistcnn_status status = add_temperature(e, at);
  return status == MNISTCNN_OK ? add_function(e, "softmax", at) : status;
}

mnistcnn_status mcnn_keras_list_layers(mcnn_keras_out_list *list) {
  exporter e = {.list = list};
  const uint32_t layers = mnistcnn_model_num_layers(list->model);
  const int with_ends = list->with_ends;
  int has_end = 0;
  list->is_chain = 1;
  mnistcnn_status status = core_failure(mnistcnn_model_input_shape(list->model, &list->input));
  if (status == MNISTCNN_OK)
    status = add(&e, "InputLayer", "input_1", &e.last, ", \"%s\": [null, %u, %u, %u]",
                 list->is_keras_3 ? "batch_shape" : "batch_input_shape", list->input.height,
                 list->input.width, list->input.channels);
  if (status == MNISTCNN_OK && with_ends)
    status = add_preparation(&e, &e.last);
  for (uint32_t i = 0; i < layers && status == MNISTCNN_OK; i++)
    status = add_layer(&e, i, with_ends, &has_end);
  uint32_t at = e.outputs[layers - 1];
  if (status == MNISTCNN_OK && with_ends && !has_end)
    status = add_softmax(&e, &at);
  return status;
}
