#include "api/check.h"
#include "api/preparation.h"
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

/* Keras 2.0 reads images without their alpha channel. */
static const mnistcnn_preparation keras = {.struct_size = sizeof keras,
                                           .alpha = MNISTCNN_ALPHA_DROP,
                                           .scale = 1.0f / 255.0f,
                                           .deviation = {1.0f, 1.0f, 1.0f}};

mnistcnn_status mnistcnn_model_options_preset(mnistcnn_model_options *options, size_t size,
                                              const char *preset) {
  mnistcnn_model_options filled = defaults;
  MCNN_REQUIRE(preset);
  if (strcmp(preset, "best") == 0) {
    /* Gray, with the mean and deviation of MNIST's training images. */
    filled.input_channels = 1;
    filled.input_mean = 0.1307f;
    filled.input_std = 0.3081f;
  } else if (strcmp(preset, "tutorial") == 0) {
    filled.preparation = &keras;
  } else {
    return mcnn_fail(MNISTCNN_NOT_FOUND, "there is no preset \"%.40s\" (tutorial, best)", preset);
  }
  return mcnn_export_options(TYPE, &filled, first_size, sizeof filled, options, size);
}

/* --- life ------------------------------------------------------------------------------------- */

static mnistcnn_status create(const mnistcnn_model_options *given, mnistcnn_model **model) {
  mnistcnn_model_options options = *given;
  mnistcnn_preparation how;
  mcnn_alloc alloc;
  MCNN_REQUIRE(model);
  mnistcnn_status status = mcnn_import_allocator(options.allocator, &alloc);
  if (status == MNISTCNN_OK && options.preparation) {
    status = mcnn_import_preparation(options.preparation, &how);
    options.preparation = &how;
  }
  if (status == MNISTCNN_OK)
    status = mcnn_model_options_check(&options);
  return status == MNISTCNN_OK ? mcnn_model_create(&options, &alloc, model) : status;
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

float mnistcnn_model_rejection_threshold(const mnistcnn_model *model) {
  return model ? model->rejection_threshold : 0.0f;
}

mnistcnn_status mnistcnn_model_set_rejection_threshold(mnistcnn_model *model, float threshold) {
  MCNN_REQUIRE(model);
  return mcnn_model_set_rejection_threshold(model, threshold);
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

static void fill_kernel_shape(const mcnn_layer *layer, uint32_t shape[4]) {
  const mcnn_parameter *kernel = mcnn_layer_parameter_named(layer, "kernel");
  if (!kernel)
    kernel = mcnn_layer_parameter_named(layer, "depthwise_kernel");
  if (kernel) {
    memcpy(shape, kernel->shape, 4 * sizeof *shape);
    return;
  }
  shape[0] = layer->kernel_height;
  shape[1] = layer->kernel_width;
}

/* -1: none. */
static int32_t layer_number(uint32_t index) {
  return index == MCNN_NO_LAYER ? -1 : (int32_t)index;
}

static void fill_normalization(const mcnn_layer *layer, mnistcnn_layer_info *info) {
  for (uint32_t i = 0; layer->normalized > 0 && i < MCNN_MAX_NORMALIZED; i++) {
    const int is_one = layer->normalized == 1;
    info->mean[i] = layer->mean[is_one ? 0 : i];
    info->deviation[i] = layer->deviation[is_one ? 0 : i];
  }
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
                                .num_parameters = mcnn_layer_parameter_count(layer),
                                .stride_height = layer->stride_height,
                                .stride_width = layer->stride_width,
                                .dilation_height = layer->dilation_height,
                                .dilation_width = layer->dilation_width,
                                .padding = (int32_t)layer->padding,
                                .has_bias = mcnn_layer_parameter_named(layer, "bias") ? 1 : 0,
                                .pad_top = layer->pad_top,
                                .pad_bottom = layer->pad_bottom,
                                .pad_left = layer->pad_left,
                                .pad_right = layer->pad_right,
                                .input = layer_number(layer->input),
                                .other = layer_number(layer->other),
                                .rate = layer->rate,
                                .scale = layer->scale,
                                .offset = layer->offset,
                                .momentum = layer->momentum,
                                .epsilon = layer->epsilon,
                                .unbiased = layer->unbiased};
  fill_kernel_shape(layer, filled.kernel_shape);
  fill_normalization(layer, &filled);
  memcpy(filled.name, layer->name, sizeof filled.name);
  return mcnn_export_options(LAYER_INFO_TYPE, &filled, FIRST_LAYER_INFO_SIZE, sizeof filled, info,
                             info->struct_size);
}

/* MNISTCNN_WEIGHTS_... as layers name their parameters. */
static const char *const weight_names[] = {
    [MNISTCNN_WEIGHTS_KERNEL] = "kernel",
    [MNISTCNN_WEIGHTS_BIAS] = "bias",
    [MNISTCNN_WEIGHTS_GAMMA] = "gamma",
    [MNISTCNN_WEIGHTS_BETA] = "beta",
    [MNISTCNN_WEIGHTS_MOVING_MEAN] = "moving_mean",
    [MNISTCNN_WEIGHTS_MOVING_VARIANCE] = "moving_variance",
    [MNISTCNN_WEIGHTS_DEPTHWISE_KERNEL] = "depthwise_kernel",
    [MNISTCNN_WEIGHTS_POINTWISE_KERNEL] = "pointwise_kernel",
};
enum { NUM_WEIGHT_NAMES = sizeof weight_names / sizeof weight_names[0] };

/* NULL with the message set where the layer has no such array. */
static const mcnn_parameter *find_weights(const mnistcnn_model *model, uint32_t index,
                                          int32_t which, mnistcnn_status *status) {
  const mcnn_layer *const layer = find_layer(model, index);
  *status = MNISTCNN_NOT_FOUND;
  if (!layer)
    return NULL;
  if (which < 0 || which >= (int32_t)NUM_WEIGHT_NAMES) {
    *status =
        mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "which is %d; it must be MNISTCNN_WEIGHTS_...", which);
    return NULL;
  }
  const mcnn_parameter *parameter = mcnn_layer_parameter_named(layer, weight_names[which]);
  if (!parameter) {
    mcnn_fail(MNISTCNN_NOT_FOUND, "layer %u, %s, has no %s", index, layer->name,
              layer->num_parameters > 0 ? weight_names[which] : "weights");
  }
  return parameter;
}

mnistcnn_status mnistcnn_model_weights(const mnistcnn_model *model, uint32_t layer, int32_t which,
                                       float *values, size_t capacity, size_t *count) {
  mnistcnn_status status;
  MCNN_REQUIRE(model);
  if (capacity > 0)
    MCNN_REQUIRE(values);
  const mcnn_parameter *parameter = find_weights(model, layer, which, &status);
  if (!parameter)
    return status;
  if (values && capacity < parameter->count) {
    return mcnn_fail(MNISTCNN_BUFFER_TOO_SMALL, "values: %zu floats do not fit in %zu",
                     parameter->count, capacity);
  }
  if (values)
    memcpy(values, model->weights + parameter->offset, parameter->count * sizeof *values);
  if (count)
    *count = parameter->count;
  return MNISTCNN_OK;
}

static mnistcnn_status check_values(const mcnn_parameter *parameter, const float *values,
                                    size_t count) {
  if (count != parameter->count) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "count is %zu; the layer has %zu such weights",
                     count, parameter->count);
  }
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i]))
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "values[%zu] is a NaN or an infinity", i);
    if (parameter->is_variance && values[i] < 0)
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "values[%zu] is a negative variance", i);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mnistcnn_model_set_weights(mnistcnn_model *model, uint32_t layer, int32_t which,
                                           const float *values, size_t count) {
  mnistcnn_status status;
  MCNN_REQUIRE(model);
  MCNN_REQUIRE(values);
  const mcnn_parameter *parameter = find_weights(model, layer, which, &status);
  if (!parameter)
    return status;
  status = check_values(parameter, values, count);
  if (status != MNISTCNN_OK)
    return status;
  memcpy(model->weights + parameter->offset, values, count * sizeof *values);
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
