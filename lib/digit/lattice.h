/* Digits that touch, taken apart: the network reads every run of segments between candidate cuts,
 * and the best path through this lattice of readings decides which cuts are made (as in the reading
 * of cheques: LeCun et al. 1998). */
#ifndef MCNN_DIGIT_LATTICE_H
#define MCNN_DIGIT_LATTICE_H

#include "digit/page.h"

/* A network. rows: [count][num_classes], probabilities of prepared images. */
typedef struct mcnn_reader {
  void (*classify)(void *user, const uint8_t *images, size_t count, float *rows);
  void *user;
  uint32_t num_classes;
} mcnn_reader;

/* A candidate as it was read. */
typedef struct mcnn_reading {
  mcnn_candidate candidate;
  mcnn_digit digit;
  float probability; /* of the most probable class */
  uint32_t is_one;   /* 1: the most probable class is that of the digit 1 */
  uint32_t column;   /* in its line, or of the form */
  uint32_t group;    /* UINT32_MAX: none */
  uint32_t is_cut;   /* 1: one of several that a candidate was cut into */
} mcnn_reading;

/* Readings in a row, with their prepared images and their probabilities. */
typedef struct mcnn_readings {
  mcnn_reading *items;
  uint8_t *images; /* [capacity][height][width] */
  float *rows;     /* [capacity][num_classes] */
  size_t count, capacity;
} mcnn_readings;

/* 1 where what was read as one may be several. */
int mcnn_lattice_is_worth(const mcnn_reading *whole, uint32_t text_height);

/* *is_cut: whether the candidate with this index, read as `whole`, is rather several digits; these
 * are appended then. */
mnistcnn_status mcnn_lattice_read(mcnn_page *page, const mcnn_reader *reader, uint32_t index,
                                  const mcnn_reading *whole, int *is_cut, mcnn_readings *readings);

mnistcnn_status mcnn_readings_reserve(mcnn_readings *readings, size_t capacity, size_t image,
                                      size_t classes, const mcnn_alloc *alloc);
void mcnn_readings_classify(mcnn_readings *readings, const mcnn_reader *reader);
void mcnn_readings_free(mcnn_readings *readings, const mcnn_alloc *alloc);

#endif
