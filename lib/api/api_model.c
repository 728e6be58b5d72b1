#include "api/check.h"
#include "model/model.h"
#include "nn/layer_kind.h"

#include <math.h>
#include <string.h>

static const char TYPE[] = "mnistcnn_model_options";
static const size_t first_size = // NOLINTNEXTLINE(bugprone-sizeof-expression): a pointer is meant
    MCNN_SIZE_THROUGH(mnistcnn_model_options, error);

#define FIRST_LAYER_INFO_SIZE MCNN_SIZE_THROUGH(mnistcnn_layer_info, name)
static const char LAYER_INFO_TYPE[] = "mnistcnn_layer_info";

/* --- options ---------------------------------------------------------------------------------- */

static const mnistcnn_model_options defaults = MNISTCNN_MODEL_OPTIONS_INIT;

mnistcnn_status mnistcnn_model_options_init(mnistcnn_model_options *options, size_t size) {
  return mcnn_export_options(TYPE, &defaults, first_size, sizeof defaults, options, size);
}

mnistcnn_status mnistcnn_model_options_preset(mnistcnn_model_options *options, size_t size,
                                              const char *preset) {
  mnistcnn_model_options filled = defaults;
  MCNN_REQUIRE(preset);
  if (strcmp(preset, "best") == 0) {
    /* Gray, with the mean and deviation of MNIST's training images. */
    filled.input_channels = 1;
    filled.input_mean = 0.1307f;
    filled.input_std = 0.3081f;
  } else if (strcmp(preset, "tutorial") != 0) {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "there is no preset \"%.40s\" (tutorial, best)", preset);
  }
  return mcnn_export_options(TYPE, &filled, first_size, sizeof filled, options, size);
}

/* --- life ------------------------------------------------------------------------------------- */

static mnistcnn_status create(const mnistcnn_model_options *options, mnistcnn_model **model) {
  mcnn_alloc alloc;
  MCNN_REQUIRE(model);
  mnistcnn_status status = mcnn_import_allocator(options->allocator, &alloc);
  if (status == MNISTCNN_OK)
    status = mcnn_model_options_check(options);
  return status == MNISTCNN_OK ? mcnn_model_create(options, &alloc, model) : status;
}

mnistcnn_status mnistcnn_model_create(const mnistcnn_model_options *options,
                                      mnistcnn_model **model) {
  mnistcnn_model_options complete = defaults;
  if (model)
    *model = NULL;
  mnistcnn_status status =
      mcnn_import_options(TYPE, options, first_size, &complete, sizeof complete);
  if (status == MNISTCNN_OK)
    status = mcnn_check_error(complete.error);
  return status == MNISTCNN_OK ? mcnn_report(complete.error, create(&complete, model)) : status;
}

mnistcnn_status mnistcnn_model_clone(const mnistcnn_model *model, mnistcnn_model **clone) {
  MCNN_REQUIRE(clone);
  *clone = NULL;
  MCNN_REQUIRE(model);
  return mcnn_model_clone(model, clone);
}

void mnistcnn_model_free(mnistcnn_model *model) {
  mcnn_model_free(model);
}

/* --- facts ------------------------------------------------------------------------------------ */

mnistcnn_status mnistcnn_model_input_shape(const mnistcnn_model *model, mnistcnn_shape *shape) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(shape);
  *shape = model->arch->input;
  return MNISTCNN_OK;
}

uint32_t mnistcnn_model_num_classes(const mnistcnn_model *model) {
  return model ? model->arch->num_classes : 0;
}

size_t mnistcnn_model_num_inputs(const mnistcnn_model *model) {
  return model ? mcnn_shape_count(model->arch->input) : 0;
}

uint32_t mnistcnn_model_num_layers(const mnistcnn_model *model) {
  return model ? model->arch->num_layers : 0;
}

uint64_t mnistcnn_model_num_parameters(const mnistcnn_model *model) {
  return model ? model->arch->num_parameters : 0;
}

const char *mnistcnn_model_class_name(const mnistcnn_model *model, uint32_t index) {
  return model ? mcnn_model_class_name(model, index) : NULL;
}

mnistcnn_status mnistcnn_model_set_class_names(mnistcnn_model *model, const char *const *names,
                                               uint32_t count) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(names);
  return mcnn_model_set_class_names(model, names, count);
}

const char *mnistcnn_model_architecture(const mnistcnn_model *model) {
  return model ? model->arch->text : NULL;
}

mnistcnn_status mnistcnn_model_summary(const mnistcnn_model *model, char *text, size_t capacity,
                                       size_t *length) {
  MCNN_REQUIRE(model);
  return mcnn_model_summary(model, text, capacity, length);
}

mnistcnn_status mnistcnn_model_plan(const mnistcnn_model *model, char *text, size_t capacity,
                                    size_t *length) {
  MCNN_REQUIRE(model);
  return mcnn_model_plan(model, text, capacity, length);
}

float mnistcnn_model_temperature(const mnistcnn_model *model) {
  return model ? model->temperature : 0.0f;
}

mnistcnn_status mnistcnn_model_set_temperature(mnistcnn_model *model, float temperature) {
  MCNN_REQUIRE(model);
  return mcnn_model_set_temperature(model, temperature);
}

/* --- layers and weights ----------------------------------------------------------------------- */

/* NULL with the message set where there is no such layer. */
static const mcnn_layer *find_layer(const mnistcnn_model *model, uint32_t index) {
  if (index < model->arch->num_layers)
    return &model->arch->layers[index];
  mcnn_fail(MNISTCNN_NOT_FOUND, "there is no layer %u: the model has %u", index,
            model->arch->num_layers);
  return NULL;
}

mnistcnn_status mnistcnn_model_layer_info(const mnistcnn_model *model, uint32_t index,
                                          mnistcnn_layer_info *info) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(info);
  const mcnn_layer *const layer = find_layer(model, index);
  if (!layer)
    return MNISTCNN_NOT_FOUND;
  mnistcnn_layer_info filled = {.struct_size = sizeof filled,
                                .kind = layer->kind->id,
                                .output_height = layer->out.height,
                                .output_width = layer->out.width,
                                .output_channels = layer->out.channels,
                                .activation = (int32_t)layer->activation,
                                .activation_parameter = layer->activation_parameter,
                                .num_parameters = mcnn_layer_parameter_count(layer)};
  if (layer->num_parameters > 0)
    memcpy(filled.kernel_shape, layer->parameters[MCNN_KERNEL].shape, sizeof filled.kernel_shape);
  for (uint32_t i = 0; layer->normalized > 0 && i < MCNN_MAX_NORMALIZED; i++) {
    const int is_one = layer->normalized == 1;
    filled.mean[i] = layer->mean[is_one ? 0 : i];
    filled.deviation[i] = layer->deviation[is_one ? 0 : i];
  }
  const uint32_t zeros[4] = {layer->pad_top, layer->pad_bottom, layer->pad_left, layer->pad_right};
  memcpy(filled.zero_padding, zeros, sizeof zeros);
  memcpy(filled.name, layer->name, sizeof filled.name);
  return mcnn_export_options(LAYER_INFO_TYPE, &filled, FIRST_LAYER_INFO_SIZE, sizeof filled, info,
                             info->struct_size);
}

/* Where a layer's kernel or bias lies in the model's weights. */
static mnistcnn_status find_weights(const mnistcnn_model *model, uint32_t index, int32_t which,
                                    size_t *offset, size_t *count) {
  const mcnn_layer *const layer = find_layer(model, index);
  if (!layer)
    return MNISTCNN_NOT_FOUND;
  if (which != MNISTCNN_WEIGHTS_KERNEL && which != MNISTCNN_WEIGHTS_BIAS) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "which is %d; it must be MNISTCNN_WEIGHTS_KERNEL or MNISTCNN_WEIGHTS_BIAS",
                     which);
  }
  if (layer->num_parameters == 0)
    return mcnn_fail(MNISTCNN_NOT_FOUND, "layer %u, %s, has no weights", index, layer->name);
  if ((uint32_t)which >= layer->num_parameters)
    return mcnn_fail(MNISTCNN_NOT_FOUND, "layer %u, %s, has no bias", index, layer->name);
  *offset = layer->parameters[which].offset;
  *count = layer->parameters[which].count;
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_model_weights(const mnistcnn_model *model, uint32_t layer, int32_t which,
                                       float *values, size_t capacity, size_t *count) {
  size_t offset = 0, floats = 0;
  MCNN_REQUIRE(model);
  if (capacity > 0)
    MCNN_REQUIRE(values);
  const mnistcnn_status status = find_weights(model, layer, which, &offset, &floats);
  if (status != MNISTCNN_OK)
    return status;
  if (values && capacity < floats) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "values: %zu floats do not fit in %zu", floats,
                     capacity);
  }
  if (values)
    memcpy(values, model->weights + offset, floats * sizeof *values);
  if (count)
    *count = floats;
  return MNISTCNN_OK;
}

static mnistcnn_status check_values(const float *values, size_t count, size_t expected) {
  if (count != expected) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "count is %zu; the layer has %zu such weights",
                     count, expected);
  }
  for (size_t i = 0; i < count; i++)
    if (!isfinite(values[i]))
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "values[%zu] is a NaN or an infinity", i);
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_model_set_weights(mnistcnn_model *model, uint32_t layer, int32_t which,
                                           const float *values, size_t count) {
  size_t offset = 0, floats = 0;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(values);
  mnistcnn_status status = find_weights(model, layer, which, &offset, &floats);
  if (status == MNISTCNN_OK)
    status = check_values(values, count, floats);
  if (status != MNISTCNN_OK)
    return status;
  memcpy(model->weights + offset, values, count * sizeof *values);
  mcnn_model_weights_changed(model);
  return MNISTCNN_OK;
}

/* --- notes ------------------------------------------------------------------------------------ */

const char *mnistcnn_model_note(const mnistcnn_model *model, const char *key) {
  return model && key ? mcnn_model_note(model, key) : NULL;
}

mnistcnn_status mnistcnn_model_set_note(mnistcnn_model *model, const char *key, const char *value) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(key);
  return mcnn_model_set_note(model, key, value);
}

uint32_t mnistcnn_model_num_notes(const mnistcnn_model *model) {
  return model ? (uint32_t)model->num_notes : 0;
}

const char *mnistcnn_model_note_key(const mnistcnn_model *model, uint32_t index) {
  return model && index < model->num_notes ? model->notes[index].key : NULL;
}

/* --- instruction set -------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_model_set_instruction_set(mnistcnn_model *model, const char *name) {
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(name);
  return mcnn_model_select_isa_named(model, name);
}

const char *mnistcnn_model_instruction_set(const mnistcnn_model *model) {
  return model ? mcnn_isa_name(mcnn_net_isa(model->net)) : NULL;
}
