#include "reference_net.h"

#include "kernels/elementwise/naive_activation.h"
#include "mnistcnn.h"
#include "nn/layer_kind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double pixel(const double *x, mcnn_shape s, long row, long column, uint32_t channel) {
  if (row < 0 || column < 0 || row >= (long)s.height || column >= (long)s.width)
    return 0;
  return x[((size_t)row * s.width + (size_t)column) * s.channels + channel];
}

/* Where the first window begins along one axis. */
static long window_start(const mcnn_layer *l, uint32_t in, uint32_t out, long window,
                         uint32_t stride) {
  const long reach = (long)(out - 1) * (long)stride + window - (long)in;
  return l->padding == MCNN_PADDING_SAME && reach > 0 ? -(reach / 2) : 0;
}

static long dilated(uint32_t kernel, uint32_t dilation) {
  return (long)((kernel - 1) * dilation + 1);
}

static void conv2d(const mcnn_layer *l, const double *p, const double *x, double *y) {
  const long top = window_start(l, l->in.height, l->out.height,
                                dilated(l->kernel_height, l->dilation_height), l->stride_height);
  const long left = window_start(l, l->in.width, l->out.width,
                                 dilated(l->kernel_width, l->dilation_width), l->stride_width);
  const uint32_t channels = l->in.channels;
  for (uint32_t i = 0; i < l->out.height; i++) {
    for (uint32_t j = 0; j < l->out.width; j++) {
      for (uint32_t o = 0; o < l->out.channels; o++) {
        double sum = l->no_bias ? 0 : p[l->parameters[MCNN_BIAS].offset + o];
        for (uint32_t a = 0; a < l->kernel_height; a++) {
          for (uint32_t b = 0; b < l->kernel_width; b++) {
            for (uint32_t c = 0; c < channels; c++) {
              const long row = top + (long)(i * l->stride_height + a * l->dilation_height);
              const long column = left + (long)(j * l->stride_width + b * l->dilation_width);
              sum += pixel(x, l->in, row, column, c) *
                     p[l->parameters[MCNN_KERNEL].offset +
                       ((a * l->kernel_width + b) * channels + c) * l->out.channels + o];
            }
          }
        }
        y[(i * l->out.width + j) * l->out.channels + o] = sum;
      }
    }
  }
}

/* Without bias: kernel [KH][KW][in][multiplier]. */
static void depthwise(const mcnn_layer *l, const double *kernel, const double *x, double *y) {
  const long top = window_start(l, l->in.height, l->out.height,
                                dilated(l->kernel_height, l->dilation_height), l->stride_height);
  const long left = window_start(l, l->in.width, l->out.width,
                                 dilated(l->kernel_width, l->dilation_width), l->stride_width);
  const uint32_t channels = l->in.channels * l->multiplier;
  for (uint32_t i = 0; i < l->out.height; i++) {
    for (uint32_t j = 0; j < l->out.width; j++) {
      for (uint32_t o = 0; o < channels; o++) {
        double sum = 0;
        for (uint32_t a = 0; a < l->kernel_height; a++) {
          for (uint32_t b = 0; b < l->kernel_width; b++) {
            const long row = top + (long)(i * l->stride_height + a * l->dilation_height);
            const long column = left + (long)(j * l->stride_width + b * l->dilation_width);
            sum += pixel(x, l->in, row, column, o / l->multiplier) *
                   kernel[(a * l->kernel_width + b) * channels + o];
          }
        }
        *y++ = sum;
      }
    }
  }
}

static void add_bias(const mcnn_layer *l, const double *p, double *y) {
  const mcnn_parameter *bias = &l->parameters[l->num_parameters - 1];
  for (size_t i = 0; i < mcnn_shape_count(l->out) && !l->no_bias; i++)
    y[i] += p[bias->offset + i % l->out.channels];
}

static void depthwise_conv2d(const mcnn_layer *l, const double *p, const double *x, double *y) {
  depthwise(l, p + l->parameters[MCNN_KERNEL].offset, x, y);
  add_bias(l, p, y);
}

static void separable_conv2d(const mcnn_layer *l, const double *p, const double *x, double *y) {
  const size_t channels = (size_t)l->in.channels * l->multiplier;
  const size_t positions = (size_t)l->out.height * l->out.width;
  const double *w = p + l->parameters[1].offset;
  double *z = malloc(positions * channels * sizeof *z);
  depthwise(l, p + l->parameters[0].offset, x, z);
  for (size_t i = 0; i < positions; i++) {
    for (size_t o = 0; o < l->out.channels; o++) {
      double sum = 0;
      for (size_t c = 0; c < channels; c++)
        sum += z[i * channels + c] * w[c * l->out.channels + o];
      y[i * l->out.channels + o] = sum;
    }
  }
  free(z);
  add_bias(l, p, y);
}

static int is_inside(long at, uint32_t size) {
  return at >= 0 && at < (long)size;
}

/* The largest or the mean of the window of output (i, j), as far as it lies inside the image. */
static double pooled(const mcnn_layer *l, const double *x, uint32_t i, uint32_t j, uint32_t c) {
  const long top =
      window_start(l, l->in.height, l->out.height, (long)l->kernel_height, l->stride_height);
  const long left =
      window_start(l, l->in.width, l->out.width, (long)l->kernel_width, l->stride_width);
  double most = -HUGE_VAL, sum = 0, count = 0;
  for (uint32_t a = 0; a < l->kernel_height; a++) {
    for (uint32_t b = 0; b < l->kernel_width; b++) {
      const long row = top + (long)(i * l->stride_height + a);
      const long column = left + (long)(j * l->stride_width + b);
      if (!is_inside(row, l->in.height) || !is_inside(column, l->in.width))
        continue;
      most = fmax(most, pixel(x, l->in, row, column, c));
      sum += pixel(x, l->in, row, column, c);
      count++;
    }
  }
  return l->kind->id == MNISTCNN_LAYER_MAXPOOL2D ? most : sum / count;
}

static void pool(const mcnn_layer *l, const double *x, double *y) {
  for (uint32_t i = 0; i < l->out.height; i++)
    for (uint32_t j = 0; j < l->out.width; j++)
      for (uint32_t c = 0; c < l->out.channels; c++)
        y[(i * l->out.width + j) * l->out.channels + c] = pooled(l, x, i, j, c);
}

static void zeropad(const mcnn_layer *l, const double *x, double *y) {
  for (uint32_t i = 0; i < l->out.height; i++)
    for (uint32_t j = 0; j < l->out.width; j++)
      for (uint32_t c = 0; c < l->out.channels; c++)
        *y++ = pixel(x, l->in, (long)i - (long)l->pad_top, (long)j - (long)l->pad_left, c);
}

static void global_pool(const mcnn_layer *l, const double *x, double *y) {
  const size_t channels = l->in.channels, positions = (size_t)l->in.height * l->in.width;
  for (size_t c = 0; c < channels; c++) {
    double most = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < positions; i++) {
      most = fmax(most, x[i * channels + c]);
      sum += x[i * channels + c];
    }
    y[c] = l->kind->id == MNISTCNN_LAYER_GLOBAL_MAXPOOL2D ? most : sum / (double)positions;
  }
}

static void dense(const mcnn_layer *l, const double *p, const double *x, double *y) {
  const uint32_t outputs = l->out.channels;
  for (uint32_t o = 0; o < outputs; o++) {
    double sum = l->no_bias ? 0 : p[l->parameters[MCNN_BIAS].offset + o];
    for (uint32_t i = 0; i < l->in.channels; i++)
      sum += x[i] * p[l->parameters[MCNN_KERNEL].offset + (size_t)i * outputs + o];
    y[o] = sum;
  }
}

static void softmax(size_t n, const double *x, double *y) {
  double most = x[0], sum = 0;
  for (size_t i = 0; i < n; i++)
    most = fmax(most, x[i]);
  for (size_t i = 0; i < n; i++)
    sum += y[i] = exp(x[i] - most);
  for (size_t i = 0; i < n; i++)
    y[i] /= sum;
}

static int is_dropout(const mcnn_layer *l) {
  return l->kind->id == MNISTCNN_LAYER_DROPOUT || l->kind->id == MNISTCNN_LAYER_SPATIAL_DROPOUT2D;
}

static void layer_forward(const mcnn_layer *l, const double *p, const double *x, const double *kept,
                          double *y) {
  const size_t count = mcnn_shape_count(l->out);
  switch (l->kind->id) {
  case MNISTCNN_LAYER_CONV2D:
    conv2d(l, p, x, y);
    break;
  case MNISTCNN_LAYER_DEPTHWISE_CONV2D:
    depthwise_conv2d(l, p, x, y);
    break;
  case MNISTCNN_LAYER_SEPARABLE_CONV2D:
    separable_conv2d(l, p, x, y);
    break;
  case MNISTCNN_LAYER_MAXPOOL2D:
  case MNISTCNN_LAYER_AVGPOOL2D:
    pool(l, x, y);
    break;
  case MNISTCNN_LAYER_RESCALE:
    for (size_t i = 0; i < count; i++)
      y[i] = x[i] * (double)l->scale + (double)l->offset;
    break;
  case MNISTCNN_LAYER_NORMALIZATION:
    for (size_t i = 0; i < count; i++)
      y[i] = (x[i] - (double)l->mean[i % l->normalized]) / (double)l->deviation[i % l->normalized];
    break;
  case MNISTCNN_LAYER_ZEROPAD2D:
    zeropad(l, x, y);
    break;
  case MNISTCNN_LAYER_GLOBAL_AVGPOOL2D:
  case MNISTCNN_LAYER_GLOBAL_MAXPOOL2D:
    global_pool(l, x, y);
    break;
  case MNISTCNN_LAYER_DENSE:
    dense(l, p, x, y);
    break;
  case MNISTCNN_LAYER_SOFTMAX:
    softmax(count, x, y);
    break;
  default:
    for (size_t i = 0; i < count; i++)
      y[i] = is_dropout(l) && kept ? x[i] * kept[i] : x[i];
  }
  for (size_t i = 0; i < count; i++)
    y[i] = mcnn_naive_activation(l->activation, (double)l->activation_parameter, y[i]);
}

/* --- the whole network ------------------------------------------------------------------------ */

static double parameter(const mcnn_layer *l, const char *name, const double *p, size_t c,
                        double otherwise) {
  for (uint32_t i = 0; i < l->num_parameters; i++)
    if (strcmp(l->parameters[i].name, name) == 0)
      return p[l->parameters[i].offset + c];
  return otherwise;
}

/* The mean and the variance of one channel over `values` of its values, channels apart. */
static void moments(const double *x, size_t values, size_t step, double *mean, double *variance) {
  *mean = *variance = 0;
  for (size_t i = 0; i < values; i++)
    *mean += x[i * step] / (double)values;
  for (size_t i = 0; i < values; i++)
    *variance += (x[i * step] - *mean) * (x[i * step] - *mean) / (double)values;
}

static void batch_norm(const mcnn_layer *l, const double *p, const double *x, size_t count,
                       int training, double *y) {
  const size_t channels = l->in.channels, values = count * mcnn_shape_count(l->in) / channels;
  for (size_t c = 0; c < channels; c++) {
    double mean = parameter(l, "moving_mean", p, c, 0);
    double variance = parameter(l, "moving_variance", p, c, 1);
    if (training)
      moments(x + c, values, channels, &mean, &variance);
    const double scale = parameter(l, "gamma", p, c, 1) / sqrt(variance + (double)l->epsilon);
    for (size_t i = 0; i < values; i++) {
      const double normal = (x[i * channels + c] - mean) * scale + parameter(l, "beta", p, c, 0);
      y[i * channels + c] =
          mcnn_naive_activation(l->activation, (double)l->activation_parameter, normal);
    }
  }
}

static void add_layers(const mcnn_layer *l, const double *x, const double *other, size_t count,
                       double *y) {
  for (size_t i = 0; i < count * mcnn_shape_count(l->out); i++)
    y[i] = mcnn_naive_activation(l->activation, (double)l->activation_parameter, x[i] + other[i]);
}

/* outputs: of each layer, [images][floats]. */
static const double *output(const mcnn_arch *arch, double **outputs, uint32_t layer,
                            const double *images) {
  return layer < arch->num_layers ? outputs[layer] : images;
}

/* The layers from `first` on over all images; kept: [images][units] or NULL. */
static void forward(const mcnn_arch *arch, uint32_t first, const double *p, const double *images,
                    size_t count, const double *kept, size_t units, int training,
                    double **outputs) {
  for (uint32_t i = first; i < arch->num_layers; i++) {
    const mcnn_layer *l = &arch->layers[i];
    const double *x = output(arch, outputs, l->input, images);
    const size_t in = mcnn_shape_count(l->in), out = mcnn_shape_count(l->out);
    if (!outputs[i])
      outputs[i] = malloc(count * out * sizeof(double));
    if (l->kind->id == MNISTCNN_LAYER_BATCH_NORM) {
      batch_norm(l, p, x, count, training, outputs[i]);
      continue;
    }
    if (l->kind->id == MNISTCNN_LAYER_ADD) {
      add_layers(l, x, output(arch, outputs, l->other, images), count, outputs[i]);
      continue;
    }
    for (size_t image = 0; image < count; image++)
      layer_forward(l, p, x + image * in, kept ? kept + image * units : NULL,
                    outputs[i] + image * out);
  }
}

double **reference_outputs(const mcnn_arch *arch) {
  return calloc(arch->num_layers, sizeof(double *));
}

void reference_free_outputs(const mcnn_arch *arch, double **outputs) {
  for (uint32_t i = 0; i < arch->num_layers; i++)
    free(outputs[i]);
  free(outputs);
}

static void to_probabilities(const mcnn_arch *arch, const double *last, double *probabilities) {
  if (arch->output == MCNN_OUTPUT_LOGITS)
    softmax(arch->num_classes, last, probabilities);
  else
    memcpy(probabilities, last, arch->num_classes * sizeof *last);
}

void reference_forward(const mcnn_arch *arch, const double *parameters, const double *image,
                       const double *kept, double *probabilities) {
  double **outputs = reference_outputs(arch);
  forward(arch, 0, parameters, image, 1, kept, 0, 0, outputs);
  to_probabilities(arch, outputs[arch->num_layers - 1], probabilities);
  reference_free_outputs(arch, outputs);
}

static size_t dropout_units(const mcnn_arch *arch) {
  for (uint32_t i = 0; i < arch->num_layers; i++)
    if (is_dropout(&arch->layers[i]))
      return mcnn_shape_count(arch->layers[i].out);
  return 0;
}

static double image_loss(const mcnn_loss *loss, const double *p, uint32_t label) {
  const int is_uniform = label == MCNN_NO_CLASS && loss->output != MCNN_OUTPUT_SIGMOID;
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double y = is_uniform ? 1.0 / loss->classes : j == label;
    const double s = (double)loss->label_smoothing;
    if (loss->kind == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY) {
      const double q = fmin(fmax(p[j], 1e-7), 1 - 1e-7), t = is_uniform ? y : y * (1 - s) + s / 2;
      sum -= (t * log(q) + (1 - t) * log(1 - q)) / loss->classes;
    } else {
      sum -= ((1 - s) * y + s / loss->classes) * log(p[j]);
    }
  }
  return sum;
}

double reference_loss(const mcnn_arch *arch, uint32_t first, const double *parameters,
                      const double *images, const uint32_t *labels, size_t count,
                      const double *kept, const mcnn_loss *loss, double **outputs) {
  double sum = 0;
  forward(arch, first, parameters, images, count, kept, dropout_units(arch), 1, outputs);
  double *probabilities = malloc(arch->num_classes * sizeof *probabilities);
  for (size_t i = 0; i < count; i++) {
    to_probabilities(arch, outputs[arch->num_layers - 1] + i * arch->num_classes, probabilities);
    const int is_weighted = loss->class_weights && labels[i] != MCNN_NO_CLASS;
    sum += (is_weighted ? (double)loss->class_weights[labels[i]] : 1.0) *
           image_loss(loss, probabilities, labels[i]);
  }
  free(probabilities);
  return sum / (double)count;
}
