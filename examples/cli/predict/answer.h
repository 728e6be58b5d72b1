/* What `predict` says about an image, as text or in JSON. */
#ifndef CLI_PREDICT_ANSWER_H
#define CLI_PREDICT_ANSWER_H

#include "predict/predictor.h"

/* The most probable classes, as ranked. */
void answer_class(const predictor *p, const char *path);

/* That there is no digit, and why. Returns EXIT_STATUS_NO_DIGIT. */
int answer_no_digit(const predictor *p, const char *path, const char *verdict, const char *reason);

/* In JSON only: that the image could not be read, with the library's message. */
void answer_failure(const predictor *p, const char *path);

/* The members class, index and confidence of the object that is open. */
void answer_write_class(const predictor *p, uint32_t index);

/* One word for a MNISTCNN_DIGIT_... */
const char *answer_verdict_name(int32_t verdict);

#endif
