/* Activations that a kernel applies to its own output. */
#ifndef MCNN_KERNELS_ACTIVATION_H
#define MCNN_KERNELS_ACTIVATION_H

typedef enum mcnn_activation {
  MCNN_ACTIVATION_LINEAR = 0, /* y = x */
  MCNN_ACTIVATION_RELU = 1    /* y = max(0, x), a NaN stays one */
} mcnn_activation;

#endif
