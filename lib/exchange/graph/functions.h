/* Functions of single numbers, with up to two parameters each. */
#ifndef MCNN_EXCHANGE_GRAPH_FUNCTIONS_H
#define MCNN_EXCHANGE_GRAPH_FUNCTIONS_H

double mcnn_function_relu(double x, const double p[2]);
double mcnn_function_leaky_relu(double x, const double p[2]);
double mcnn_function_elu(double x, const double p[2]);
double mcnn_function_celu(double x, const double p[2]);
double mcnn_function_selu(double x, const double p[2]);
double mcnn_function_sigmoid(double x, const double p[2]);
double mcnn_function_hyperbolic_tangent(double x, const double p[2]);
double mcnn_function_softplus(double x, const double p[2]);
double mcnn_function_softsign(double x, const double p[2]);
double mcnn_function_hard_sigmoid(double x, const double p[2]);
double mcnn_function_hard_swish(double x, const double p[2]);
double mcnn_function_thresholded(double x, const double p[2]);
double mcnn_function_error_function(double x, const double p[2]);
double mcnn_function_exponential(double x, const double p[2]);
double mcnn_function_logarithm(double x, const double p[2]);
double mcnn_function_square_root(double x, const double p[2]);
double mcnn_function_negative(double x, const double p[2]);
double mcnn_function_absolute(double x, const double p[2]);
double mcnn_function_reciprocal(double x, const double p[2]);
double mcnn_function_swish(double x, const double p[2]);
double mcnn_function_mish(double x, const double p[2]);
double mcnn_function_gelu(double x, const double p[2]);
double mcnn_function_gelu_tanh(double x, const double p[2]);
double mcnn_function_clip(double x, const double p[2]);

#endif
