/* The result of an evaluation, and the metrics derived from it. */
#ifndef CLI_REPORT_EVALUATION_H
#define CLI_REPORT_EVALUATION_H

#include <stdint.h>

#include <mnistcnn.h>

typedef struct evaluation {
  const mnistcnn_model *model;
  const mnistcnn_dataset *dataset;
  mnistcnn_metrics metrics;
  uint32_t num_classes;
  uint64_t *confusion;  /* [true class][predicted class] */
  float *probabilities; /* [image][class]; where they are asked for, else NULL */
} evaluation;

uint64_t evaluation_cell(const evaluation *e, uint32_t actual, uint32_t predicted);
/* NULL for MNISTCNN_NO_CLASS. */
const char *evaluation_name(const evaluation *e, uint32_t class_index);

/* The number of images of the class, and of predictions of it. */
uint64_t evaluation_images(const evaluation *e, uint32_t class_index);
uint64_t evaluation_predictions(const evaluation *e, uint32_t class_index);

/* NaN for 0 / 0. */
double evaluation_recall(const evaluation *e, uint32_t class_index);
double evaluation_precision(const evaluation *e, uint32_t class_index);

/* The harmonic mean of both: 2 * right / (images + predictions). */
double evaluation_f1(const evaluation *e, uint32_t class_index);

/* The most frequent confusion after the one at *actual, *predicted with `below` cases, UINT64_MAX
 * for the first. Returns the number of cases, 0 if there is none left. */
uint64_t evaluation_next_confusion(const evaluation *e, uint64_t below, uint32_t *actual,
                                   uint32_t *predicted);

#endif
