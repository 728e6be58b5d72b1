/* Architecture texts to layers and back: the grammar that all kinds of layers share. What is
 * peculiar to a kind it knows itself (layer_kind.h). */
#include "nn/arch_text.h"

#include "base/decimal.h"
#include "base/status.h"
#include "base/strings.h"
#include "nn/activation_text.h"
#include "nn/layers/layers.h"
#include "nn/references.h"

#include <stdio.h>
#include <string.h>

enum { PARAMETER_ALIGNMENT = 16 };

/* --- adding a layer --------------------------------------------------------------------------- */

static size_t align_floats(size_t floats) {
  return (floats + PARAMETER_ALIGNMENT - 1) / PARAMETER_ALIGNMENT * PARAMETER_ALIGNMENT;
}

static mnistcnn_status check_output(const mcnn_layer_reader *reader, const mcnn_layer *layer) {
  const mcnn_shape out = layer->out;
  size_t floats;
  if (mcnn_checked_mul((size_t)out.height * out.width, out.channels, &floats) &&
      floats <= MCNN_MAX_ACTIVATIONS)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(&reader->text, "its output of %ux%ux%u is more than %zu numbers",
                              out.height, out.width, out.channels, MCNN_MAX_ACTIVATIONS);
}

/* Gives the layer's parameters their places in the flat array. */
static mnistcnn_status place_parameters(mcnn_arch *arch, const mcnn_layer_reader *reader,
                                        mcnn_layer *layer) {
  for (uint32_t i = 0; i < layer->num_parameters; i++) {
    mcnn_parameter *parameter = &layer->parameters[i];
    if (parameter->count > MCNN_MAX_PARAMETERS - arch->num_parameters) {
      return mcnn_layer_text_fail(&reader->text, "the network would have more than %zu parameters",
                                  MCNN_MAX_PARAMETERS);
    }
    parameter->has_l2 = parameter->is_kernel && layer->has_l2;
    parameter->l2 = parameter->has_l2 ? layer->l2 : 0;
    parameter->offset = arch->parameter_floats;
    arch->parameter_floats += align_floats(parameter->count);
    arch->num_parameters += parameter->count;
  }
  return MNISTCNN_OK;
}

/* As Keras: kinds of the same name are counted together, as all activations are. */
static void name_layer(const mcnn_arch *arch, mcnn_layer *layer) {
  const char *name = layer->kind->keras_name;
  uint32_t number = 1;
  for (uint32_t i = 0; i < arch->num_layers; i++)
    number += strcmp(arch->layers[i].kind->keras_name, name) == 0;
  (void)snprintf(layer->name, sizeof layer->name, "%s_%u", name, number);
}

static mnistcnn_status append(mcnn_arch *arch, const mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (arch->num_layers == arch->capacity)
    return mcnn_layer_text_fail(&reader->text, "a network has at most %u layers", MCNN_MAX_LAYERS);
  mnistcnn_status status = check_output(reader, layer);
  if (status == MNISTCNN_OK)
    status = place_parameters(arch, reader, layer);
  if (status != MNISTCNN_OK)
    return status;
  name_layer(arch, layer);
  mcnn_references_add(reader->references, reader->text.number, layer->index);
  arch->layers[arch->num_layers++] = *layer;
  return MNISTCNN_OK;
}

/* --- reading a layer -------------------------------------------------------------------------- */

static mcnn_layer *last_layer(const mcnn_arch *arch) {
  return arch->num_layers > 0 ? &arch->layers[arch->num_layers - 1] : NULL;
}

static mcnn_layer new_layer(const mcnn_arch *arch, const mcnn_layer_kind *kind) {
  const mcnn_layer *before = last_layer(arch);
  mcnn_layer layer;
  memset(&layer, 0, sizeof layer); /* with the padding, so that equal layers are equal bytes */
  layer.kind = kind;
  layer.index = arch->num_layers;
  layer.input = before ? before->index : MCNN_NO_LAYER;
  layer.other = MCNN_NO_LAYER;
  layer.in = before ? before->out : arch->input;
  layer.out = layer.in;
  layer.is_flat = before ? before->is_flat : 0;
  return layer;
}

static mnistcnn_status check_input(const mcnn_layer_reader *reader, const mcnn_layer *layer) {
  if (layer->kind->input == MCNN_INPUT_SPATIAL && layer->is_flat)
    return mcnn_layer_text_fail(&reader->text, "its input is already flat");
  if (layer->kind->input == MCNN_INPUT_FLAT && !layer->is_flat) {
    return mcnn_layer_text_fail(&reader->text, "a flatten must come before the first %s layer",
                                layer->kind->word);
  }
  return MNISTCNN_OK;
}

/* The output layer that the next word names, or NULL. */
static const mcnn_layer_kind *read_output(mcnn_layer_reader *reader, const mcnn_layer *layer) {
  const mcnn_word *word = mcnn_layer_text_word(&reader->text);
  if (!word || !layer->kind->takes_output || layer->activation != MCNN_ACTIVATION_LINEAR)
    return NULL;
  const mcnn_layer_kind *kind = mcnn_layer_kind_named(word);
  if (!kind || !kind->is_output)
    return NULL;
  reader->text.next++;
  return kind;
}

/* The L2 penalty of the layer's own kernel, where there is one. */
static mnistcnn_status read_l2(mcnn_layer_reader *reader, mcnn_layer *layer) {
  if (!layer->kind->takes_l2 || !mcnn_layer_text_take(&reader->text, "l2"))
    return MNISTCNN_OK;
  layer->has_l2 = 1;
  if (mcnn_layer_text_decimal(&reader->text, &layer->l2) && layer->l2 >= 0 &&
      layer->l2 <= MCNN_MAX_L2) {
    layer->l2 += 0.0f; /* -0 becomes 0, so that equal layers have one text */
    return MNISTCNN_OK;
  }
  return mcnn_layer_text_fail(
      &reader->text, "what follows l2 must be a number from 0 to 1000000, as in \"l2 0.001\"");
}

static mnistcnn_status infer_and_append(mcnn_arch *arch, mcnn_layer_reader *reader,
                                        mcnn_layer *layer) {
  mnistcnn_status status = check_input(reader, layer);
  reader->before = last_layer(arch);
  if (status == MNISTCNN_OK && layer->kind->infer)
    status = layer->kind->infer(reader, layer);
  return status == MNISTCNN_OK ? append(arch, reader, layer) : status;
}

/* A layer's arguments, and behind them its activation or an output layer. */
static mnistcnn_status read_layer_of(mcnn_arch *arch, mcnn_layer_reader *reader,
                                     const mcnn_layer_kind *kind) {
  mcnn_layer layer = new_layer(arch, kind);
  mnistcnn_status status = mcnn_reference_read_from(reader, &layer);
  if (status == MNISTCNN_OK && kind->read)
    status = kind->read(reader, &layer);
  if (status == MNISTCNN_OK)
    status = read_l2(reader, &layer);
  if (status != MNISTCNN_OK)
    return status;
  if (kind->takes_activation)
    status = mcnn_activation_read(&reader->text, &layer.activation, &layer.activation_parameter);
  const mcnn_layer_kind *output = read_output(reader, &layer);
  if (status == MNISTCNN_OK)
    status = mcnn_layer_reader_expect_end(reader, kind);
  if (status == MNISTCNN_OK)
    status = infer_and_append(arch, reader, &layer);
  if (status != MNISTCNN_OK || !output)
    return status;
  layer = new_layer(arch, output);
  return infer_and_append(arch, reader, &layer);
}

/* Whether the activation changes nothing behind another one: relu(relu(x)) = relu(x). */
static int is_repeated(mcnn_activation before, mcnn_activation activation) {
  const int is_clamp = activation == MCNN_ACTIVATION_RELU || activation == MCNN_ACTIVATION_RELU6;
  return activation == MCNN_ACTIVATION_LINEAR || (is_clamp && activation == before);
}

/* An activation behind a layer that takes one becomes that layer's, unless it has another: then it
 * stays a layer, if it changes anything. *folded: 1 where it became none. */
static mnistcnn_status fold_activation(mcnn_arch *arch, mcnn_layer_reader *reader, int *folded) {
  mcnn_layer *before = last_layer(arch);
  mcnn_layer_text text = reader->text;
  mcnn_activation activation;
  float parameter;
  *folded = 0;
  if (!before || !before->kind->takes_activation ||
      !mcnn_activation_is_named(mcnn_layer_text_word(&text)) || mcnn_reference_is_from(&text))
    return MNISTCNN_OK;
  const mnistcnn_status status = mcnn_activation_read(&text, &activation, &parameter);
  if (status != MNISTCNN_OK)
    return status;
  if (!is_repeated(before->activation, activation)) {
    if (before->activation != MCNN_ACTIVATION_LINEAR)
      return MNISTCNN_OK;
    before->activation = activation;
    before->activation_parameter = parameter;
    mcnn_references_add(reader->references, text.number, before->index);
  } else {
    reader->references->layer_of[text.number] = (uint16_t)before->index;
  }
  *folded = 1;
  return mcnn_layer_text_expect_end(&text);
}

/* Appends a word to the list of them. */
static void list_word(const char *word, char words[512]) {
  const size_t length = strlen(words);
  (void)snprintf(words + length, 512 - length, "%s%s", length > 0 ? ", " : "", word);
}

static mnistcnn_status fail_unknown(const mcnn_layer_reader *reader) {
  char words[512] = "";
  for (size_t i = 0; mcnn_layer_kind_at(i); i++)
    if (!mcnn_layer_kind_at(i)->is_named)
      list_word(mcnn_layer_kind_at(i)->word, words);
  for (int i = 0; i < MCNN_NUM_ACTIVATIONS; i++)
    list_word(mcnn_activation_word((mcnn_activation)i), words);
  return mcnn_layer_text_fail(&reader->text, "there is no such layer (%s)", words);
}

static mnistcnn_status read_layer(mcnn_arch *arch, mcnn_layer_reader *reader) {
  const mcnn_word *word = mcnn_layer_text_word(&reader->text);
  if (!word)
    return mcnn_layer_text_fail(&reader->text, "a layer is missing here");
  if (last_layer(arch) && last_layer(arch)->kind->is_output) {
    return mcnn_layer_text_fail(&reader->text, "%s must be the last layer",
                                last_layer(arch)->kind->word);
  }
  int folded;
  const mnistcnn_status status = fold_activation(arch, reader, &folded);
  if (status != MNISTCNN_OK || folded)
    return status;
  const mcnn_layer_kind *kind = mcnn_layer_kind_named(word);
  if (!kind)
    return fail_unknown(reader);
  reader->text.next += kind->is_named ? 0 : 1;
  return read_layer_of(arch, reader, kind);
}

/* --- the whole text --------------------------------------------------------------------------- */

static mcnn_output output_of(const mcnn_layer *last) {
  if (last->kind->is_output)
    return MCNN_OUTPUT_SOFTMAX;
  return last->activation == MCNN_ACTIVATION_SIGMOID ? MCNN_OUTPUT_SIGMOID : MCNN_OUTPUT_LOGITS;
}

/* The last layer must have one output a class. Without weights there is nothing to train. */
static mnistcnn_status check_end(const mcnn_arch *arch, const mcnn_layer_reader *reader) {
  const mcnn_layer *last = &arch->layers[arch->num_layers - 1];
  if (!last->is_flat) {
    return mcnn_layer_text_fail(
        &reader->text,
        "the network must end in a vector: a flatten or a global pooling is missing");
  }
  if (last->out.channels != arch->num_classes) {
    return mcnn_layer_text_fail(&reader->text,
                                "the network ends in %u outputs, but there are %u classes",
                                last->out.channels, arch->num_classes);
  }
  if (arch->num_parameters == 0)
    return mcnn_layer_text_fail(&reader->text, "the network has no weights to train");
  return MNISTCNN_OK;
}

static mnistcnn_status read_layers(mcnn_arch *arch, const char *text) {
  mcnn_references references = {{0}, {0}};
  mcnn_layer_reader reader = {
      .arch = arch, .num_classes = arch->num_classes, .references = &references};
  const char *cursor = text;
  mnistcnn_status status = MNISTCNN_OK;
  while (status == MNISTCNN_OK && mcnn_layer_text_next(&cursor, &reader.text))
    status = read_layer(arch, &reader);
  if (status != MNISTCNN_OK)
    return status;
  arch->output = output_of(last_layer(arch));
  status = check_end(arch, &reader);
  return status == MNISTCNN_OK ? mcnn_references_check_used(arch) : status;
}

static mnistcnn_status write_canonical(mcnn_arch *arch) {
  arch->text = mcnn_arch_write(arch);
  if (!arch->text)
    return MNISTCNN_OUT_OF_MEMORY;
  if (strlen(arch->text) <= MCNN_MAX_ARCH_BYTES)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_ARCHITECTURE,
                   "the architecture text in canonical form is longer than %u bytes",
                   MCNN_MAX_ARCH_BYTES);
}

mnistcnn_status mcnn_arch_parse(const char *text, mcnn_shape input, uint32_t num_classes,
                                const mcnn_alloc *alloc, mcnn_arch **out) {
  *out = NULL;
  if (mcnn_strnlen(text, MCNN_MAX_ARCH_BYTES + 1) > MCNN_MAX_ARCH_BYTES) {
    return mcnn_fail(MNISTCNN_ARCHITECTURE, "the architecture text is longer than %u bytes",
                     MCNN_MAX_ARCH_BYTES);
  }
  mcnn_arch *arch = mcnn_arch_new(alloc, mcnn_arch_capacity(text));
  if (!arch)
    return MNISTCNN_OUT_OF_MEMORY;
  arch->input = input;
  arch->num_classes = num_classes;
  mnistcnn_status status = read_layers(arch, text);
  if (status == MNISTCNN_OK)
    status = write_canonical(arch);
  if (status != MNISTCNN_OK) {
    mcnn_arch_free(arch);
    return status;
  }
  *out = arch;
  return MNISTCNN_OK;
}

/* --- the normal form -------------------------------------------------------------------------- */

/* Whether an output layer behind this one is written without a comma. */
static int joins_output(const mcnn_layer *layer) {
  return layer->kind->takes_output && layer->activation == MCNN_ACTIVATION_LINEAR;
}

static const char *separator_before(const mcnn_layer *layers, uint32_t index) {
  if (index == 0)
    return "";
  return layers[index].kind->is_output && joins_output(&layers[index - 1]) ? " " : ", ";
}

/* One spelling for each architecture. */
static void write_layer(const mcnn_layer *layer, char text[3 * MCNN_LAYER_TEXT_CAPACITY]) {
  char own[MCNN_LAYER_TEXT_CAPACITY], activation[MCNN_LAYER_TEXT_CAPACITY] = "", from[24] = "";
  char l2[MCNN_DECIMAL_CAPACITY] = "";
  if (layer->has_l2)
    (void)mcnn_decimal_write(layer->l2, l2); /* it was read from a decimal, so there is one */
  if (layer->kind->takes_activation && layer->activation != MCNN_ACTIVATION_LINEAR)
    mcnn_activation_write(layer->activation, layer->activation_parameter, activation);
  if (layer->kind->write)
    layer->kind->write(layer, own);
  else
    (void)snprintf(own, sizeof own, "%s", layer->kind->word);
  if (layer->index > 0 && layer->input != layer->index - 1)
    (void)snprintf(from, sizeof from, " from %u", layer->index - layer->input);
  (void)snprintf(text, 3 * MCNN_LAYER_TEXT_CAPACITY, "%s%s%s%s%s%s", own, l2[0] ? " l2 " : "", l2,
                 activation[0] ? " " : "", activation, from);
}

char *mcnn_arch_write(const mcnn_arch *arch) {
  char text[MCNN_MAX_LAYERS * MCNN_LAYER_TEXT_CAPACITY] = "";
  size_t length = 0;
  for (uint32_t i = 0; i < arch->num_layers; i++) {
    char layer[3 * MCNN_LAYER_TEXT_CAPACITY];
    write_layer(&arch->layers[i], layer);
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                               separator_before(arch->layers, i), layer);
  }
  return mcnn_alloc_string(&arch->alloc, text);
}

void mcnn_arch_default_text(uint32_t num_classes, char text[160]) {
  /* The default text but for its last "10". */
  static const char head[] = "conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, "
                             "dense 1000 relu, dense ";
  (void)snprintf(text, 160, "%s%u softmax", head, num_classes);
}
