/* The output of `predict` for an image, as text or JSON. */
#ifndef CLI_PREDICT_ANSWER_H
#define CLI_PREDICT_ANSWER_H

#include "predict/predictor.h"

/* Prints the most probable classes of the ranking. */
void answer_class(const predictor *p, const char *path);

/* Prints that there is no digit, and why. Returns EXIT_STATUS_NO_DIGIT. */
int answer_no_digit(const predictor *p, const char *path, const char *verdict, const char *reason);

/* In JSON only: prints that the image could not be read, with the library's message. */
void answer_failure(const predictor *p, const char *path);

/* Writes the members class, index and confidence of the current JSON object. */
void answer_write_class(const predictor *p, uint32_t index);

/* The name of a MNISTCNN_DIGIT_... in JSON. */
const char *answer_verdict_name(int32_t verdict);

#endif
