/* The normal form of an architecture: one spelling for each. */
#include "nn/arch.h"

#include "base/decimal.h"

#include <stdio.h>
#include <string.h>

enum { LAYER_CAPACITY = 64 };

static void write_rate(float rate, char text[LAYER_CAPACITY]) {
  char decimal[MCNN_DECIMAL_CAPACITY] = "";
  (void)mcnn_decimal_write(rate, decimal); /* it was read from a decimal, so there is one */
  (void)snprintf(text, LAYER_CAPACITY, "dropout %s", decimal);
}

static void write_pool(const mcnn_layer *layer, char text[LAYER_CAPACITY]) {
  if (layer->kernel_height == layer->kernel_width) {
    (void)snprintf(text, LAYER_CAPACITY, "maxpool %u", layer->kernel_height);
  } else {
    (void)snprintf(text, LAYER_CAPACITY, "maxpool %ux%u", layer->kernel_height,
                   layer->kernel_width);
  }
}

static void write_layer(const mcnn_layer *layer, char text[LAYER_CAPACITY]) {
  const char *const relu = layer->activation == MCNN_ACTIVATION_RELU ? " relu" : "";
  switch (layer->kind) {
  case MNISTCNN_LAYER_CONV2D:
    (void)snprintf(text, LAYER_CAPACITY, "conv %u %ux%u%s%s", layer->out.channels,
                   layer->kernel_height, layer->kernel_width, layer->same ? " same" : "", relu);
    break;
  case MNISTCNN_LAYER_MAXPOOL2D:
    write_pool(layer, text);
    break;
  case MNISTCNN_LAYER_RELU:
    (void)snprintf(text, LAYER_CAPACITY, "relu");
    break;
  case MNISTCNN_LAYER_DROPOUT:
    write_rate(layer->rate, text);
    break;
  case MNISTCNN_LAYER_FLATTEN:
    (void)snprintf(text, LAYER_CAPACITY, "flatten");
    break;
  case MNISTCNN_LAYER_DENSE:
    (void)snprintf(text, LAYER_CAPACITY, "dense %u%s", layer->out.channels, relu);
    break;
  default:
    (void)snprintf(text, LAYER_CAPACITY, "softmax");
    break;
  }
}

char *mcnn_arch_write(const mcnn_arch *arch) {
  char text[MCNN_MAX_LAYERS * LAYER_CAPACITY] = "";
  size_t length = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const int softmax = arch->layers[i].kind == MNISTCNN_LAYER_SOFTMAX;
    const char *const separator = i == 0 ? "" : softmax ? " " : ", ";
    char layer[LAYER_CAPACITY];
    write_layer(&arch->layers[i], layer);
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", separator, layer);
  }
  return mcnn_alloc_string(&arch->alloc, text);
}

void mcnn_arch_default_text(uint32_t num_classes, char text[160]) {
  /* The default text but for its last "10". */
  static const char head[] = "conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, "
                             "dense 1000 relu, dense ";
  (void)snprintf(text, 160, "%s%u softmax", head, num_classes);
}
