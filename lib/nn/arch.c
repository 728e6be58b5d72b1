/* Architecture texts to layers: grammar, shapes, and where each layer's parameters lie. */
#include "nn/arch.h"

#include "base/status.h"
#include "nn/arch_text.h"

#include <stdio.h>
#include <string.h>

enum { NUM_KINDS = MNISTCNN_LAYER_SOFTMAX + 1, PARAMETER_ALIGNMENT = 16 };

typedef struct builder {
  mcnn_arch *arch;
  const mcnn_layer_text *text; /* the layer being read */
  mcnn_shape shape;            /* after the layers so far */
  int is_flat;
  uint32_t of_kind[NUM_KINDS]; /* layers of each kind so far, for their names */
} builder;

size_t mcnn_shape_count(mcnn_shape shape) {
  return (size_t)shape.height * shape.width * shape.channels;
}

/* --- adding layers ---------------------------------------------------------------------------- */

static const char *keras_name(int32_t kind) {
  static const char names[NUM_KINDS][14] = {
      [MNISTCNN_LAYER_CONV2D] = "conv2d",     [MNISTCNN_LAYER_MAXPOOL2D] = "max_pooling2d",
      [MNISTCNN_LAYER_RELU] = "activation",   [MNISTCNN_LAYER_DROPOUT] = "dropout",
      [MNISTCNN_LAYER_FLATTEN] = "flatten",   [MNISTCNN_LAYER_DENSE] = "dense",
      [MNISTCNN_LAYER_SOFTMAX] = "activation"};
  return names[kind];
}

static uint32_t count_name(builder *b, int32_t kind) {
  /* Keras counts every activation with the same counter. */
  return ++b->of_kind[kind == MNISTCNN_LAYER_SOFTMAX ? MNISTCNN_LAYER_RELU : kind];
}

static mcnn_layer *last_layer(const builder *b) {
  return b->arch->num_layers > 0 ? &b->arch->layers[b->arch->num_layers - 1] : NULL;
}

static int fits(size_t a, size_t b, size_t most) {
  size_t product;
  return mcnn_checked_mul(a, b, &product) && product <= most;
}

static size_t align_floats(size_t floats) {
  return (floats + PARAMETER_ALIGNMENT - 1) / PARAMETER_ALIGNMENT * PARAMETER_ALIGNMENT;
}

/* Gives the layer its place in the parameter array: inputs * outputs weights, outputs biases. */
static mnistcnn_status place_parameters(builder *b, mcnn_layer *layer, size_t inputs) {
  mcnn_arch *arch = b->arch;
  const size_t outputs = layer->out.channels;
  if (!fits(inputs + 1, outputs, MCNN_MAX_PARAMETERS - arch->num_parameters)) {
    return mcnn_layer_text_fail(b->text, "the network would have more than %zu parameters",
                                MCNN_MAX_PARAMETERS);
  }
  layer->kernel_count = inputs * outputs;
  layer->bias_count = outputs;
  layer->kernel_offset = arch->parameter_floats;
  layer->bias_offset = layer->kernel_offset + align_floats(layer->kernel_count);
  arch->parameter_floats = layer->bias_offset + align_floats(layer->bias_count);
  arch->num_parameters += layer->kernel_count + layer->bias_count;
  return MNISTCNN_OK;
}

static mnistcnn_status append(builder *b, mcnn_layer *layer, size_t inputs_per_output) {
  mcnn_arch *arch = b->arch;
  mnistcnn_status status = MNISTCNN_OK;
  if (arch->num_layers == MCNN_MAX_LAYERS)
    return mcnn_layer_text_fail(b->text, "a network has at most %u layers", MCNN_MAX_LAYERS);
  if (!fits((size_t)layer->out.height * layer->out.width, layer->out.channels,
            MCNN_MAX_ACTIVATIONS)) {
    return mcnn_layer_text_fail(b->text, "its output of %ux%ux%u is more than %zu numbers",
                                layer->out.height, layer->out.width, layer->out.channels,
                                MCNN_MAX_ACTIVATIONS);
  }
  if (inputs_per_output > 0)
    status = place_parameters(b, layer, inputs_per_output);
  if (status != MNISTCNN_OK)
    return status;
  (void)snprintf(layer->name, sizeof layer->name, "%s_%u", keras_name(layer->kind),
                 count_name(b, layer->kind));
  arch->layers[arch->num_layers++] = *layer;
  b->shape = layer->out;
  return MNISTCNN_OK;
}

static mcnn_layer new_layer(const builder *b, int32_t kind) {
  return (mcnn_layer){.kind = kind, .in = b->shape, .out = b->shape};
}

/* --- the layers, as they are written ---------------------------------------------------------- */

static mnistcnn_status expect_end(const builder *b, size_t words) {
  const mcnn_layer_text *text = b->text;
  if (text->num_words <= words)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(text, "\"%.*s\" does not belong here",
                              text->words[words].length > 40 ? 40 : (int)text->words[words].length,
                              text->words[words].start);
}

/* 1 and one word further where word *at is `expected`. */
static uint32_t take(const builder *b, size_t *at, const char *expected) {
  if (*at >= b->text->num_words || !mcnn_word_is(&b->text->words[*at], expected))
    return 0;
  (*at)++;
  return 1;
}

static mnistcnn_status expect_spatial(const builder *b) {
  return b->is_flat ? mcnn_layer_text_fail(b->text, "its input is already flat") : MNISTCNN_OK;
}

static mnistcnn_status check_window(const builder *b, const mcnn_layer *layer, const char *what) {
  if (layer->kernel_height <= layer->in.height && layer->kernel_width <= layer->in.width)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(b->text, "the %s of %ux%u is larger than its input of %ux%ux%u", what,
                              layer->kernel_height, layer->kernel_width, layer->in.height,
                              layer->in.width, layer->in.channels);
}

/* With "same" padding a kernel of up to 2 n - 1 reaches over an input of n; what is larger would
 * have weights that never meet an input. */
static mnistcnn_status check_kernel(const builder *b, const mcnn_layer *layer) {
  if (!layer->same)
    return check_window(b, layer, "kernel");
  if (layer->kernel_height < 2 * layer->in.height && layer->kernel_width < 2 * layer->in.width)
    return MNISTCNN_OK;
  return mcnn_layer_text_fail(b->text,
                              "the kernel of %ux%u is larger than its input of %ux%ux%u can use",
                              layer->kernel_height, layer->kernel_width, layer->in.height,
                              layer->in.width, layer->in.channels);
}

static mnistcnn_status add_conv2d(builder *b, mcnn_layer *layer) {
  const mnistcnn_status status = check_kernel(b, layer);
  if (status != MNISTCNN_OK)
    return status;
  layer->stride_height = layer->stride_width = 1;
  if (!layer->same) {
    layer->out.height = layer->in.height - layer->kernel_height + 1;
    layer->out.width = layer->in.width - layer->kernel_width + 1;
  }
  /* Kernel sides are below 2 * 4096 here, so these products fit even in 32 bits but the last. */
  const size_t window = (size_t)layer->kernel_height * layer->kernel_width;
  const size_t positions = (size_t)layer->out.height * layer->out.width;
  size_t patch;
  if (!mcnn_checked_mul(window, layer->in.channels, &patch) ||
      !fits(positions, patch, MCNN_MAX_PATCHES)) {
    return mcnn_layer_text_fail(b->text, "its patches of one image are more than %zu numbers",
                                MCNN_MAX_PATCHES);
  }
  return append(b, layer, patch);
}

static mnistcnn_status read_conv2d(builder *b) {
  const mcnn_word *words = b->text->words;
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_CONV2D);
  size_t at = 3;
  if (b->text->num_words < at || !mcnn_word_count(&words[1], &layer.out.channels) ||
      !mcnn_word_size(&words[2], &layer.kernel_height, &layer.kernel_width))
    return mcnn_layer_text_fail(b->text, "expected \"conv FILTERS HxW [same|valid] [relu]\"");
  layer.same = take(b, &at, "same");
  if (!layer.same)
    (void)take(b, &at, "valid");
  layer.activation = take(b, &at, "relu") ? MCNN_ACTIVATION_RELU : MCNN_ACTIVATION_LINEAR;
  mnistcnn_status status = expect_end(b, at);
  if (status == MNISTCNN_OK)
    status = expect_spatial(b);
  return status == MNISTCNN_OK ? add_conv2d(b, &layer) : status;
}

static mnistcnn_status read_maxpool2d(builder *b) {
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_MAXPOOL2D);
  if (b->text->num_words < 2 ||
      !mcnn_word_size(&b->text->words[1], &layer.kernel_height, &layer.kernel_width))
    return mcnn_layer_text_fail(b->text, "expected \"maxpool HxW\"");
  mnistcnn_status status = expect_end(b, 2);
  if (status == MNISTCNN_OK)
    status = expect_spatial(b);
  if (status == MNISTCNN_OK)
    status = check_window(b, &layer, "window");
  if (status != MNISTCNN_OK)
    return status;
  if (!fits(layer.kernel_height, layer.kernel_width, MCNN_MAX_WINDOW))
    return mcnn_layer_text_fail(b->text, "a window has at most %u positions", MCNN_MAX_WINDOW);
  layer.stride_height = layer.kernel_height;
  layer.stride_width = layer.kernel_width;
  layer.out.height = layer.in.height / layer.stride_height;
  layer.out.width = layer.in.width / layer.stride_width;
  return append(b, &layer, 0);
}

static mnistcnn_status read_relu(builder *b) {
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_RELU);
  mcnn_layer *before = last_layer(b);
  const mnistcnn_status status = expect_end(b, 1);
  if (status != MNISTCNN_OK)
    return status;
  if (!before || (before->kind != MNISTCNN_LAYER_CONV2D && before->kind != MNISTCNN_LAYER_DENSE))
    return append(b, &layer, 0);
  before->activation =
      MCNN_ACTIVATION_RELU; /* one that is there already changes nothing: relu(relu(x)) = relu(x) */
  return MNISTCNN_OK;
}

static mnistcnn_status read_dropout(builder *b) {
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_DROPOUT);
  if (b->text->num_words < 2 || !mcnn_word_rate(&b->text->words[1], &layer.rate)) {
    return mcnn_layer_text_fail(b->text,
                                "expected \"dropout RATE\" with 0 <= RATE < 1, as in 0.25");
  }
  const mnistcnn_status status = expect_end(b, 2);
  return status == MNISTCNN_OK ? append(b, &layer, 0) : status;
}

static mnistcnn_status read_flatten(builder *b) {
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_FLATTEN);
  mnistcnn_status status = expect_end(b, 1);
  if (status == MNISTCNN_OK)
    status = expect_spatial(b);
  if (status != MNISTCNN_OK)
    return status;
  layer.out = (mcnn_shape){1, 1, (uint32_t)mcnn_shape_count(layer.in)};
  b->is_flat = 1;
  return append(b, &layer, 0);
}

static mnistcnn_status add_softmax(builder *b) {
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_SOFTMAX);
  const mcnn_layer *before = last_layer(b);
  if (!before || before->kind != MNISTCNN_LAYER_DENSE)
    return mcnn_layer_text_fail(b->text, "softmax must follow a dense layer");
  if (before->activation != MCNN_ACTIVATION_LINEAR)
    return mcnn_layer_text_fail(b->text, "the dense layer before softmax must not have a ReLU");
  if (before->out.channels != b->arch->num_classes) {
    return mcnn_layer_text_fail(b->text, "the network ends in %u outputs, but there are %u classes",
                                before->out.channels, b->arch->num_classes);
  }
  return append(b, &layer, 0);
}

static mnistcnn_status read_dense(builder *b) {
  const mcnn_word *words = b->text->words;
  mcnn_layer layer = new_layer(b, MNISTCNN_LAYER_DENSE);
  size_t at = 2;
  layer.out = (mcnn_shape){1, 1, b->arch->num_classes};
  if (b->text->num_words < at ||
      (!mcnn_word_is(&words[1], "classes") && !mcnn_word_count(&words[1], &layer.out.channels)))
    return mcnn_layer_text_fail(b->text, "expected \"dense OUTPUTS [relu|softmax]\"");
  layer.activation = take(b, &at, "relu") ? MCNN_ACTIVATION_RELU : MCNN_ACTIVATION_LINEAR;
  const uint32_t softmax = layer.activation != MCNN_ACTIVATION_LINEAR ? 0 : take(b, &at, "softmax");
  mnistcnn_status status = expect_end(b, at);
  if (status == MNISTCNN_OK && !b->is_flat)
    status = mcnn_layer_text_fail(b->text, "a flatten must come before the first dense layer");
  if (status == MNISTCNN_OK)
    status = append(b, &layer, layer.in.channels);
  return status == MNISTCNN_OK && softmax ? add_softmax(b) : status;
}

static mnistcnn_status read_softmax(builder *b) {
  const mnistcnn_status status = expect_end(b, 1);
  return status == MNISTCNN_OK ? add_softmax(b) : status;
}

/* --- the whole text --------------------------------------------------------------------------- */

static mnistcnn_status read_kind(builder *b, int32_t kind) {
  switch (kind) {
  case MNISTCNN_LAYER_CONV2D:
    return read_conv2d(b);
  case MNISTCNN_LAYER_MAXPOOL2D:
    return read_maxpool2d(b);
  case MNISTCNN_LAYER_RELU:
    return read_relu(b);
  case MNISTCNN_LAYER_DROPOUT:
    return read_dropout(b);
  case MNISTCNN_LAYER_FLATTEN:
    return read_flatten(b);
  case MNISTCNN_LAYER_DENSE:
    return read_dense(b);
  default:
    return read_softmax(b);
  }
}

static mnistcnn_status read_layer(builder *b) {
  static const char words[NUM_KINDS][8] = {
      [MNISTCNN_LAYER_CONV2D] = "conv",     [MNISTCNN_LAYER_MAXPOOL2D] = "maxpool",
      [MNISTCNN_LAYER_RELU] = "relu",       [MNISTCNN_LAYER_DROPOUT] = "dropout",
      [MNISTCNN_LAYER_FLATTEN] = "flatten", [MNISTCNN_LAYER_DENSE] = "dense",
      [MNISTCNN_LAYER_SOFTMAX] = "softmax"};
  const mcnn_layer *before = last_layer(b);
  if (before && before->kind == MNISTCNN_LAYER_SOFTMAX)
    return mcnn_layer_text_fail(b->text, "softmax must be the last layer");
  if (b->text->num_words == 0)
    return mcnn_layer_text_fail(b->text, "a layer is missing here");
  for (int32_t kind = 0; kind < NUM_KINDS; kind++)
    if (mcnn_word_is(&b->text->words[0], words[kind]))
      return read_kind(b, kind);
  return mcnn_layer_text_fail(b->text, "there is no such layer (conv, maxpool, relu, dropout, "
                                       "flatten, dense, softmax)");
}

static mnistcnn_status read_layers(mcnn_arch *arch, const char *text) {
  mcnn_layer_text layer_text = {0};
  builder b = {.arch = arch, .text = &layer_text, .shape = arch->input};
  const char *cursor = text;
  mnistcnn_status status = MNISTCNN_OK;
  while (status == MNISTCNN_OK && mcnn_layer_text_next(&cursor, &layer_text))
    status = read_layer(&b);
  if (status != MNISTCNN_OK)
    return status;
  if (last_layer(&b)->kind != MNISTCNN_LAYER_SOFTMAX)
    return mcnn_layer_text_fail(&layer_text, "the last layer must be softmax");
  return MNISTCNN_OK;
}

static mcnn_arch *new_arch(const mcnn_alloc *alloc, size_t num_layers) {
  mcnn_arch *arch = mcnn_alloc_zeroed(alloc, 1, sizeof *arch);
  if (!arch)
    return NULL;
  arch->alloc = *alloc;
  arch->layers = mcnn_alloc_zeroed(alloc, num_layers, sizeof *arch->layers);
  if (arch->layers)
    return arch;
  mcnn_arch_free(arch);
  return NULL;
}

mnistcnn_status mcnn_arch_parse(const char *text, mcnn_shape input, uint32_t num_classes,
                                const mcnn_alloc *alloc, mcnn_arch **out) {
  *out = NULL;
  if (strnlen(text, MCNN_MAX_ARCH_BYTES + 1) > MCNN_MAX_ARCH_BYTES) {
    return mcnn_fail(MNISTCNN_ARCHITECTURE, "the architecture text is longer than %u bytes",
                     MCNN_MAX_ARCH_BYTES);
  }
  mcnn_arch *arch = new_arch(alloc, MCNN_MAX_LAYERS);
  if (!arch)
    return MNISTCNN_OUT_OF_MEMORY;
  arch->input = input;
  arch->num_classes = num_classes;
  mnistcnn_status status = read_layers(arch, text);
  if (status == MNISTCNN_OK) {
    arch->text = mcnn_arch_write(arch);
    status = arch->text ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  }
  if (status != MNISTCNN_OK) {
    mcnn_arch_free(arch);
    return status;
  }
  *out = arch;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_arch_clone(const mcnn_arch *arch, const mcnn_alloc *alloc, mcnn_arch **out) {
  *out = NULL;
  mcnn_arch *clone = new_arch(alloc, arch->num_layers);
  char *text = clone ? mcnn_alloc_string(alloc, arch->text) : NULL;
  if (!text) {
    mcnn_arch_free(clone);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  mcnn_layer *const layers = clone->layers;
  memcpy(layers, arch->layers, arch->num_layers * sizeof *layers);
  *clone = *arch;
  clone->alloc = *alloc;
  clone->layers = layers;
  clone->text = text;
  *out = clone;
  return MNISTCNN_OK;
}

void mcnn_arch_free(mcnn_arch *arch) {
  if (!arch)
    return;
  const mcnn_alloc alloc = arch->alloc;
  mcnn_free(&alloc, arch->layers);
  mcnn_free(&alloc, arch->text);
  mcnn_free(&alloc, arch);
}
