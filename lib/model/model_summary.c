/* The table that Keras 2.0's summary() prints: 65 columns, three fields a row. */
#include "model/model.h"

#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 65, FIELDS = 3, FIELD_CAPACITY = 80 };

static const size_t field_ends[FIELDS] = {29, 55, WIDTH};

static void put_line(mcnn_strbuf *sink, char c) {
  mcnn_strbuf_fill(sink, c, WIDTH);
  mcnn_strbuf_text(sink, "\n");
}

/* As Keras: a field that is too long is cut, and the last column of a field is always a blank but
 * in the last field. */
static void put_row(mcnn_strbuf *sink, const char *const fields[FIELDS]) {
  char row[WIDTH + 1];
  size_t length = 0;
  for (size_t i = 0; i < FIELDS; i++) {
    if (i > 0)
      row[length - 1] = ' ';
    for (const char *c = fields[i]; *c && length < field_ends[i]; c++)
      row[length++] = *c;
    while (length < field_ends[i])
      row[length++] = ' ';
  }
  row[length] = '\0';
  mcnn_strbuf_text(sink, row);
  mcnn_strbuf_text(sink, "\n");
}

static const char *keras_type(int32_t kind) {
  switch (kind) {
  case MNISTCNN_LAYER_CONV2D:
    return "Conv2D";
  case MNISTCNN_LAYER_MAXPOOL2D:
    return "MaxPooling2D";
  case MNISTCNN_LAYER_DROPOUT:
    return "Dropout";
  case MNISTCNN_LAYER_FLATTEN:
    return "Flatten";
  case MNISTCNN_LAYER_DENSE:
    return "Dense";
  default:
    return "Activation";
  }
}

static void put_layer(mcnn_strbuf *sink, const mcnn_layer *layer, int is_flat) {
  char name[FIELD_CAPACITY], shape[FIELD_CAPACITY], parameters[FIELD_CAPACITY];
  const char *const fields[FIELDS] = {name, shape, parameters};
  (void)snprintf(name, sizeof name, "%s (%s)", layer->name, keras_type(layer->kind));
  if (is_flat) {
    (void)snprintf(shape, sizeof shape, "(None, %u)", layer->out.channels);
  } else {
    (void)snprintf(shape, sizeof shape, "(None, %u, %u, %u)", layer->out.height, layer->out.width,
                   layer->out.channels);
  }
  (void)snprintf(parameters, sizeof parameters, "%zu", layer->kernel_count + layer->bias_count);
  put_row(sink, fields);
}

/* 537058 as "537,058". */
static void put_grouped(mcnn_strbuf *sink, const char *label, uint64_t number) {
  char digits[FIELD_CAPACITY];
  const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
  mcnn_strbuf_text(sink, label);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      mcnn_strbuf_text(sink, ",");
    mcnn_strbuf_fill(sink, digits[i], 1);
  }
  mcnn_strbuf_text(sink, "\n");
}

static void put_layers(mcnn_strbuf *sink, const mcnn_arch *arch) {
  const uint32_t rows = arch->num_layers - 1; /* the softmax is the last dense layer's activation */
  int is_flat = 0;
  for (uint32_t i = 0; i < rows; i++) {
    is_flat = is_flat || arch->layers[i].kind == MNISTCNN_LAYER_FLATTEN;
    put_layer(sink, &arch->layers[i], is_flat);
    put_line(sink, i + 1 < rows ? '_' : '=');
  }
}

static void put_summary(mcnn_strbuf *sink, const void *context) {
  const char *const titles[FIELDS] = {"Layer (type)", "Output Shape", "Param #"};
  const mcnn_arch *arch = context;
  put_line(sink, '_');
  put_row(sink, titles);
  put_line(sink, '=');
  put_layers(sink, arch);
  put_grouped(sink, "Total params: ", arch->num_parameters);
  put_grouped(sink, "Trainable params: ", arch->num_parameters);
  put_grouped(sink, "Non-trainable params: ", 0);
  put_line(sink, '_');
}

mnistcnn_status mcnn_model_summary(const mnistcnn_model *model, char *text, size_t capacity,
                                   size_t *length) {
  return mcnn_strbuf_copy_out(put_summary, model->arch, text, capacity, length);
}
