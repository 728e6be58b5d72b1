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

static void conv2d(const mcnn_layer *l, const double *p, const double *x, double *y) {
  const long top = l->padding == MCNN_PADDING_SAME ? (long)(l->kernel_height - 1) / 2 : 0;
  const long left = l->padding == MCNN_PADDING_SAME ? (long)(l->kernel_width - 1) / 2 : 0;
  const uint32_t channels = l->in.channels;
  for (uint32_t i = 0; i < l->out.height; i++) {
    for (uint32_t j = 0; j < l->out.width; j++) {
      for (uint32_t o = 0; o < l->out.channels; o++) {
        double sum = p[l->parameters[MCNN_BIAS].offset + o];
        for (uint32_t a = 0; a < l->kernel_height; a++) {
          for (uint32_t b = 0; b < l->kernel_width; b++) {
            for (uint32_t c = 0; c < channels; c++) {
              sum += pixel(x, l->in, (long)i + (long)a - top, (long)j + (long)b - left, c) *
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

static void maxpool(const mcnn_layer *l, const double *x, double *y) {
  for (uint32_t i = 0; i < l->out.height; i++) {
    for (uint32_t j = 0; j < l->out.width; j++) {
      for (uint32_t c = 0; c < l->out.channels; c++) {
        double most = -HUGE_VAL;
        for (uint32_t a = 0; a < l->kernel_height; a++) {
          for (uint32_t b = 0; b < l->kernel_width; b++) {
            most = fmax(most, pixel(x, l->in, (long)(i * l->kernel_height + a),
                                    (long)(j * l->kernel_width + b), c));
          }
        }
        y[(i * l->out.width + j) * l->out.channels + c] = most;
      }
    }
  }
}

static void dense(const mcnn_layer *l, const double *p, const double *x, double *y) {
  const uint32_t outputs = l->out.channels;
  for (uint32_t o = 0; o < outputs; o++) {
    double sum = p[l->parameters[MCNN_BIAS].offset + o];
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

static void layer_forward(const mcnn_layer *l, const double *p, const double *x, const double *kept,
                          double *y) {
  const size_t count = mcnn_shape_count(l->out);
  switch (l->kind->id) {
  case MNISTCNN_LAYER_CONV2D:
    conv2d(l, p, x, y);
    break;
  case MNISTCNN_LAYER_MAXPOOL2D:
    maxpool(l, x, y);
    break;
  case MNISTCNN_LAYER_DENSE:
    dense(l, p, x, y);
    break;
  case MNISTCNN_LAYER_SOFTMAX:
    softmax(count, x, y);
    break;
  default:
    for (size_t i = 0; i < count; i++)
      y[i] = l->kind->id == MNISTCNN_LAYER_DROPOUT && kept ? x[i] * kept[i] : x[i];
  }
  for (size_t i = 0; i < count; i++)
    y[i] = mcnn_naive_activation(l->activation, (double)l->activation_parameter, y[i]);
}

void reference_forward(const mcnn_arch *arch, const double *parameters, const double *image,
                       const double *kept, double *probabilities) {
  size_t most = mcnn_shape_count(arch->input);
  for (uint32_t i = 0; i < arch->num_layers; i++)
    if (mcnn_shape_count(arch->layers[i].out) > most)
      most = mcnn_shape_count(arch->layers[i].out);
  double *buffers[2] = {malloc(most * sizeof(double)), malloc(most * sizeof(double))};
  memcpy(buffers[0], image, mcnn_shape_count(arch->input) * sizeof(double));
  for (uint32_t i = 0; i < arch->num_layers; i++)
    layer_forward(&arch->layers[i], parameters, buffers[i % 2], kept, buffers[(i + 1) % 2]);
  memcpy(probabilities, buffers[arch->num_layers % 2], arch->num_classes * sizeof(double));
  free(buffers[0]);
  free(buffers[1]);
}

static size_t dropout_units(const mcnn_arch *arch) {
  for (uint32_t i = 0; i < arch->num_layers; i++)
    if (arch->layers[i].kind->id == MNISTCNN_LAYER_DROPOUT)
      return mcnn_shape_count(arch->layers[i].out);
  return 0;
}

static double image_loss(const mcnn_loss *loss, const double *p, uint32_t label) {
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double y = j == label;
    const double s = (double)loss->label_smoothing;
    if (loss->kind == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY) {
      const double q = fmin(fmax(p[j], 1e-7), 1 - 1e-7);
      sum -= (y * log(q) + (1 - y) * log(1 - q)) / loss->classes;
    } else {
      sum -= ((1 - s) * y + s / loss->classes) * log(p[j]);
    }
  }
  return sum;
}

double reference_loss(const mcnn_arch *arch, const double *parameters, const double *images,
                      const uint32_t *labels, size_t count, const double *kept,
                      const mcnn_loss *loss) {
  const size_t floats = mcnn_shape_count(arch->input);
  const size_t units = dropout_units(arch);
  double *probabilities = malloc(arch->num_classes * sizeof(double));
  double sum = 0;
  for (size_t i = 0; i < count; i++) {
    reference_forward(arch, parameters, images + i * floats, kept ? kept + i * units : NULL,
                      probabilities);
    sum += image_loss(loss, probabilities, labels[i]);
  }
  free(probabilities);
  return sum / (double)count;
}
