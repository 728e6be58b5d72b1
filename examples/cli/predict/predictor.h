/* Shared by all images of `predict`: the model, the settings and the memory. */
#ifndef CLI_PREDICT_PREDICTOR_H
#define CLI_PREDICT_PREDICTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <mnistcnn.h>

#include "terminal/json_out.h"

typedef struct predict_settings {
  uint32_t top;  /* number of classes to print */
  uint32_t many; /* 1: each picture may show several digits */
  uint32_t show; /* 1: print the input of the network */
} predict_settings;

typedef struct predictor {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  predict_settings settings;
  mnistcnn_preparation preparation; /* the model's */
  uint32_t height, width, channels;
  uint32_t num_classes;
  float *probabilities; /* [num_classes] */
  uint32_t *ranking;    /* [num_classes], the most probable first */
  uint8_t *prepared;    /* [height][width] */
  uint8_t *input;       /* [height][width][channels] */
  bool name_files;      /* print the file of each prediction */
  json_out *json;       /* NULL: text */
} predictor;

/* Returns an exit status; failures are reported. Call predictor_free() in any case. json NULL:
 * text. */
int predictor_create(predictor *p, const mnistcnn_model *model, const predict_settings *settings,
                     json_out *json);
void predictor_free(predictor *p);

/* Ranks the first settings.top classes. */
void predictor_rank(predictor *p);
double predictor_confidence(const predictor *p, uint32_t index);

/* The options for preparing pictures. */
mnistcnn_digit_options predictor_digit_options(const predictor *p);

/* Prints the input of the network if that was requested. */
void predictor_show(const predictor *p, const uint8_t *prepared);

#endif
