#include "exchange/keras/input.h"

#include "exchange/build/input.h"
#include "exchange/keras/config.h"

#include <math.h>
#include <string.h>

/* --- its shape -------------------------------------------------------------------------------- */

static const mcnn_json_value *own_shape(const mcnn_json_value *config) {
  static const char *const keys[] = {"batch_input_shape", "batch_shape", "build_input_shape"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const mcnn_json_value *const shape = mcnn_keras_setting(config, keys[i], NULL);
    if (mcnn_json_is(shape, MCNN_JSON_ARRAY))
      return shape;
  }
  return NULL;
}

static const mcnn_json_value *build_shape(const mcnn_json_value *layer) {
  const mcnn_json_value *const shape =
      mcnn_keras_setting(mcnn_json_member(layer, "build_config"), "input_shape", NULL);
  return mcnn_json_is(shape, MCNN_JSON_ARRAY) ? shape : NULL;
}

/* That of the input, or of the first of nested models, or what the model was built for. Lists of
 * one shape are of models with one input. */
static const mcnn_json_value *find_shape(const mcnn_json_value *input,
                                         const mcnn_json_value *model) {
  const mcnn_json_value *config = input;
  for (int depth = 0; depth < MCNN_KERAS_MAX_NESTED && config; depth++) {
    const mcnn_json_value *const shape = own_shape(config);
    if (shape)
      return shape;
    const mcnn_json_value *const layers =
        mcnn_json_is(config, MCNN_JSON_ARRAY) ? config : mcnn_json_member(config, "layers");
    const mcnn_json_value *const first = layers ? layers->first : NULL;
    if (build_shape(first))
      return build_shape(first);
    config = mcnn_json_member(first, "config");
  }
  const mcnn_json_value *const built = own_shape(mcnn_json_member(model, "config"));
  return built ? built : build_shape(model);
}

/* Keras 1 and 2 also had the shape without the batch: input_shape, input_dim. */
static const mcnn_json_value *find_dims(const mcnn_json_value *input, const mcnn_json_value *model,
                                        size_t *first) {
  const mcnn_json_value *shape = find_shape(input, model);
  *first = 1;
  if (shape && shape->count == 1 && mcnn_json_is(shape->first, MCNN_JSON_ARRAY))
    shape = shape->first;
  if (shape)
    return shape;
  *first = 0;
  return mcnn_keras_setting(input, "input_shape", "input_dim");
}

/* 1 where two shapes can be of one input: what is null fits anything. */
static int can_be_one(const mcnn_json_value *a, const mcnn_json_value *b) {
  if (a->count != b->count)
    return 0;
  for (a = a->first, b = b->first; a; a = a->next, b = b->next)
    if (a->kind == MCNN_JSON_NUMBER && b->kind == MCNN_JSON_NUMBER && a->number != b->number)
      return 0;
  return 1;
}

/* The layer behind an InputLayer may say once more what it reads. */
static mnistcnn_status check_repeated(mcnn_keras_context *context) {
  const mcnn_keras_graph *const graph = context->graph;
  if (graph->num_layers < 2 || graph->layers[1].num_inputs != 1)
    return MNISTCNN_OK;
  const mcnn_json_value *const first = own_shape(graph->layers[0].config);
  const mcnn_json_value *const again = own_shape(graph->layers[1].config);
  if (!first || !again || can_be_one(first, again))
    return MNISTCNN_OK;
  return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                           "its input has two shapes: that of \"%.60s\", and another in \"%.60s\"",
                           graph->layers[0].name, graph->layers[1].name);
}

static mnistcnn_status read_shape(mcnn_keras_context *context, const mcnn_json_value *list,
                                  size_t first, mcnn_input_shape *s) {
  s->rank = 0;
  if (mcnn_json_is(list, MCNN_JSON_NUMBER)) {
    int64_t number = 0;
    (void)mcnn_keras_integer(list, &number);
    s->dims[s->rank++] = number > 0 && number < INT32_MAX ? (uint32_t)number : 0;
    return MNISTCNN_OK;
  }
  if (!mcnn_json_is(list, MCNN_JSON_ARRAY) || list->count <= first ||
      list->count > first + MCNN_INPUT_MAX_RANK)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             list ? "its input has not one to three dimensions besides the batch"
                                  : "the file does not say how large its input is; save the model "
                                    "after it has been built or trained");
  const mcnn_json_value *item = first == 1 ? list->first->next : list->first;
  for (; item; item = item->next) {
    int64_t number = 0;
    if (item->kind != MCNN_JSON_NULL &&
        (!mcnn_keras_integer(item, &number) || number < 1 || number > INT32_MAX))
      return mcnn_keras_fail_setting(context, "input shape");
    s->dims[s->rank++] = (uint32_t)number;
  }
  return MNISTCNN_OK;
}

/* --- images ----------------------------------------------------------------------------------- */

/* What the first layer that cares says; where none does, or the dimensions change their places
 * before it, what the numbers say. */
static int has_channels_first(const mcnn_keras_graph *graph, const mcnn_input_shape *s) {
  for (uint32_t i = 1; i < graph->num_layers; i++) {
    const mcnn_json_value *const config = graph->layers[i].config;
    if (strcmp(graph->layers[i].class_name, "Permute") == 0)
      break;
    if (strcmp(graph->layers[i].class_name, "Flatten") != 0 &&
        (mcnn_json_member(config, "data_format") || mcnn_json_member(config, "dim_ordering")))
      return mcnn_keras_channels_first(config);
  }
  const int last = s->dims[2] == 1 || s->dims[2] == 3;
  return !last && (s->dims[0] == 1 || s->dims[0] == 3);
}

mnistcnn_status mcnn_keras_input(mcnn_keras_context *context, const mcnn_json_value *config,
                                 const mcnn_import_request *request, int transposed,
                                 mcnn_tensor *tensor) {
  mcnn_input_shape s = {.height = request->height, .width = request->width};
  size_t first = 0;
  const mcnn_keras_layer *const input = &context->graph->layers[0];
  const mcnn_json_value *const list = find_dims(input->config, config, &first);
  mnistcnn_status status = check_repeated(context);
  if (status == MNISTCNN_OK)
    status = read_shape(context, list, first, &s);
  if (status != MNISTCNN_OK)
    return status;
  s.channels_first = s.rank == 3 && has_channels_first(context->graph, &s);
  context->channels_first = s.channels_first;
  return mcnn_build_input(context->builder, &s, transposed, tensor);
}

/* --- what its numbers were -------------------------------------------------------------------- */

/* Means above this are of bytes, below of intensities. */
static const double between_means = 1.5;
/* A scale below it, also a negative one, is for bytes: 1 / 255 or that divided by a deviation. */
static const double largest_byte_scale = 0.25;

static const char *by_mean(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                           size_t from_end) {
  const mcnn_keras_array *arrays[MCNN_KERAS_MAX_ARRAYS];
  size_t count = 0;
  if (mcnn_keras_weights_find(context->weights, context->graph, layer, arrays, &count) !=
          MNISTCNN_OK ||
      count < from_end)
    return NULL;
  const mcnn_h5_value *const value = arrays[count - from_end]->value;
  float *const values = mcnn_builder_floats(context->builder, value->count);
  double sum = 0;
  if (!values || value->count == 0 ||
      mcnn_h5_read_floats(value, values, value->count) != MNISTCNN_OK)
    return NULL;
  for (size_t i = 0; i < value->count; i++)
    sum += (double)values[i];
  const double mean = sum / (double)value->count;
  return mean > between_means ? "raw" : mean > 0 ? "unit" : NULL;
}

static double first_number(const mcnn_json_value *value) {
  while (mcnn_json_is(value, MCNN_JSON_ARRAY))
    value = value->first;
  return mcnn_json_is(value, MCNN_JSON_NUMBER) ? value->number : 1;
}

static const char *by_number(const mcnn_keras_layer *layer) {
  return first_number(mcnn_keras_setting(layer->config, "mean", NULL)) > between_means ? "raw"
                                                                                       : "unit";
}

static int is_neutral(const char *class_name) {
  static const char *const neutral[] = {"InputLayer",    "Flatten",    "Reshape", "Permute",
                                        "ZeroPadding2D", "Cropping2D", "Dropout", "GaussianNoise",
                                        "Resizing",      "CenterCrop"};
  for (size_t i = 0; i < sizeof neutral / sizeof neutral[0]; i++)
    if (strcmp(class_name, neutral[i]) == 0)
      return 1;
  return strncmp(class_name, "Random", 6) == 0;
}

static const char *by_scale(const mcnn_keras_layer *layer) {
  const double scale = first_number(mcnn_keras_setting(layer->config, "scale", NULL));
  return fabs(scale) < largest_byte_scale ? "raw" : "unit";
}

/* *is_neutral: it tells nothing, and leaves the numbers as they are. */
static const char *by_operation(const mcnn_keras_layer *layer, int *is_neutral) {
  double scale, offset;
  if (!mcnn_keras_operation_affine(layer, &scale, &offset))
    return NULL;
  *is_neutral = scale == 1 && offset == 0;
  return fabs(scale) < largest_byte_scale || fabs(offset) > between_means ? "raw" : NULL;
}

static const char *by_layer(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                            int *is_neutral) {
  if (mcnn_keras_translator(context, layer) == mcnn_keras_operation)
    return by_operation(layer, is_neutral);
  if (strcmp(layer->class_name, "Rescaling") == 0)
    return by_scale(layer);
  if (strcmp(layer->class_name, "Normalization") == 0)
    return mcnn_keras_setting(layer->config, "mean", NULL) ? by_number(layer)
                                                           : by_mean(context, layer, 3);
  return strcmp(layer->class_name, "BatchNormalization") == 0 ? by_mean(context, layer, 2) : NULL;
}

const char *mcnn_keras_implied_encoding(mcnn_keras_context *context) {
  for (uint32_t i = 1; i < context->graph->num_layers; i++) {
    const mcnn_keras_layer *const layer = &context->graph->layers[i];
    int neutral = is_neutral(layer->class_name);
    const char *const implied = neutral ? NULL : by_layer(context, layer, &neutral);
    if (!neutral)
      return implied;
  }
  return NULL;
}
