/* The value of train --class-weights. */
#ifndef CLI_COMMANDS_CLASS_WEIGHTS_H
#define CLI_COMMANDS_CLASS_WEIGHTS_H

#include <stdbool.h>

#include "files/class_names.h"

/* Fills weights[classes->count] from "W,W,..." with one for each class, or from "NAME=W,..." where
 * classes that are not named have the weight 1. A name may contain commas and '='. False, with a
 * message, on failure. */
bool class_weights_read(const char *text, const class_names *classes, float *weights);

#endif
