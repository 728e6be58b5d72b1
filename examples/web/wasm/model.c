/* Models: made, loaded, saved, asked about. */
#include "exports.h"

#include "names.h"

mnistcnn_model *web_model_load(const void *data, size_t bytes) {
  mnistcnn_model *model = NULL;

  web_status = mnistcnn_model_load_memory(data, bytes, NULL, &model);
  return model;
}

mnistcnn_model *web_model_create(const char *architecture, const char *names, uint32_t classes,
                                 const double *numbers) {
  mnistcnn_model_options options = MNISTCNN_MODEL_OPTIONS_INIT;
  web_names split = {NULL, NULL};
  mnistcnn_model *model = NULL;

  options.architecture = architecture;
  options.num_classes = classes;
  options.input_height = (uint32_t)numbers[0];
  options.input_width = (uint32_t)numbers[1];
  options.input_channels = (uint32_t)numbers[2];
  options.seed = (uint64_t)numbers[3];
  options.input_mean = (float)numbers[4];
  options.input_std = (float)numbers[5];
  options.initializer = MNISTCNN_INIT_KAIMING_NORMAL;
  options.class_names = web_names_split(names, classes, &split) ? split.each : NULL;
  web_status = mnistcnn_model_create(&options, &model);
  web_names_free(&split);
  return model;
}

void web_expand(const int8_t *small, size_t count, const float *scales, size_t outputs,
                float *weights) {
  for (size_t i = 0; i < count; i += outputs)
    for (size_t j = 0; j < outputs; j++)
      weights[i + j] = (float)small[i + j] * scales[j];
}

void web_model_free(mnistcnn_model *model) {
  mnistcnn_model_free(model);
}

size_t web_model_bytes(const mnistcnn_model *model) {
  size_t bytes = 0;

  return mnistcnn_model_save_memory(model, NULL, 0, &bytes) == MNISTCNN_OK ? bytes : 0;
}

mnistcnn_status web_model_save(const mnistcnn_model *model, void *buffer, size_t bytes) {
  size_t written = 0;

  return mnistcnn_model_save_memory(model, buffer, bytes, &written);
}

mnistcnn_status web_model_facts(const mnistcnn_model *model, double *numbers) {
  mnistcnn_preparation preparation = MNISTCNN_PREPARATION_INIT;
  mnistcnn_shape shape = {0};
  mnistcnn_status status = mnistcnn_model_input_shape(model, &shape);

  if (status == MNISTCNN_OK)
    status = mnistcnn_model_preparation(model, &preparation);
  if (status != MNISTCNN_OK)
    return status;
  *numbers++ = shape.height;
  *numbers++ = shape.width;
  *numbers++ = shape.channels;
  *numbers++ = mnistcnn_model_num_classes(model);
  *numbers++ = mnistcnn_model_num_layers(model);
  *numbers++ = (double)mnistcnn_model_num_parameters(model);
  *numbers++ = (double)mnistcnn_model_rejection_threshold(model);
  *numbers++ = (double)mnistcnn_model_temperature(model);
  *numbers++ = preparation.prepare;
  *numbers++ = preparation.invert;
  *numbers++ = (double)preparation.scale;
  *numbers++ = (double)preparation.offset;
  *numbers++ = (double)preparation.mean[0];
  *numbers = (double)preparation.deviation[0];
  return MNISTCNN_OK;
}

const char *web_model_architecture(const mnistcnn_model *model) {
  return mnistcnn_model_architecture(model);
}

const char *web_model_class_name(const mnistcnn_model *model, uint32_t i) {
  return mnistcnn_model_class_name(model, i);
}

const char *web_model_note(const mnistcnn_model *model, const char *key) {
  return mnistcnn_model_note(model, key);
}

mnistcnn_status web_model_set_note(mnistcnn_model *model, const char *key, const char *value) {
  return mnistcnn_model_set_note(model, key, value);
}

mnistcnn_status web_model_set_threshold(mnistcnn_model *model, double threshold) {
  return mnistcnn_model_set_rejection_threshold(model, (float)threshold);
}

const char *web_layer_facts(const mnistcnn_model *model, uint32_t layer, double *numbers) {
  static mnistcnn_layer_info info;

  info = (mnistcnn_layer_info)MNISTCNN_LAYER_INFO_INIT;
  if (mnistcnn_model_layer_info(model, layer, &info) != MNISTCNN_OK)
    return NULL;
  *numbers++ = info.kind;
  *numbers++ = info.output_height;
  *numbers++ = info.output_width;
  *numbers++ = info.output_channels;
  *numbers++ = info.activation;
  for (int i = 0; i < 4; i++)
    *numbers++ = info.kernel_shape[i];
  *numbers++ = info.stride_height;
  *numbers++ = info.stride_width;
  *numbers++ = info.dilation_height;
  *numbers++ = info.dilation_width;
  *numbers++ = info.padding;
  *numbers++ = info.input;
  *numbers++ = info.other;
  *numbers = (double)info.activation_parameter;
  return info.name;
}

size_t web_layer_weights(const mnistcnn_model *model, uint32_t layer, int32_t which, float *values,
                         size_t count) {
  size_t there = 0;

  return mnistcnn_model_weights(model, layer, which, values, values ? count : 0, &there) ==
                 MNISTCNN_OK
             ? there
             : 0;
}

mnistcnn_status web_layer_set_weights(mnistcnn_model *model, uint32_t layer, int32_t which,
                                      const float *values, size_t count) {
  return mnistcnn_model_set_weights(model, layer, which, values, count);
}
