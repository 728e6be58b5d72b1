#include "kernels/elementwise/naive_activation.h"

#include <math.h>

/* 2 sqrt(2 / pi), 1 / sqrt(2 pi) and 1 / sqrt(2) */
static const double GELU_FACTOR = 1.5957691216057308, NORMAL_PEAK = 0.3989422804014327,
                    ROOT_HALF = 0.7071067811865476;

/* The limits at the infinities, where a formula may say infinity times 0. */
static double times(double x, double y) {
  return x == 0 || y == 0 ? 0 : x * y;
}

static double sigmoid(double x) {
  return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static double sigmoid_slope(double x) {
  return sigmoid(x) * sigmoid(-x);
}

static double elu(double x, double alpha) {
  return x > 0 ? x : alpha * expm1(x);
}

static double elu_slope(double x, double alpha) {
  return x > 0 ? 1 : alpha * exp(x);
}

static double clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

static double normal_distribution(double x) {
  return erfc(-x * ROOT_HALF) / 2;
}

static double gelu_tanh_argument(double x) {
  return GELU_FACTOR * (x + 0.044715 * x * x * x);
}

static double gelu_tanh_slope(double x) {
  const double z = gelu_tanh_argument(x), dz = GELU_FACTOR * (1 + 3 * 0.044715 * x * x);
  return sigmoid(z) + times(times(x, sigmoid_slope(z)), dz);
}

static double hard_sigmoid(double x) {
  return clamp(x + 3, 0, 6) / 6;
}

static double hard_swish_slope(double x) {
  return x > -3 ? x < 3 ? (2 * x + 3) / 6 : 1 : 0;
}

double mcnn_naive_activation(mcnn_activation activation, double parameter, double x) {
  if (isnan(x))
    return x;
  switch (activation) {
  case MCNN_ACTIVATION_LINEAR:
    return x;
  case MCNN_ACTIVATION_RELU:
    return x > 0 ? x : 0;
  case MCNN_ACTIVATION_RELU6:
    return clamp(x, 0, 6);
  case MCNN_ACTIVATION_LEAKY_RELU:
    return x > 0 ? x : parameter * x;
  case MCNN_ACTIVATION_ELU:
    return elu(x, parameter);
  case MCNN_ACTIVATION_SELU:
    return MCNN_SELU_SCALE * elu(x, MCNN_SELU_ALPHA);
  case MCNN_ACTIVATION_SIGMOID:
    return sigmoid(x);
  case MCNN_ACTIVATION_TANH:
    return tanh(x);
  case MCNN_ACTIVATION_SWISH:
    return times(x, sigmoid(x));
  case MCNN_ACTIVATION_GELU:
    return times(x, normal_distribution(x));
  case MCNN_ACTIVATION_GELU_TANH:
    return times(x, sigmoid(gelu_tanh_argument(x)));
  case MCNN_ACTIVATION_SOFTPLUS:
    return fmax(x, 0) + log1p(exp(-fabs(x)));
  case MCNN_ACTIVATION_HARD_SIGMOID:
    return hard_sigmoid(x);
  case MCNN_ACTIVATION_HARD_SWISH:
    return times(x, hard_sigmoid(x));
  }
  return x;
}

double mcnn_naive_activation_slope(mcnn_activation activation, double parameter, double x) {
  switch (activation) {
  case MCNN_ACTIVATION_LINEAR:
    return 1;
  case MCNN_ACTIVATION_RELU:
    return x > 0;
  case MCNN_ACTIVATION_RELU6:
    return x > 0 && x < 6;
  case MCNN_ACTIVATION_LEAKY_RELU:
    return x > 0 ? 1 : parameter;
  case MCNN_ACTIVATION_ELU:
    return elu_slope(x, parameter);
  case MCNN_ACTIVATION_SELU:
    return MCNN_SELU_SCALE * (x < 0 ? elu_slope(x, MCNN_SELU_ALPHA) : 1);
  case MCNN_ACTIVATION_SIGMOID:
    return sigmoid_slope(x);
  case MCNN_ACTIVATION_TANH:
    return 4 * sigmoid_slope(2 * x);
  case MCNN_ACTIVATION_SWISH:
    return sigmoid(x) + times(x, sigmoid_slope(x));
  case MCNN_ACTIVATION_GELU:
    return normal_distribution(x) + times(x, NORMAL_PEAK * exp(-x * x / 2));
  case MCNN_ACTIVATION_GELU_TANH:
    return gelu_tanh_slope(x);
  case MCNN_ACTIVATION_SOFTPLUS:
    return sigmoid(x);
  case MCNN_ACTIVATION_HARD_SIGMOID:
    return x > -3 && x < 3 ? 1.0 / 6 : 0;
  case MCNN_ACTIVATION_HARD_SWISH:
    return hard_swish_slope(x);
  }
  return 1;
}
