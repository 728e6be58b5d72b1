/* Which class of Keras is translated how. */
#include "exchange/keras/config.h"
#include "exchange/keras/context.h"

#include <string.h>

static mnistcnn_status pass(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                            mcnn_tensor *tensor) {
  (void)context;
  (void)layer;
  (void)tensor;
  return MNISTCNN_OK;
}

static mnistcnn_status training_only(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor) {
  (void)layer;
  (void)tensor;
  return mcnn_builder_note(context->builder,
                           "left out: it has an effect in training only, and this library has not "
                           "this kind");
}

static mnistcnn_status dropout(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                               mcnn_tensor *tensor) {
  double rate;
  if (!mcnn_keras_number(layer->config, "rate", "p", 0.5, &rate))
    return mcnn_keras_fail_setting(context, "rate");
  return mcnn_build_dropout(context->builder, tensor, "dropout", rate);
}

static mnistcnn_status spatial_dropout(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                       mcnn_tensor *tensor) {
  double rate;
  if (!mcnn_keras_number(layer->config, "rate", "p", 0.5, &rate))
    return mcnn_keras_fail_setting(context, "rate");
  return mcnn_build_dropout(context->builder, tensor, "spatialdropout", rate);
}

/* Layers that change nothing of an image that has this size already. */
static mnistcnn_status same_size(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 mcnn_tensor *tensor) {
  const uint32_t first = mcnn_keras_channels_first(layer->config) ? 1 : 0;
  uint32_t height = 0, width = 0;
  if (mcnn_keras_count(layer->config, "height", NULL, 0, &height) &&
      mcnn_keras_count(layer->config, "width", NULL, 0, &width) && !tensor->is_vector &&
      tensor->rank == 3 && mcnn_tensor_dim(tensor, first) == height &&
      mcnn_tensor_dim(tensor, first + 1) == width)
    return MNISTCNN_OK;
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "makes images of %ux%u of others. %s", height, width,
                           mcnn_keras_advice(layer->class_name));
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Of one layer it is x + 1, which Keras 3 calls by the same name. */
static mnistcnn_status add(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                           mcnn_tensor *tensor) {
  return layer->num_inputs == 1 ? mcnn_keras_operation(context, layer, tensor)
                                : mcnn_keras_sum(context, layer, tensor);
}

static mnistcnn_status average(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                               mcnn_tensor *tensor) {
  const double scale = 1.0 / (double)layer->num_inputs, offset = 0;
  const mnistcnn_status status = mcnn_keras_sum(context, layer, tensor);
  return status == MNISTCNN_OK ? mcnn_build_affine(context->builder, tensor, 0, &scale, &offset, 1)
                               : status;
}

/* Of Keras 1. */
static mnistcnn_status merge(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                             mcnn_tensor *tensor) {
  const mcnn_json_value *const mode = mcnn_json_member(layer->config, "mode");
  if (mcnn_json_equals(mode, "sum"))
    return mcnn_keras_sum(context, layer, tensor);
  if (mcnn_json_equals(mode, "ave"))
    return average(context, layer, tensor);
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "merges by \"%.40s\"; this library has sums and means of layers",
                           mcnn_json_text(mode) ? mcnn_json_text(mode) : "?");
}

static mnistcnn_status concatenate(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor) {
  (void)tensor;
  if (layer->num_inputs == 1)
    return MNISTCNN_OK;
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED, "%s",
                           mcnn_keras_advice("Concatenate"));
}

/* --- the table -------------------------------------------------------------------------------- */

typedef struct entry {
  const char *class_name;
  mcnn_keras_translate_fn translate;
} entry;

static const entry entries[] = {
    {"InputLayer", pass},
    {"Conv2D", mcnn_keras_conv2d},
    {"Convolution2D", mcnn_keras_conv2d},
    {"AtrousConvolution2D", mcnn_keras_conv2d},
    {"DepthwiseConv2D", mcnn_keras_depthwise},
    {"SeparableConv2D", mcnn_keras_separable},
    {"SeparableConvolution2D", mcnn_keras_separable},
    {"MaxPooling2D", mcnn_keras_max_pool},
    {"MaxPool2D", mcnn_keras_max_pool},
    {"AveragePooling2D", mcnn_keras_average_pool},
    {"AvgPool2D", mcnn_keras_average_pool},
    {"GlobalAveragePooling2D", mcnn_keras_global_average},
    {"GlobalAvgPool2D", mcnn_keras_global_average},
    {"GlobalMaxPooling2D", mcnn_keras_global_max},
    {"GlobalMaxPool2D", mcnn_keras_global_max},
    {"ZeroPadding2D", mcnn_keras_zero_padding},
    {"Cropping2D", mcnn_keras_cropping},
    {"PReLU", mcnn_keras_prelu},
    {"Dense", mcnn_keras_dense},
    {"BatchNormalization", mcnn_keras_batch_norm},
    {"BatchNormalizationV1", mcnn_keras_batch_norm},
    {"BatchNormalizationV2", mcnn_keras_batch_norm},
    {"SyncBatchNormalization", mcnn_keras_batch_norm},
    {"Rescaling", mcnn_keras_rescaling},
    {"Normalization", mcnn_keras_normalization},
    {"Dropout", dropout},
    {"SpatialDropout2D", spatial_dropout},
    {"Flatten", mcnn_keras_flatten},
    {"Reshape", mcnn_keras_reshape},
    {"Permute", mcnn_keras_permute},
    {"Resizing", same_size},
    {"CenterCrop", same_size},
    {"RandomCrop", same_size},
    {"Add", add},
    {"Average", average},
    {"Merge", merge},
    {"Concatenate", concatenate},
    {"TFOpLambda", mcnn_keras_operation},
    {"TensorFlowOpLayer", mcnn_keras_operation},
    {"Subtract", mcnn_keras_operation},
    {"Multiply", mcnn_keras_operation},
    {"GaussianNoise", training_only},
    {"GaussianDropout", training_only},
    {"AlphaDropout", training_only},
    {"ActivityRegularization", training_only},
    {"RandomFlip", training_only},
    {"RandomRotation", training_only},
    {"RandomZoom", training_only},
    {"RandomTranslation", training_only},
    {"RandomContrast", training_only},
    {"RandomBrightness", training_only},
    {"RandomHeight", training_only},
    {"RandomWidth", training_only},
    {"RandomShear", training_only},
    {"RandomErasing", training_only},
    {"RandomColorJitter", training_only},
    {"RandomHue", training_only},
    {"RandomSaturation", training_only},
};

static mnistcnn_status activation(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                  mcnn_tensor *tensor) {
  return mcnn_keras_activation_layer(context, layer->class_name, layer->config, tensor);
}

mcnn_keras_translate_fn mcnn_keras_translator(const mcnn_keras_context *context,
                                              const mcnn_keras_layer *layer) {
  const char *const class_name = layer->class_name;
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
    if (strcmp(entries[i].class_name, class_name) == 0)
      return entries[i].translate;
  if (mcnn_keras_is_activation_layer(class_name))
    return activation;
  return mcnn_keras_is_operation(context, layer) ? mcnn_keras_operation : NULL;
}
