/* `predict` on a picture of one digit. */
#ifndef CLI_PREDICT_DIGIT_H
#define CLI_PREDICT_DIGIT_H

#include "predict/picture.h"
#include "predict/predictor.h"

/* Prints the predictions. Returns an exit status; failures are reported. */
int predict_digit(predictor *p, const char *path, const picture *source);

#endif
