/* What answers call things. */
#ifndef SERVER_V1_WORDS_H
#define SERVER_V1_WORDS_H

#include "pool/job.h"
#include "service/service.h"
#include "text/json_out.h"

const char *words_verdict(int32_t verdict);
const char *words_polarity(int32_t polarity);

/* "box": null where it is empty. */
void words_box(json_out *json, const job_box *box);

/* "model": name and version. */
void words_model(json_out *json, const service *s);

/* "probabilities": null where there are none. */
void words_probabilities(json_out *json, const float *row, uint32_t classes);

/* The problem with an image, as an object. */
void words_problem(json_out *json, int status, const char *detail);

#endif
