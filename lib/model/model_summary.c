/* A model as text: the table that Keras 2.0's summary() prints (65 columns, three fields a row),
 * and the operations it runs as. */
#include "model/model.h"

#include "base/strbuf.h"
#include "nn/layer_kind.h"
#include "nn/plan.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 65, FIELDS = 3, FIELD_CAPACITY = 80 };

static const size_t field_ends[FIELDS] = {29, 55, WIDTH};

static void put_line(mcnn_strbuf *text, char c) {
  mcnn_strbuf_fill(text, c, WIDTH);
  mcnn_strbuf_text(text, "\n");
}

/* As Keras: a field that is too long is cut, and the last column of a field is always a blank but
 * in the last field. */
static void put_row(mcnn_strbuf *text, const char *const fields[FIELDS]) {
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
  mcnn_strbuf_text(text, row);
  mcnn_strbuf_text(text, "\n");
}

static void put_layer(mcnn_strbuf *text, const mcnn_layer *layer) {
  char name[FIELD_CAPACITY], shape[FIELD_CAPACITY], parameters[FIELD_CAPACITY];
  const char *const fields[FIELDS] = {name, shape, parameters};
  (void)snprintf(name, sizeof name, "%s (%s)", layer->name, layer->kind->keras_type);
  if (layer->is_flat) {
    (void)snprintf(shape, sizeof shape, "(None, %u)", layer->out.channels);
  } else {
    (void)snprintf(shape, sizeof shape, "(None, %u, %u, %u)", layer->out.height, layer->out.width,
                   layer->out.channels);
  }
  (void)snprintf(parameters, sizeof parameters, "%zu", mcnn_layer_parameter_count(layer));
  put_row(text, fields);
}

/* 537058 as "537,058". */
static void put_grouped(mcnn_strbuf *text, const char *label, uint64_t number) {
  char digits[FIELD_CAPACITY];
  const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
  mcnn_strbuf_text(text, label);
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      mcnn_strbuf_text(text, ",");
    mcnn_strbuf_fill(text, digits[i], 1);
  }
  mcnn_strbuf_text(text, "\n");
}

static void put_layers(mcnn_strbuf *text, const mcnn_arch *arch) {
  const uint32_t last = arch->num_layers - 1;
  /* In Keras the softmax of a dense layer is its activation. */
  const uint32_t is_activation = arch->layers[last].kind->is_output && last > 0 &&
                                 arch->layers[last - 1].kind->takes_activation &&
                                 arch->layers[last - 1].activation == MCNN_ACTIVATION_LINEAR;
  const uint32_t rows = arch->num_layers - is_activation;
  for (uint32_t i = 0; i < rows; i++) {
    put_layer(text, &arch->layers[i]);
    put_line(text, i + 1 < rows ? '_' : '=');
  }
}

/* Moving averages, which are parameters that no gradient changes. */
static size_t count_statistics(const mcnn_arch *arch) {
  size_t count = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    const mcnn_layer *layer = &arch->layers[i];
    for (uint32_t j = 0; j < layer->num_parameters; j++)
      count += layer->parameters[j].is_statistic ? layer->parameters[j].count : 0;
  }
  return count;
}

static void put_summary(mcnn_strbuf *text, const void *context) {
  const char *const titles[FIELDS] = {"Layer (type)", "Output Shape", "Param #"};
  const mcnn_arch *arch = context;
  put_line(text, '_');
  put_row(text, titles);
  put_line(text, '=');
  put_layers(text, arch);
  put_grouped(text, "Total params: ", arch->num_parameters);
  put_grouped(text, "Trainable params: ", arch->num_parameters - count_statistics(arch));
  put_grouped(text, "Non-trainable params: ", count_statistics(arch));
  put_line(text, '_');
}

mnistcnn_status mcnn_model_summary(const mnistcnn_model *model, char *text, size_t capacity,
                                   size_t *length) {
  return mcnn_strbuf_copy_out(put_summary, model->arch, text, capacity, length);
}

static void put_plan(mcnn_strbuf *text, const void *context) {
  const mnistcnn_model *model = context;
  mcnn_strbuf_text(text, "Operations, instruction set ");
  mcnn_strbuf_text(text, mcnn_isa_name(mcnn_net_isa(model->net)));
  mcnn_strbuf_text(text, "\nPrediction:\n");
  mcnn_plan_write(model->net, MCNN_FOR_PREDICTION, text);
  mcnn_strbuf_text(text, "Training:\n");
  mcnn_plan_write(model->net, MCNN_FOR_TRAINING, text);
}

mnistcnn_status mcnn_model_plan(const mnistcnn_model *model, char *text, size_t capacity,
                                size_t *length) {
  return mcnn_strbuf_copy_out(put_plan, model, text, capacity, length);
}
