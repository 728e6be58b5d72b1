/* `predict --show`: the input of the network. */
#ifndef CLI_PREDICT_SHOW_H
#define CLI_PREDICT_SHOW_H

#include "predict/predictor.h"

/* Prints what becomes of a file that could be predicted. False, with the library's message or an
 * error of the picture in *error, if it cannot be prepared again. */
bool show_input(const predictor *p, const char *path, const char **error);

#endif
