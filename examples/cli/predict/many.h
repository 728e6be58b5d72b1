/* `predict --many`: every digit of a picture. */
#ifndef CLI_PREDICT_MANY_H
#define CLI_PREDICT_MANY_H

#include "predict/predictor.h"

/* Prints the predictions. Returns an exit status; failures are reported. */
int predict_many(predictor *p, const char *path);

#endif
