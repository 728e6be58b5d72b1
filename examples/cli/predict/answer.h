/* The output of `predict` for an image, in any format. */
#ifndef CLI_PREDICT_ANSWER_H
#define CLI_PREDICT_ANSWER_H

#include "predict/predictor.h"

/* What is printed before the first answer and after the last one. */
void answers_begin(predictor *p);
void answers_end(predictor *p);

/* Prints the most probable classes of the ranking. */
void answer_class(predictor *p, const char *path);

/* Prints that there is no digit, and why. guessed: the probabilities are those of a guess. Returns
 * EXIT_STATUS_NO_DIGIT. */
int answer_no_digit(predictor *p, const char *path, const char *verdict, const char *reason,
                    bool guessed);

/* Reports on standard error, and in formats with a record for each image there, too, that there is
 * none. The message names the file or is prefixed by its path. Returns EXIT_STATUS_FAILURE. */
int answer_failure(predictor *p, const char *path, const char *message);

/* The record of an image in JSON: with several members, between these two. */
void answer_begin_record(predictor *p, const char *path);
void answer_end_record(predictor *p);

/* Writes the members class, index and confidence of the current JSON object. */
void answer_write_class(const predictor *p, uint32_t index);

/* The name of a MNISTCNN_DIGIT_... in JSON. */
const char *answer_verdict_name(int32_t verdict);

#endif
