/* mnistcnn export: a model as a file of another framework. */
#include "commands/command.h"
#include "terminal/args.h"
#include "terminal/message.h"

#ifdef CLI_HAS_EXCHANGE
#include <stdio.h>

#include <mnistcnn_exchange.h>

#include "files/same_file.h"
#include "model/load.h"

enum { NO_FORMAT = -1 };

static int export_file(const char *path, int32_t format, const char *out) {
  mnistcnn_export_options options = MNISTCNN_EXPORT_OPTIONS_INIT;
  mnistcnn_model *model = NULL;
  int status = load_model_file(path, &model);

  options.format = format;
  options.path = out;
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
                                       {NULL, 0}};
  const char *out = NULL;
  int32_t format = NO_FORMAT;

  const arg_option options[] = {
      arg_one_of("to", &format, formats,
                 "the format (required): .keras of Keras 3 (keras), .h5 of Keras 2 and 3 "
                 "(keras-h5), .h5 with weights only (keras-weights)"),
      arg_text("out", "FILE", &out, "the file to write (required)"),
  };
  const arg_spec spec = {
      .command = "export",
      .purpose = "Writes a model as a file of Keras.",
      .synopsis = "MODEL --to FORMAT --out FILE",
      .more_help = "With the network, the file reads bytes (0..255) and answers what predict "
                   "answers.\n",
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
  return export_file(argv[2], format, out);
}
#endif
