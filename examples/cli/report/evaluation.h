/* What evaluating a model gave, and the figures that follow from it. */
#ifndef CLI_REPORT_EVALUATION_H
#define CLI_REPORT_EVALUATION_H

#include <stdint.h>

#include <mnistcnn.h>

typedef struct evaluation {
  const mnistcnn_model *model;
  const mnistcnn_dataset *dataset;
  mnistcnn_metrics metrics;
  uint32_t num_classes;
  uint64_t *confusion;  /* [right class][answer] */
  float *probabilities; /* [image][class]; NULL unless asked for */
} evaluation;

uint64_t evaluation_cell(const evaluation *e, uint32_t right, uint32_t answer);
const char *evaluation_name(const evaluation *e, uint32_t class_index);

/* How many images of the class there are; how often it was the answer. */
uint64_t evaluation_images(const evaluation *e, uint32_t class_index);
uint64_t evaluation_answers(const evaluation *e, uint32_t class_index);

/* NaN where there is nothing to take a share of. */
double evaluation_recall(const evaluation *e, uint32_t class_index);
double evaluation_precision(const evaluation *e, uint32_t class_index);

/* The most frequent mistake after the one at *right, *answer with `below` cases, UINT64_MAX for the
 * first; how often it was made, 0: no more. */
uint64_t evaluation_next_mistake(const evaluation *e, uint64_t below, uint32_t *right,
                                 uint32_t *answer);

#endif
