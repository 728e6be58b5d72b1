#include "train/calibration.h"

#include "base/elementary.h"
#include "kernels/elementwise/softmax.h"

#include <math.h>

/* --- expected calibration error --------------------------------------------------------------- */

/* Bin b of n holds what is above b / n and at most (b + 1) / n; with 15 bins no float but 0 and 1
 * lies on an edge. A NaN goes into the first bin, where it makes the sum NaN. */
static size_t bin_of(float confidence) {
  const double place = ceil((double)confidence * MCNN_CALIBRATION_BINS) - 1;
  if (!(place > 0))
    return 0;
  return place < MCNN_CALIBRATION_BINS ? (size_t)place : MCNN_CALIBRATION_BINS - 1;
}

void mcnn_calibration_add(mcnn_calibration *calibration, const float *probabilities,
                          const uint32_t *labels, size_t rows, uint32_t classes) {
  for (size_t i = 0; i < rows; i++) {
    const float *p = probabilities + i * classes;
    const size_t top = mcnn_argmax(classes, p);
    const size_t bin = bin_of(p[top]);
    if (labels[i] == MCNN_NO_CLASS)
      continue;
    calibration->correct[bin] += top == labels[i];
    calibration->confidence[bin] += (double)p[top];
    calibration->images++;
  }
}

double mcnn_calibration_error(const mcnn_calibration *calibration) {
  double sum = 0;
  for (size_t bin = 0; bin < MCNN_CALIBRATION_BINS; bin++)
    sum += fabs((double)calibration->correct[bin] - calibration->confidence[bin]);
  return calibration->images ? sum / (double)calibration->images : (double)NAN;
}

/* --- temperature ------------------------------------------------------------------------------ */

/* The loss of one row and its slope over b = 1 / temperature. */
typedef struct point {
  double loss, slope;
} point;

/* What the label says z should be: z_label, or of a background image the mean of z, as its target
 * is the uniform distribution. */
static double target_below(const float *z, uint32_t label, uint32_t classes, double highest) {
  double sum = 0;
  if (label != MCNN_NO_CLASS)
    return (double)z[label] - highest;
  for (uint32_t j = 0; j < classes; j++)
    sum += (double)z[j] - highest;
  return sum / classes;
}

/* log(sum_j exp(b z_j)) - b z_label; its slope is the mean of z under the softmax, less z_label. */
static point softmax_row_at(const float *z, uint32_t label, uint32_t classes, double inverse) {
  const double highest = (double)z[mcnn_argmax(classes, z)];
  double sum = 0, weighted = 0;
  for (uint32_t j = 0; j < classes; j++) {
    const double below = (double)z[j] - highest; /* shifted, so that nothing overflows */
    const double weight = mcnn_exp(inverse * below);
    sum += weight;
    weighted += weight * below;
  }
  const double label_below = target_below(z, label, classes, highest);
  /* The highest class adds exp(0): the sum is never below 1. */
  // cppcheck-suppress invalidFunctionArg
  return (point){mcnn_log(sum) - inverse * label_below, weighted / sum - label_below};
}

/* The mean over the outputs of log(1 + exp(-b m_j)), where m_j is the logit, with its sign changed
 * where the label is another, or none. */
static point sigmoid_row_at(const float *z, uint32_t label, uint32_t classes, double inverse) {
  point sum = {0, 0};
  for (uint32_t j = 0; j < classes; j++) {
    const double margin = j == label ? (double)z[j] : -(double)z[j];
    const double e = mcnn_exp(-inverse * fabs(margin));
    sum.loss += mcnn_log1p(e) + (margin < 0 ? -inverse * margin : 0);
    sum.slope -= margin * (margin < 0 ? 1 : e) / (1 + e);
  }
  return (point){sum.loss / classes, sum.slope / classes};
}

/* Logits and labels, and what the logits stand for. */
typedef struct sample {
  const float *logits;
  const uint32_t *labels;
  size_t rows;
  uint32_t classes;
  mcnn_output output;
} sample;

static point mean_at(const sample *s, double inverse) {
  point mean = {0, 0};
  for (size_t i = 0; i < s->rows; i++) {
    const point row = (s->output == MCNN_OUTPUT_SIGMOID ? sigmoid_row_at : softmax_row_at)(
        s->logits + i * s->classes, s->labels[i], s->classes, inverse);
    mean.loss += row.loss / (double)s->rows;
    mean.slope += row.slope / (double)s->rows;
  }
  return mean;
}

double mcnn_temperature_loss(const float *logits, const uint32_t *labels, size_t rows,
                             uint32_t classes, mcnn_output output, double temperature) {
  const sample s = {logits, labels, rows, classes, output};
  return mean_at(&s, 1 / temperature).loss;
}

static int is_mistake(const float *z, uint32_t label, uint32_t classes, mcnn_output output) {
  int found = 0;
  if (output != MCNN_OUTPUT_SIGMOID)
    return mcnn_argmax(classes, z) != label;
  for (uint32_t j = 0; j < classes; j++)
    found |= (z[j] > 0) != (j == label);
  return found;
}

/* Whether a mistake among the rows, or a background image, bounds the confidence from above. */
static int has_mistakes(const sample *s) {
  int found = 0;
  for (size_t i = 0; i < s->rows; i++) {
    const float *z = s->logits + i * s->classes;
    for (uint32_t j = 0; j < s->classes; j++)
      if (!isfinite(z[j]))
        return 0;
    found |= s->labels[i] == MCNN_NO_CLASS || is_mistake(z, s->labels[i], s->classes, s->output);
  }
  return found;
}

/* The loss is convex in 1 / temperature: its least value lies where the slope changes sign. */
float mcnn_fit_temperature(const float *logits, const uint32_t *labels, size_t rows,
                           uint32_t classes, mcnn_output output) {
  enum { HALVINGS = 40 };
  const sample s = {logits, labels, rows, classes, output};
  double low = 1 / (double)MCNN_MAX_TEMPERATURE;
  double high = 1 / (double)MCNN_MIN_TEMPERATURE;
  if (!has_mistakes(&s))
    return 1;
  for (int i = 0; i < HALVINGS; i++) {
    const double middle = (low + high) / 2;
    if (mean_at(&s, middle).slope < 0)
      low = middle;
    else
      high = middle;
  }
  return (float)(2 / (low + high));
}
