/* mnistcnn summary: the contents of a model file. */
#include <inttypes.h>
#include <stdio.h>

#include <mnistcnn.h>

#include "commands/command.h"
#include "model/load.h"
#include "model/notes.h"
#include "model/preparation.h"
#include "model/table.h"
#include "terminal/args.h"
#include "terminal/json_out.h"
#include "terminal/message.h"

/* The name of a layer, or of what is before all of them. */
static const char *layer_name(const mnistcnn_model *model, int32_t index,
                              mnistcnn_layer_info *layer) {
  *layer = (mnistcnn_layer_info){.struct_size = sizeof *layer};
  if (index < 0 || mnistcnn_model_layer_info(model, (uint32_t)index, layer) != MNISTCNN_OK)
    return "input";
  return layer->name;
}

/* The layers that do not read the one before them alone. */
static int print_connections(const mnistcnn_model *model) {
  mnistcnn_layer_info layer = {.struct_size = sizeof layer};
  mnistcnn_layer_info other;

  for (uint32_t i = 0; i < mnistcnn_model_num_layers(model); i++) {
    if (mnistcnn_model_layer_info(model, i, &layer) != MNISTCNN_OK)
      return fail_library();
    if (layer.other < 0 && layer.input == (int32_t)i - 1)
      continue;
    printf("%s reads %s", layer.name, layer_name(model, layer.input, &other));
    if (layer.other >= 0)
      printf(" and %s", layer_name(model, layer.other, &other));
    printf("\n");
  }
  return EXIT_STATUS_OK;
}

static int print_summary(const mnistcnn_model *model) {
  mnistcnn_shape input;

  if (mnistcnn_model_input_shape(model, &input) != MNISTCNN_OK)
    return fail_library();
  int status = model_table_print(model);
  if (status == EXIT_STATUS_OK)
    status = print_connections(model);
  if (status != EXIT_STATUS_OK)
    return status;
  printf("Input: %" PRIu32 "x%" PRIu32 ", %" PRIu32 " channel%s\n", input.height, input.width,
         input.channels, input.channels == 1 ? "" : "s");
  preparation_print(model);
  printf("Network: %s\nClasses:", mnistcnn_model_architecture(model));
  for (uint32_t c = 0; c < mnistcnn_model_num_classes(model); c++)
    printf(" %s", mnistcnn_model_class_name(model, c));
  printf("\nTemperature: %g\n", (double)mnistcnn_model_temperature(model));
  if (mnistcnn_model_rejection_threshold(model) > 0)
    printf("Rejection threshold: %g\n", (double)mnistcnn_model_rejection_threshold(model));
  for (size_t i = 0; i < num_model_notes; i++) {
    const char *const value = mnistcnn_model_note(model, model_notes[i].key);
    if (value)
      printf("%s: %s\n", model_notes[i].title, value);
  }
  return EXIT_STATUS_OK;
}

/* By number, in the words of architecture texts. */
static const char *const activations[] = {
    [MNISTCNN_ACTIVATION_LINEAR] = "linear",
    [MNISTCNN_ACTIVATION_RELU] = "relu",
    [MNISTCNN_ACTIVATION_RELU6] = "relu6",
    [MNISTCNN_ACTIVATION_LEAKY_RELU] = "leaky_relu",
    [MNISTCNN_ACTIVATION_ELU] = "elu",
    [MNISTCNN_ACTIVATION_SELU] = "selu",
    [MNISTCNN_ACTIVATION_SIGMOID] = "sigmoid",
    [MNISTCNN_ACTIVATION_TANH] = "tanh",
    [MNISTCNN_ACTIVATION_SWISH] = "swish",
    [MNISTCNN_ACTIVATION_GELU] = "gelu",
    [MNISTCNN_ACTIVATION_GELU_TANH] = "gelu_tanh",
    [MNISTCNN_ACTIVATION_SOFTPLUS] = "softplus",
    [MNISTCNN_ACTIVATION_HARD_SIGMOID] = "hard_sigmoid",
    [MNISTCNN_ACTIVATION_HARD_SWISH] = "hard_swish",
};

/* NULL for one that is newer than this program. */
static const char *activation_name(const mnistcnn_layer_info *layer) {
  const size_t number = (size_t)layer->activation;

  if (layer->kind == MNISTCNN_LAYER_SOFTMAX)
    return "softmax";
  return number < sizeof activations / sizeof activations[0] ? activations[number] : NULL;
}

static void write_activation(json_out *json, const mnistcnn_layer_info *layer) {
  json_key(json, "activation");
  json_text(json, activation_name(layer));
  if (layer->activation_parameter > 0) {
    json_key(json, "activation_parameter");
    json_number(json, (double)layer->activation_parameter);
  }
}

static void write_pair(json_out *json, const char *key, uint32_t height, uint32_t width) {
  json_key(json, key);
  json_begin_line_array(json);
  json_integer(json, height);
  json_integer(json, width);
  json_end_array(json);
}

/* Of convolutions and poolings. */
static void write_window(json_out *json, const mnistcnn_layer_info *layer) {
  if (layer->stride_height == 0)
    return;
  write_pair(json, "kernel", layer->kernel_shape[0], layer->kernel_shape[1]);
  write_pair(json, "stride", layer->stride_height, layer->stride_width);
  if (layer->dilation_height > 0)
    write_pair(json, "dilation", layer->dilation_height, layer->dilation_width);
  json_key(json, "padding");
  json_text(json, layer->padding == MNISTCNN_PADDING_SAME ? "same" : "valid");
}

static void write_inputs(json_out *json, const mnistcnn_model *model,
                         const mnistcnn_layer_info *layer) {
  mnistcnn_layer_info other;

  json_key(json, "inputs");
  json_begin_line_array(json);
  json_text(json, layer_name(model, layer->input, &other));
  if (layer->other >= 0)
    json_text(json, layer_name(model, layer->other, &other));
  json_end_array(json);
}

/* Those that training measures instead of learning them. */
static uint64_t count_statistics(const mnistcnn_model *model, uint32_t layer) {
  size_t mean = 0;
  size_t variance = 0;

  if (mnistcnn_model_weights(model, layer, MNISTCNN_WEIGHTS_MOVING_MEAN, NULL, 0, &mean) !=
          MNISTCNN_OK ||
      mnistcnn_model_weights(model, layer, MNISTCNN_WEIGHTS_MOVING_VARIANCE, NULL, 0, &variance) !=
          MNISTCNN_OK)
    return 0;
  return mean + variance;
}

static int write_layers(json_out *json, const mnistcnn_model *model) {
  mnistcnn_layer_info layer = {.struct_size = sizeof layer};

  json_key(json, "layers");
  json_begin_array(json);
  for (uint32_t i = 0; i < mnistcnn_model_num_layers(model); i++) {
    if (mnistcnn_model_layer_info(model, i, &layer) != MNISTCNN_OK)
      return fail_library();
    json_begin_line_object(json);
    json_key(json, "name");
    json_text(json, layer.name);
    json_key(json, "output");
    json_begin_line_array(json);
    json_integer(json, layer.output_height);
    json_integer(json, layer.output_width);
    json_integer(json, layer.output_channels);
    json_end_array(json);
    write_activation(json, &layer);
    write_inputs(json, model, &layer);
    write_window(json, &layer);
    json_key(json, "parameters");
    json_integer(json, layer.num_parameters);
    json_key(json, "trainable");
    json_integer(json, layer.num_parameters - count_statistics(model, i));
    json_end_object(json);
  }
  json_end_array(json);
  return EXIT_STATUS_OK;
}

static void write_input(json_out *json, const mnistcnn_model *model) {
  mnistcnn_shape input = {0, 0, 0};

  mnistcnn_model_input_shape(model, &input);
  json_key(json, "input");
  json_begin_line_array(json);
  json_integer(json, input.height);
  json_integer(json, input.width);
  json_integer(json, input.channels);
  json_end_array(json);
}

static void write_class_names(json_out *json, const mnistcnn_model *model) {
  json_key(json, "classes");
  json_begin_line_array(json);
  for (uint32_t c = 0; c < mnistcnn_model_num_classes(model); c++)
    json_text(json, mnistcnn_model_class_name(model, c));
  json_end_array(json);
}

static void write_notes(json_out *json, const mnistcnn_model *model) {
  json_key(json, "notes");
  json_begin_object(json);
  for (size_t i = 0; i < num_model_notes; i++) {
    const char *const value = mnistcnn_model_note(model, model_notes[i].key);
    if (value) {
      json_key(json, model_notes[i].key);
      json_text(json, value);
    }
  }
  json_end_object(json);
}

static int print_summary_json(const mnistcnn_model *model) {
  json_out json;

  json_start(&json, stdout);
  json_begin_object(&json);
  json_key(&json, "architecture");
  json_text(&json, mnistcnn_model_architecture(model));
  write_input(&json, model);
  json_key(&json, "preparation");
  json_begin_object(&json);
  preparation_write(&json, model);
  json_end_object(&json);
  write_class_names(&json, model);
  json_key(&json, "parameters");
  json_integer(&json, mnistcnn_model_num_parameters(model));
  json_key(&json, "temperature");
  json_number(&json, (double)mnistcnn_model_temperature(model));
  json_key(&json, "rejection_threshold");
  json_number(&json, (double)mnistcnn_model_rejection_threshold(model));
  write_notes(&json, model);
  const int status = write_layers(&json, model);
  json_end_object(&json);
  json_finish(&json);
  return status;
}

int cmd_summary(int argc, char **argv) {
  const char *path = NULL;
  uint32_t as_json = 0;
  uint32_t with_plan = 0;
  mnistcnn_model *model = NULL;

  const arg_option options[] = {
      arg_text("model", "FILE", &path, "the model (required)"),
      arg_switch("json", &as_json, 1, "print JSON"),
      arg_switch("plan", &with_plan, 1, "also print the operations the layers are executed as"),
  };
  const arg_spec spec = {
      .command = "summary",
      .purpose = "Prints a model's layers, output shapes, parameters, classes and training notes.",
      .synopsis = "--model FILE [OPTION...]",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (!path)
    return args_usage_error("summary", "--model FILE is required");
  if (as_json && with_plan)
    return args_usage_error("summary", "--plan and --json exclude each other");
  if (load_model_file(path, &model) != EXIT_STATUS_OK)
    return EXIT_STATUS_FAILURE;
  int status = as_json ? print_summary_json(model) : print_summary(model);
  if (status == EXIT_STATUS_OK && with_plan)
    status = model_plan_print(model);
  mnistcnn_model_free(model);
  return status;
}
