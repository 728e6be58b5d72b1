/* How a model wants its images: changed by options, and printed. */
#ifndef CLI_MODEL_PREPARATION_H
#define CLI_MODEL_PREPARATION_H

#include <stdbool.h>

#include <mnistcnn.h>

#include "terminal/args.h"
#include "terminal/json_out.h"

/* What the options say; preparation_settings_none: nothing, the model's is left as it is. */
typedef struct preparation_settings {
  int32_t prepare; /* MNISTCNN_PREPARE_... and so on; KEEP: as it is */
  int32_t polarity;
  int32_t alpha;
  int32_t resize;
  uint32_t invert;
  float mean[3]; /* NaN: as it is */
  float deviation[3];
} preparation_settings;

enum { PREPARATION_KEEP = -1 };

preparation_settings preparation_settings_none(void);

/* For options: auto is PREPARATION_KEEP. */
extern const arg_choice prepare_choices[], polarity_choices[], alpha_choices[], resize_choices[];

/* Lays the settings over *how. */
void preparation_apply(const preparation_settings *settings, mnistcnn_preparation *how);

/* Whether these are numbers for a model of so many channels. */
bool preparation_fits(const preparation_settings *settings, uint32_t channels);

/* The same of a model's. Returns an exit status; a failure is reported. */
int preparation_change(const preparation_settings *settings, mnistcnn_model *model);

bool prepares_digits(const mnistcnn_model *model);

/* "Preparation: digit, light on dark", and what else is not the default. */
void preparation_print(const mnistcnn_model *model);
/* The members of an object. */
void preparation_write(json_out *json, const mnistcnn_model *model);

#endif
