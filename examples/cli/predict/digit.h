/* `predict` on a picture of one digit. */
#ifndef CLI_PREDICT_DIGIT_H
#define CLI_PREDICT_DIGIT_H

#include "predict/picture.h"
#include "predict/predictor.h"

/* An exit status; failures are reported, answers given. */
int predict_digit(predictor *p, const char *path, const picture *source);

#endif
