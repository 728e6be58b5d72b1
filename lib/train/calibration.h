/* Calibration of a model's confidence: the expected calibration error, and the temperature that
 * lowers it. */
#ifndef MCNN_TRAIN_CALIBRATION_H
#define MCNN_TRAIN_CALIBRATION_H

#include "base/limits.h"
#include "nn/output.h"

#include <stddef.h>
#include <stdint.h>

/* --- expected calibration error --------------------------------------------------------------- */

#define MCNN_CALIBRATION_BINS 15

/* Images by the probability of their most probable class; bin b holds (b / 15, (b + 1) / 15]. */
typedef struct mcnn_calibration {
  uint64_t correct[MCNN_CALIBRATION_BINS];
  double confidence[MCNN_CALIBRATION_BINS]; /* the sum of it */
  uint64_t images;
} mcnn_calibration;

/* Adds `rows` images with these probabilities [rows][classes], but for background images. */
void mcnn_calibration_add(mcnn_calibration *calibration, const float *probabilities,
                          const uint32_t *labels, size_t rows, uint32_t classes);

/* The mean over all images of |accuracy - confidence| of their bin. NaN without images, and where a
 * probability was. */
double mcnn_calibration_error(const mcnn_calibration *calibration);

/* --- temperature ------------------------------------------------------------------------------ */

/* Background images count with the targets that they have in training: see nn/loss.h. */

/* Mean negative log likelihood of the labels under the probabilities of logits / temperature,
 * logits [rows][classes]: categorical cross entropy, or binary cross entropy of a sigmoid. */
double mcnn_temperature_loss(const float *logits, const uint32_t *labels, size_t rows,
                             uint32_t classes, mcnn_output output, double temperature);

/* The temperature for which it is least, of those between MCNN_MIN_TEMPERATURE and
 * MCNN_MAX_TEMPERATURE (Guo et al. 2017). 1 where nothing is known about mistakes: without rows,
 * where all are right (of a sigmoid: each output on the right side of 1/2), where a logit is not
 * finite. */
float mcnn_fit_temperature(const float *logits, const uint32_t *labels, size_t rows,
                           uint32_t classes, mcnn_output output);

#endif
