/* Activations, which are functions of one number. The kernels of convolutions and dense layers
 * apply LINEAR and RELU to their own output; all of them are kernels of their own (kernels.h). */
#ifndef MCNN_KERNELS_ACTIVATION_H
#define MCNN_KERNELS_ACTIVATION_H

/* The numbers are those of the public MNISTCNN_ACTIVATION_..., and the formulas Keras 3's. A NaN
 * stays one. */
typedef enum mcnn_activation {
  MCNN_ACTIVATION_LINEAR = 0,        /* x */
  MCNN_ACTIVATION_RELU = 1,          /* max(0, x) */
  MCNN_ACTIVATION_RELU6 = 2,         /* min(max(0, x), 6) */
  MCNN_ACTIVATION_LEAKY_RELU = 3,    /* x where x > 0, else parameter x */
  MCNN_ACTIVATION_ELU = 4,           /* x where x > 0, else parameter (exp(x) - 1) */
  MCNN_ACTIVATION_SELU = 5,          /* scale elu(x), with the two constants of its paper */
  MCNN_ACTIVATION_SIGMOID = 6,       /* 1 / (1 + exp(-x)) */
  MCNN_ACTIVATION_TANH = 7,          /* tanh(x) */
  MCNN_ACTIVATION_SWISH = 8,         /* x sigmoid(x) */
  MCNN_ACTIVATION_GELU = 9,          /* x Phi(x), the normal distribution's */
  MCNN_ACTIVATION_GELU_TANH = 10,    /* x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 */
  MCNN_ACTIVATION_SOFTPLUS = 11,     /* log(1 + exp(x)) */
  MCNN_ACTIVATION_HARD_SIGMOID = 12, /* relu6(x + 3) / 6 */
  MCNN_ACTIVATION_HARD_SWISH = 13    /* x hard_sigmoid(x) */
} mcnn_activation;

enum { MCNN_NUM_ACTIVATIONS = MCNN_ACTIVATION_HARD_SWISH + 1 };

/* SELU's constants (Klambauer et al. 2017). */
#define MCNN_SELU_SCALE 1.0507009873554805
#define MCNN_SELU_ALPHA 1.6732632423543772

#endif
