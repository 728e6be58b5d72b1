#include "nn/loss.h"

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
    sum -= log(product);
  }
  return sum / classes;
}

/* The same with soft targets, of a sigmoid's probabilities: t = y (1 - s) + s / 2, as Keras. */
static double target_of(const mcnn_loss *loss, int is_label) {
  const double smoothing = (double)loss->label_smoothing;
  return (is_label ? 1.0 - smoothing : 0.0) + smoothing / 2;
}

static double smooth_row(const mcnn_loss *loss, const float *p, uint32_t label) {
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double target = target_of(loss, j == label), clipped = clip(p[j]);
    sum -= target * log(clipped) + (1.0 - target) * log(1.0 - clipped);
  }
  return sum / loss->classes;
}

/* -sum_j t_j log p_j with t = (1 - s) y + s / C. A probability that underflowed to 0 counts as the
 * smallest float there is, so that the loss stays finite. */
static double categorical_row(const mcnn_loss *loss, const float *p, uint32_t label) {
  const double smoothing = (double)loss->label_smoothing;
  const double tiny = 1.17549435e-38;
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double target = (j == label ? 1.0 - smoothing : 0.0) + smoothing / loss->classes;
    if (target > 0)
      sum -= target * log((double)p[j] < tiny ? tiny : (double)p[j]);
  }
  return sum;
}

static double row_loss(const mcnn_loss *loss, const float *p, uint32_t label) {
  if (loss->kind == MNISTCNN_LOSS_CATEGORICAL_CROSS_ENTROPY)
    return categorical_row(loss, p, label);
  return loss->label_smoothing > 0 ? smooth_row(loss, p, label)
                                   : binary_row(p, loss->classes, label);
}

static double weight_of(const mcnn_loss *loss, uint32_t label) {
  return loss->class_weights ? (double)loss->class_weights[label] : 1.0;
}

void mcnn_loss_add(const mcnn_loss *loss, const float *probabilities, const uint32_t *labels,
                   size_t rows, mcnn_loss_sums *sums) {
  for (size_t i = 0; i < rows; i++) {
    const float *p = probabilities + i * loss->classes;
    assert(labels[i] < loss->classes);
    const size_t top = mcnn_argmax(loss->classes, p);
    sums->loss += weight_of(loss, labels[i]) * row_loss(loss, p, labels[i]);
    sums->correct += top == labels[i] && p[top] >= 0; /* a NaN is never right */
    for (uint32_t j = 0; j < loss->classes; j++)
      sums->binary_correct += (p[j] > 0.5f) == (j == labels[i]); /* Keras rounds 0.5 to 0 */
  }
  sums->images += rows;
}

/* dL/dp_j = -(1/C) [ y_j / p_j - (1 - y_j) / (1 - p_j) ], 0 where p was clipped; through the
 * softmax dL/dz_i = p_i (dL/dp_i - sum_j p_j dL/dp_j). */
static double binary_slope(float p, int is_label, uint32_t classes) {
  if (p < CLIP_LOW || p > CLIP_HIGH)
    return 0;
  return (is_label ? -1.0 / (double)p : 1.0 / (1.0 - (double)p)) / classes;
}

static void binary_gradient(const float *p, uint32_t classes, uint32_t label, double scale,
                            float *dz) {
  double mean = 0;
  for (uint32_t j = 0; j < classes; j++)
    mean += (double)p[j] * binary_slope(p[j], j == label, classes);
  for (uint32_t j = 0; j < classes; j++)
    dz[j] = (float)(scale * (double)p[j] * (binary_slope(p[j], j == label, classes) - mean));
}

/* Through the sigmoid dL/dz_i = (p_i - t_i) / C, which is as good where p is 0 or 1: there is
 * nothing to clip. */
static void sigmoid_gradient(const mcnn_loss *loss, const float *p, uint32_t label, double scale,
                             float *dz) {
  for (uint32_t j = 0; j < loss->classes; j++)
    dz[j] = (float)(scale * ((double)p[j] - target_of(loss, j == label)) / loss->classes);
}

/* dL/dz_i = p_i - t_i */
static void categorical_gradient(const mcnn_loss *loss, const float *p, uint32_t label,
                                 double scale, float *dz) {
  const double smoothing = (double)loss->label_smoothing;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double target = (j == label ? 1.0 - smoothing : 0.0) + smoothing / loss->classes;
    dz[j] = (float)(scale * ((double)p[j] - target));
  }
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
      binary_gradient(p, loss->classes, labels[i], scale, dz);
    else
      categorical_gradient(loss, p, labels[i], scale, dz);
  }
}

void mcnn_loss_sums_add(mcnn_loss_sums *into, const mcnn_loss_sums *from) {
  into->loss += from->loss;
  into->images += from->images;
  into->correct += from->correct;
  into->binary_correct += from->binary_correct;
}
