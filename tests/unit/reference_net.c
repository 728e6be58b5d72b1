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

/* Where the first window begins along one axis. */
static long window_start(const mcnn_layer *l, uint32_t in, uint32_t out, uint32_t window,
                         uint32_t stride) {
  const long reach = (long)(out - 1) * (long)stride + (long)window - (long)in;
  return l->padding == MCNN_PADDING_SAME && reach > 0 ? -(reach / 2) : 0;
}

static int is_inside(long at, uint32_t size) {
  return at >= 0 && at < (long)size;
}

/* The largest or the mean of the window of output (i, j), as far as it lies inside the image. */
static double pooled(const mcnn_layer *l, const double *x, uint32_t i, uint32_t j, uint32_t c) {
  const long top = window_start(l, l->in.height, l->out.height, l->kernel_height, l->stride_height);
  const long left = window_start(l, l->in.width, l->out.width, l->kernel_width, l->stride_width);
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
  if (arch->output == MCNN_OUTPUT_LOGITS)
    softmax(arch->num_classes, buffers[arch->num_layers % 2], probabilities);
  else
    memcpy(probabilities, buffers[arch->num_layers % 2], arch->num_classes * sizeof(double));
  free(buffers[0]);
  free(buffers[1]);
}

static size_t dropout_units(const mcnn_arch *arch) {
  for (uint32_t i = 0; i < arch->num_layers; i++)
    if (is_dropout(&arch->layers[i]))
      return mcnn_shape_count(arch->layers[i].out);
  return 0;
}

static double image_loss(const mcnn_loss *loss, const double *p, uint32_t label) {
  double sum = 0;
  for (uint32_t j = 0; j < loss->classes; j++) {
    const double y = j == label;
    const double s = (double)loss->label_smoothing;
    if (loss->kind == MNISTCNN_LOSS_BINARY_CROSS_ENTROPY) {
      const double q = fmin(fmax(p[j], 1e-7), 1 - 1e-7), t = y * (1 - s) + s / 2;
      sum -= (t * log(q) + (1 - t) * log(1 - q)) / loss->classes;
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
