/* mnistcnn export: a model as a file of another framework, or as C. */
#include "commands/command.h"
#include "terminal/args.h"
#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <stdio.h>

#include <mnistcnn_exchange.h>

#include "files/same_file.h"
#include "model/load.h"

enum { NO_FORMAT = -1 };
enum { BYTES, UNIT };

static int export_file(const char *path, int32_t format, int32_t input, const char *out) {
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  int status = load_model_file(path, &model);

  options.format = format;
  options.path = out;
  options.unit_input = input == UNIT ? 1 : 0;
  if (status == EXIT_STATUS_OK && mnistcnn_export(model, &options) != MNISTCNN_OK)
    status = fail("%s: %s", path, mnistcnn_exchange_last_error());
  if (status == EXIT_STATUS_OK)
    printf("Exported %s to %s\n", path, out);
  mnistcnn_model_free(model);
  return status;
}

int cmd_export(int argc, char **argv) {
  static const arg_choice formats[] = {{"keras", MNISTCNN_EXPORT_KERAS},
                                       {"keras-h5", MNISTCNN_EXPORT_KERAS_H5},
                                       {"keras-weights", MNISTCNN_EXPORT_KERAS_WEIGHTS},
                                       {"onnx", MNISTCNN_EXPORT_ONNX},
                                       {"tfjs", MNISTCNN_EXPORT_TFJS},
                                       {"pytorch", MNISTCNN_EXPORT_PYTORCH},
                                       {"c", MNISTCNN_EXPORT_C},
                                       {"c-int8", MNISTCNN_EXPORT_C_INT8},
                                       {NULL, 0}};
  static const arg_choice inputs[] = {{"bytes", BYTES}, {"unit", UNIT}, {NULL, 0}};
  const char *out = NULL;
  int32_t format = NO_FORMAT, input = BYTES;

  const arg_option options[] = {
      arg_one_of("to", &format, formats, "the format (required)"),
      arg_one_of("input", &input, inputs,
                 "what the exported network reads: 0..255 (bytes, the default) or 0..1 (unit)"),
      arg_text("out", "FILE", &out, "the file to write (required)"),
  };
  const arg_spec spec = {
      .command = "export",
      .purpose = "Writes a model for another framework, or as C.",
      .synopsis = "MODEL --to FORMAT --out FILE",
      .more_help =
          "Formats:\n"
          "  keras          .keras, of Keras 3\n"
          "  keras-h5       .h5, of Keras 2 and 3\n"
          "  keras-weights  .h5 with weights only, for load_weights()\n"
          "  onnx           .onnx, [N, channels, rows, columns] to probabilities\n"
          "  tfjs           model.json of TensorFlow.js, with the weights beside it as model.bin\n"
          "  pytorch        .safetensors with a state_dict, and the module beside it as .py\n"
          "  c              a C header: the weights and a function that predicts\n"
          "  c-int8         the same with weights and products of 8 bits\n\n"
          "The exported network answers what predict answers, but for weights only.\n",
      .options = options,
      .num_options = sizeof options / sizeof options[0],
      .min_operands = 1,
      .max_operands = 1,
  };
  const arg_outcome outcome = args_parse(&spec, argc, argv, NULL);
  if (outcome != ARGS_GO_ON)
    return outcome == ARGS_HELP_SHOWN ? EXIT_STATUS_OK : EXIT_STATUS_USAGE;
  if (format == NO_FORMAT)
    return args_usage_error("export", "--to FORMAT is required");
  if (!out)
    return args_usage_error("export", "--out FILE is required");
  if (is_same_file(argv[2], out)) {
    return args_usage_error("export",
                            "--out and the model must be different files, but both are %s", out);
  }
  return export_file(argv[2], format, input, out);
}
#endif
