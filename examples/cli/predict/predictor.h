/* Shared by all images of `predict`: the model, the settings and the memory. */
#ifndef CLI_PREDICT_PREDICTOR_H
#define CLI_PREDICT_PREDICTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <mnistcnn.h>

#include "terminal/csv_out.h"
#include "terminal/json_out.h"
#include "terminal/progress_bar.h"

typedef enum answer_format {
  ANSWER_TEXT,
  ANSWER_JSON,  /* one array */
  ANSWER_JSONL, /* one object a line */
  ANSWER_CSV
} answer_format;

typedef struct predict_settings {
  uint32_t top;        /* number of classes to print */
  uint32_t many;       /* 1: each picture may show several digits */
  uint32_t form;       /* 1: a table of printed cells */
  const char *overlay; /* PNG file to draw what was read on; NULL: none */
  uint32_t show;       /* 1: print the input of the network */
  uint32_t num_threads;
  answer_format format;
  bool name_files; /* print the file of each prediction */
} predict_settings;

typedef struct predictor {
  const mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  predict_settings settings;
  mnistcnn_preparation preparation; /* the model's */
  uint32_t height, width;
  uint32_t num_classes;
  float *probabilities; /* [num_classes] */
  uint32_t *ranking;    /* [num_classes], the most probable first */
  json_out *json;       /* NULL: another format */
  json_out json_memory;
  csv_out csv;
  progress_bar *bar; /* of standard error, for many images */
} predictor;

/* Returns an exit status; failures are reported. Call predictor_free() in any case. */
int predictor_create(predictor *p, const mnistcnn_model *model, const predict_settings *settings,
                     progress_bar *bar);
void predictor_free(predictor *p);

/* Takes a row of probabilities and ranks the first settings.top classes. */
void predictor_rank(predictor *p, const float *row);
double predictor_confidence(const predictor *p, uint32_t index);

/* The options for preparing pictures. */
mnistcnn_digit_options predictor_digit_options(const predictor *p);

/* Prints the input of the network if that was requested. */
void predictor_show(const predictor *p, const uint8_t *prepared);

#endif
