#include "exchange/graph/functions.h"

#include <math.h>

double mcnn_function_relu(double x, const double p[2]) {
  (void)p;
  return fmax(x, 0);
}

double mcnn_function_leaky_relu(double x, const double p[2]) {
  return x < 0 ? x * p[0] : x;
}

double mcnn_function_elu(double x, const double p[2]) {
  return x < 0 ? p[0] * expm1(x) : x;
}

double mcnn_function_celu(double x, const double p[2]) {
  return x < 0 ? p[0] * expm1(x / p[0]) : x;
}

double mcnn_function_selu(double x, const double p[2]) {
  return p[1] * (x > 0 ? x : p[0] * expm1(x));
}

double mcnn_function_sigmoid(double x, const double p[2]) {
  (void)p;
  return 1 / (1 + exp(-x));
}

double mcnn_function_hyperbolic_tangent(double x, const double p[2]) {
  (void)p;
  return tanh(x);
}

double mcnn_function_softplus(double x, const double p[2]) {
  (void)p;
  return fmax(x, 0) + log1p(exp(-fabs(x)));
}

double mcnn_function_softsign(double x, const double p[2]) {
  (void)p;
  return x / (1 + fabs(x));
}

double mcnn_function_hard_sigmoid(double x, const double p[2]) {
  return fmin(fmax(p[0] * x + p[1], 0), 1);
}

double mcnn_function_hard_swish(double x, const double p[2]) {
  (void)p;
  return x * fmin(fmax(x / 6 + 0.5, 0), 1);
}

double mcnn_function_thresholded(double x, const double p[2]) {
  return x > p[0] ? x : 0;
}

double mcnn_function_error_function(double x, const double p[2]) {
  (void)p;
  return erf(x);
}

double mcnn_function_exponential(double x, const double p[2]) {
  (void)p;
  return exp(x);
}

double mcnn_function_logarithm(double x, const double p[2]) {
  (void)p;
  return log(x);
}

double mcnn_function_square_root(double x, const double p[2]) {
  (void)p;
  return sqrt(x);
}

double mcnn_function_negative(double x, const double p[2]) {
  (void)p;
  return -x;
}

double mcnn_function_absolute(double x, const double p[2]) {
  (void)p;
  return fabs(x);
}

double mcnn_function_reciprocal(double x, const double p[2]) {
  (void)p;
  return 1 / x;
}

double mcnn_function_swish(double x, const double p[2]) {
  return x / (1 + exp(-p[0] * x));
}

double mcnn_function_mish(double x, const double p[2]) {
  return x * tanh(mcnn_function_softplus(x, p));
}

double mcnn_function_gelu(double x, const double p[2]) {
  (void)p;
  return 0.5 * x * (1 + erf(x * sqrt(0.5)));
}

double mcnn_function_gelu_tanh(double x, const double p[2]) {
  const double two_over_pi = 0.6366197723675814;
  (void)p;
  return 0.5 * x * (1 + tanh(sqrt(two_over_pi) * (x + 0.044715 * x * x * x)));
}

double mcnn_function_clip(double x, const double p[2]) {
  return fmin(fmax(x, p[0]), p[1]);
}
