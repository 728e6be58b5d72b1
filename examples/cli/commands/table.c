#include "commands/command.h"

const cli_command command_table[] = {
    {"train", cmd_train, "train a network on folders of images"},
    {"evaluate", cmd_evaluate, "evaluate a model on labelled images"},
    {"calibrate", cmd_calibrate, "fit the confidence of a model to labelled images"},
    {"predict", cmd_predict, "classify images"},
    {"summary", cmd_summary, "print a model's layers and classes"},
#ifdef CLI_HAS_EXCHANGE
    {"import", cmd_import, "make a model file of a Keras model"},
    {"export", cmd_export, "write a model as a file of Keras"},
#endif
    {"convert", cmd_convert, "convert MNIST's IDX files to folders of PNG files"},
    {"digits", cmd_digits, "draw synthetic handwritten digits for training"},
    {"completion", cmd_completion, "print a script that completes commands in a shell"},
};

const size_t num_commands = sizeof command_table / sizeof command_table[0];
