/* What every file of a `predict` shares: the model, what was asked for, and room to work in. */
#ifndef CLI_PREDICT_PREDICTOR_H
#define CLI_PREDICT_PREDICTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <mnistcnn.h>

#include "terminal/json_out.h"

/* How images become the network's input. */
enum {
  PREDICT_AUTO = 0, /* as digits, where the classes are digits and an image is not one of MNIST's */
  PREDICT_DIGIT = 1,
  PREDICT_PLAIN = 2
};

typedef struct predict_settings {
  uint32_t top; /* how many classes to tell */
  uint32_t mode;
  uint32_t many; /* 1: each picture may show several digits */
  uint32_t show; /* 1: print what the network sees */
} predict_settings;

typedef struct predictor {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  predict_settings settings;
  uint32_t height, width, channels;
  uint32_t num_classes;
  float *probabilities; /* [num_classes] */
  uint32_t *ranking;    /* [num_classes], the most probable first */
  uint8_t *prepared;    /* [height][width] */
  uint8_t *input;       /* [height][width][channels] */
  bool digits;          /* the classes are digits */
  bool name_files;      /* say which image an answer is about */
  json_out *json;       /* NULL: text */
} predictor;

/* An exit status; failures are reported. predictor_free() in any case. json NULL: text. */
int predictor_create(predictor *p, const mnistcnn_model *model, const predict_settings *settings,
                     json_out *json);
void predictor_free(predictor *p);

/* Sorts the first settings.top of the classes into the ranking. */
void predictor_rank(predictor *p);
double predictor_confidence(const predictor *p, uint32_t index);

/* How pictures are prepared for the model. */
mnistcnn_digit_options predictor_digit_options(const predictor *p);

/* Prints what the network sees, where that was asked for. */
void predictor_show(const predictor *p, const uint8_t *prepared);

#endif
