#include "nn/loss.h"

#include "base/elementary.h"
#include "base/limits.h"
#include "kernels/elementwise/softmax.h"
#include "mnistcnn.h"

#include <assert.h>
#include <math.h>

/* Keras' epsilon, and its bounds as float32 has them. */
static const float CLIP_LOW = 1e-7f;
static const float CLIP_HIGH = 1.0f - 1e-7f;

static double clip(float p) {
  return p < CLIP_LOW ? (double)CLIP_LOW : p > CLIP_HIGH ? (double)CLIP_HIGH : (double)p;
}

/* -(1/C) sum_j [ y_j log p_j + (1 - y_j) log(1 - p_j) ], p clipped: the logarithm of a product of
 * factors of 1e-7 and more, as many at a time as cannot leave the range of a double. */
static double binary_row(const float *p, uint32_t classes, uint32_t label) {
  enum { FACTORS = 32 };
  double sum = 0;
  for (uint32_t first = 0; first < classes; first += FACTORS) {
    const uint32_t end = classes - first < FACTORS ? classes : first + FACTORS;
    double product = 1;
    for (uint32_t j = first; j < end; j++)
      product *= j == label ? clip(p[j]) : 1.0 - clip(p[j]);
    sum -= mcnn_log(product);
  }
  return sum / classes;
}

/* Of one output, of an image with this label. With label smoothing s: (1 - s) y + s / C of a
 * softmax, y (1 - s) + s / 2 of a sigmoid, as Keras. */
static double target_of(const mcnn_loss *loss, uint32_t label, uint32_t output) {
  const double smoothing = (double)loss->label_smoothing;
  if (loss->output == MCNN_OUTPUT_SIGMOID)
    return (output == label ? 1.0 - smoothing : 0.0) + smoothing / 2;
  if (label == MCNN_NO_CLASS)
    return 1.0 / loss->classes;
  return (output == label ? 1.0 - smoothing : 0.0) + smoothing / loss->classes;
}

/* The same as binary_row() with soft targets. */
static double smooth_row(const mcnn_loss *loss, const float *p, uint32_t label) {
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double target = target_of(loss, label, j), clipped = clip(p[j]);
    sum -= target * mcnn_log(clipped) + (1.0 - target) * mcnn_log(1.0 - clipped);
  }
  return sum / loss->classes;
}

/* -sum_j t_j log p_j. A probability that underflowed to 0 counts as the smallest float there is, so
 * that the loss stays finite. */
static double categorical_row(const mcnn_loss *loss, const float *p, uint32_t label) {
  const double tiny = 1.17549435e-38;
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double target = target_of(loss, label, j);
    if (target > 0)
      sum -= target * mcnn_log((double)p[j] < tiny ? tiny : (double)p[j]);
  }
  return sum;
}

static double row_loss(const mcnn_loss *loss, const float *p, uint32_t label) {
  if (loss->kind == MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY)
    return categorical_row(loss, p, label);
  return loss->label_smoothing > 0 || label == MCNN_NO_CLASS ? smooth_row(loss, p, label)
                                                             : binary_row(p, loss->classes, label);
}

static double weight_of(const mcnn_loss *loss, uint32_t label) {
  return loss->class_weights && label != MCNN_NO_CLASS ? (double)loss->class_weights[label] : 1.0;
}

static void count_correct(const mcnn_loss *loss, const float *p, uint32_t label,
                          mcnn_loss_sums *sums) {
  const size_t top = mcnn_argmax(loss->classes, p);
  if (label == MCNN_NO_CLASS) {
    sums->background++;
    return;
  }
  sums->correct += top == label && p[top] >= 0; /* a NaN is never right */
  for (uint32_t j = 0; j < loss->classes; j++)
    sums->binary_correct += (p[j] > 0.5f) == (j == label); /* Keras rounds 0.5 to 0 */
}

void mcnn_loss_add(const mcnn_loss *loss, const float *probabilities, const uint32_t *labels,
                   size_t rows, mcnn_loss_sums *sums) {
  for (size_t i = 0; i < rows; i++) {
    const float *p = probabilities + i * loss->classes;
    assert(labels[i] < loss->classes || labels[i] == MCNN_NO_CLASS);
    sums->loss += weight_of(loss, labels[i]) * row_loss(loss, p, labels[i]);
    count_correct(loss, p, labels[i], sums);
  }
  sums->images += rows;
}

/* dL/dp_j = -(1/C) [ t_j / p_j - (1 - t_j) / (1 - p_j) ], 0 where p was clipped; through the
 * softmax dL/dz_i = p_i (dL/dp_i - sum_j p_j dL/dp_j). */
static double binary_slope(float p, double target, uint32_t classes) {
  if (p < CLIP_LOW || p > CLIP_HIGH)
    return 0;
  return ((1.0 - target) / (1.0 - (double)p) - target / (double)p) / classes;
}

static void binary_gradient(const mcnn_loss *loss, const float *p, uint32_t label, double scale,
                            float *dz) {
  const uint32_t classes = loss->classes;
  double mean = 0;
  for (uint32_t j = 0; j < classes; j++)
    mean += (double)p[j] * binary_slope(p[j], target_of(loss, label, j), classes);
  for (uint32_t j = 0; j < classes; j++) {
    const double slope = binary_slope(p[j], target_of(loss, label, j), classes);
    dz[j] = (float)(scale * (double)p[j] * (slope - mean));
  }
}

/* Through the sigmoid dL/dz_i = (p_i - t_i) / C, which is as good where p is 0 or 1: there is
 * nothing to clip. */
static void sigmoid_gradient(const mcnn_loss *loss, const float *p, uint32_t label, double scale,
                             float *dz) {
  for (uint32_t j = 0; j < loss->classes; j++)
    dz[j] = (float)(scale * ((double)p[j] - target_of(loss, label, j)) / loss->classes);
}

/* dL/dz_i = p_i - t_i */
static void categorical_gradient(const mcnn_loss *loss, const float *p, uint32_t label,
                                 double scale, float *dz) {
  for (uint32_t j = 0; j < loss->classes; j++)
    dz[j] = (float)(scale * ((double)p[j] - target_of(loss, label, j)));
}

void mcnn_loss_gradient(const mcnn_loss *loss, size_t batch_images, const float *probabilities,
                        const uint32_t *labels, size_t rows, float *dlogits) {
  for (size_t i = 0; i < rows; i++) {
    const float *p = probabilities + i * loss->classes;
    float *dz = dlogits + i * loss->classes;
    const double scale = weight_of(loss, labels[i]) / (double)batch_images;
    if (loss->output == MCNN_OUTPUT_SIGMOID)
      sigmoid_gradient(loss, p, labels[i], scale, dz);
    else if (loss->kind == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY)
      binary_gradient(loss, p, labels[i], scale, dz);
    else
      categorical_gradient(loss, p, labels[i], scale, dz);
  }
}

void mcnn_loss_sums_add(mcnn_loss_sums *into, const mcnn_loss_sums *from) {
  into->loss += from->loss;
  into->images += from->images;
  into->background += from->background;
  into->correct += from->correct;
  into->binary_correct += from->binary_correct;
}
