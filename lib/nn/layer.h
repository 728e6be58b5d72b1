/* One layer of an architecture: its kind, its shapes and its parameters. */
#ifndef MCNN_NN_LAYER_H
#define MCNN_NN_LAYER_H

#include "base/limits.h"
#include "base/shape.h"
#include "kernels/activation.h"

#include <stddef.h>
#include <stdint.h>

/* What there is to know of a kind of layer (layer_kind.h). */
typedef struct mcnn_layer_kind mcnn_layer_kind;

/* As Keras has them: only positions where the kernel lies inside the input, or enough zeros around
 * it for ceil(input / stride) positions. */
typedef enum mcnn_padding { MCNN_PADDING_VALID = 0, MCNN_PADDING_SAME = 1 } mcnn_padding;

/* One array of a layer's parameters, row-major, as Keras stores it. */
typedef struct mcnn_parameter {
  char name[24]; /* in model files: "kernel", "bias" */
  uint32_t rank, shape[4];
  size_t offset, count; /* in the flat array of all parameters, in floats; offset: times 16 */
  /* A kernel starts with random numbers scaled by its fans, and decays; others start at 0. */
  uint32_t is_kernel;
  double fan_in, fan_out; /* connections of one output, of one input */
  float initial;          /* of those without random numbers */
  /* A moving average of what training measures, which no gradient changes: after each batch
   * momentum times itself + (1 - momentum) times the batch's. */
  uint32_t is_statistic;
  uint32_t is_variance; /* a statistic that is not negative */
  float momentum;
  /* A kernel's own L2 penalty; without it that of the training's options. */
  uint32_t has_l2;
  float l2;
} mcnn_parameter;

enum { MCNN_MAX_LAYER_PARAMETERS = 4 };

/* Parameters of conv2d, depthwise_conv2d and dense, in this order; with no_bias only the first. */
enum { MCNN_KERNEL = 0, MCNN_BIAS = 1 };

/* No layer: the network's input. */
#define MCNN_NO_LAYER UINT32_MAX

typedef struct mcnn_layer {
  const mcnn_layer_kind *kind;
  uint32_t index; /* in the architecture */
  uint32_t input; /* the layer whose output it reads, mostly the one before it */
  uint32_t other; /* add: the layer whose output is added; else MCNN_NO_LAYER */
  mcnn_shape in, out;
  uint32_t is_flat;                     /* 1: out is a vector, 1 x 1 x channels */
  uint32_t kernel_height, kernel_width; /* convolutions: kernel; poolings: window */
  uint32_t stride_height, stride_width; /* convolutions, poolings */
  uint32_t dilation_height,
      dilation_width;           /* convolutions: from tap to tap of the kernel; else 0 */
  mcnn_padding padding;         /* convolutions, poolings */
  uint32_t pad_top, pad_bottom; /* zeropad2d: rows of zeros */
  uint32_t pad_left, pad_right; /* zeropad2d: columns of zeros */
  mcnn_activation activation;   /* activation, and kinds that take one */
  float activation_parameter;   /* of those that have one, else 0 */
  uint32_t no_bias;             /* 1: kernels alone */
  uint32_t multiplier;          /* depthwise_conv2d, separable_conv2d: outputs of a
                                   channel; else 0 */
  float rate;                   /* both dropouts */
  float scale, offset;          /* rescale */
  float momentum, epsilon;      /* batchnorm */
  uint32_t no_scale, no_center; /* batchnorm: 1 without gamma, without beta */
  uint32_t unbiased;            /* batchnorm: 1: the moving variance is of n - 1 */
  uint32_t has_l2;              /* 1: its kernels have an L2 penalty of their own: ... */
  float l2;                     /* ... this */
  uint32_t normalized;          /* normalization: pairs, one a channel or one for all */
  float mean[MCNN_MAX_NORMALIZED], deviation[MCNN_MAX_NORMALIZED];
  uint32_t num_parameters;
  mcnn_parameter parameters[MCNN_MAX_LAYER_PARAMETERS];
  char name[32]; /* Keras' numbering: conv2d_1, max_pooling2d_1, activation_1, dropout_1, ... */
} mcnn_layer;

/* Receives one finished run of a gradient, or of the batch's values of a statistic: floats [offset,
 * offset + count) of the flat array, all of `parameter`. Nothing in this backward pass reads these
 * parameters any more, so the receiver may change them; runs come once each, some concurrently. */
typedef void (*mcnn_gradient_fn)(void *context, const mcnn_parameter *parameter, size_t offset,
                                 const float *gradient, size_t count);

/* The product of the three, which an architecture's limits keep in range. */
size_t mcnn_shape_count(mcnn_shape shape);

/* All parameters of a layer, as Keras counts them. */
size_t mcnn_layer_parameter_count(const mcnn_layer *layer);

/* Adds a vector of `count` parameters, which start at `initial`. */
mcnn_parameter *mcnn_layer_add_vector(mcnn_layer *layer, const char *name, uint32_t count,
                                      float initial);

/* Adds kernel and, unless no_bias, bias: `shape` of the kernel, whose last dimension is the
 * outputs, and the connections of one output and of one input. Offsets are set when the layer joins
 * its architecture. */
void mcnn_layer_add_weights(mcnn_layer *layer, uint32_t rank, const uint32_t shape[4],
                            double fan_in, double fan_out);

/* The array of this name; NULL: the layer has none. */
const mcnn_parameter *mcnn_layer_parameter_named(const mcnn_layer *layer, const char *name);
/* Adds one of several kernels. */
void mcnn_layer_add_kernel(mcnn_layer *layer, const char *name, uint32_t rank,
                           const uint32_t shape[4], double fan_in, double fan_out);
void mcnn_layer_add_bias(mcnn_layer *layer, uint32_t outputs);

#endif
