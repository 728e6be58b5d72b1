#include "exchange/torch/module_layers.h"

#include "base/decimal.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

/* A layer that is being translated. */
typedef struct translation {
  mcnn_torch_module_layers *layers;
  const mcnn_pickle_value *state;
  const char *class_name, *prefix;
} translation;

typedef mnistcnn_status (*translate_fn)(const translation *t, const char *word);

static mnistcnn_status refuse_setting(const translation *t, const char *setting) {
  return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: %.80s (%.80s): its %s is not one that is read",
                   t->layers->label, t->prefix, t->class_name, setting);
}

/* --- attributes ------------------------------------------------------------------------------- */

static const mcnn_pickle_value *attribute(const translation *t, const char *name) {
  const mcnn_pickle_value *const value = mcnn_pickle_member(t->state, name);
  return value && value->kind != MCNN_PICKLE_NONE ? value : NULL;
}

/* A number, or two of them, for rows and columns. */
static int read_pair(const translation *t, const char *name, uint32_t otherwise, uint32_t pair[2]) {
  const mcnn_pickle_value *const value = attribute(t, name);
  const uint32_t limit = 1 << 16;
  uint64_t numbers[2] = {otherwise, otherwise};
  int known = 1;
  if (value && value->kind == MCNN_PICKLE_INT) {
    known = mcnn_pickle_count(value, &numbers[0]);
    numbers[1] = numbers[0];
  } else if (value)
    known = value->count == 2 && mcnn_pickle_count(mcnn_pickle_item(value, 0), &numbers[0]) &&
            mcnn_pickle_count(mcnn_pickle_item(value, 1), &numbers[1]);
  pair[0] = (uint32_t)(numbers[0] < limit ? numbers[0] : limit);
  pair[1] = (uint32_t)(numbers[1] < limit ? numbers[1] : limit);
  return known;
}

static int read_count(const translation *t, const char *name, uint32_t otherwise, uint32_t *count) {
  uint32_t pair[2];
  const int known = read_pair(t, name, otherwise, pair) && pair[0] == pair[1];
  *count = pair[0];
  return known;
}

static int is_true(const translation *t, const char *name) {
  const mcnn_pickle_value *const value = attribute(t, name);
  return value && value->kind == MCNN_PICKLE_BOOL && value->integer;
}

static double read_double(const translation *t, const char *name, double otherwise) {
  const mcnn_pickle_value *const value = attribute(t, name);
  if (!value)
    return otherwise;
  return value->kind == MCNN_PICKLE_FLOAT ? value->number
         : value->kind == MCNN_PICKLE_INT ? (double)value->integer
                                          : (double)NAN;
}

static int has_parameter(const translation *t, const char *name) {
  const mcnn_pickle_value *const value =
      mcnn_pickle_member(mcnn_pickle_member(t->state, "_parameters"), name);
  return value && value->kind != MCNN_PICKLE_NONE;
}

/* --- convolutions ----------------------------------------------------------------------------- */

typedef struct conv_settings {
  uint32_t size[2], stride[2], padding[2], dilation[2], inputs, outputs, groups;
  int same;
} conv_settings;

/* "same", or as many rows on both sides as keep the size. */
static void find_same(conv_settings *c) {
  c->same = 1;
  for (int i = 0; i < 2; i++)
    c->same =
        c->same && c->stride[i] == 1 && 2 * c->padding[i] == (c->size[i] - 1) * c->dilation[i];
}

static mnistcnn_status read_conv(const translation *t, conv_settings *c) {
  const mcnn_pickle_value *const padding = attribute(t, "padding");
  const mcnn_pickle_value *const mode = attribute(t, "padding_mode");
  const int is_word = padding && padding->kind == MCNN_PICKLE_TEXT;
  if (!read_pair(t, "kernel_size", 0, c->size) || c->size[0] == 0 || c->size[1] == 0)
    return refuse_setting(t, "kernel_size");
  if (!read_pair(t, "stride", 1, c->stride) || !read_pair(t, "dilation", 1, c->dilation))
    return refuse_setting(t, "stride or dilation");
  if (mode && !mcnn_pickle_is_text(mode, "zeros"))
    return refuse_setting(t, "padding_mode");
  if (is_word ? !mcnn_pickle_is_text(padding, "same") && !mcnn_pickle_is_text(padding, "valid")
              : !read_pair(t, "padding", 0, c->padding))
    return refuse_setting(t, "padding");
  if (!read_count(t, "out_channels", 0, &c->outputs) ||
      !read_count(t, "in_channels", 0, &c->inputs) || !read_count(t, "groups", 1, &c->groups) ||
      c->outputs == 0 || c->inputs == 0)
    return refuse_setting(t, "number of channels or groups");
  if (is_word) {
    c->padding[0] = c->padding[1] = 0;
    c->same = mcnn_pickle_is_text(padding, "same");
  } else
    find_same(c);
  return MNISTCNN_OK;
}

static mnistcnn_status add_conv(const translation *t, const char *word) {
  mcnn_torch_text *const text = t->layers->text;
  conv_settings c = {.same = 0};
  (void)word;
  const mnistcnn_status status = read_conv(t, &c);
  if (status != MNISTCNN_OK)
    return status;
  if (!c.same && c.padding[0] + c.padding[1] > 0)
    mcnn_torch_text_layer(text, "zeropad %u %u %u %u", c.padding[0], c.padding[0], c.padding[1],
                          c.padding[1]);
  const int is_depthwise = c.groups > 1 && c.groups == c.inputs && c.outputs % c.inputs == 0;
  if (is_depthwise)
    mcnn_torch_text_layer(text, "depthwise ");
  else
    mcnn_torch_text_layer(text, "conv %u ", c.outputs);
  mcnn_torch_text_append(text, "%ux%u stride %ux%u dilation %ux%u%s", c.size[0], c.size[1],
                         c.stride[0], c.stride[1], c.dilation[0], c.dilation[1],
                         c.same ? " same" : "");
  if (is_depthwise)
    mcnn_torch_text_append(text, " multiplier %u", c.outputs / c.inputs);
  mcnn_torch_text_append(text, "%s", has_parameter(t, "bias") ? "" : " nobias");
  return MNISTCNN_OK;
}

/* --- poolings --------------------------------------------------------------------------------- */

/* With padding, which is no number for a maximum: one that keeps the size is "same" here, and zeros
 * are as good behind a ReLU. ceil_mode: halves that are rounded up are "same" too. */
static mnistcnn_status add_pool(const translation *t, const char *word) {
  mcnn_torch_text *const text = t->layers->text;
  uint32_t size[2], stride[2], padding[2], dilation[2];
  const int is_max = strcmp(word, "maxpool") == 0;
  if (!read_pair(t, "kernel_size", 0, size) || !read_pair(t, "stride", 0, stride) ||
      !read_pair(t, "padding", 0, padding) || !read_pair(t, "dilation", 1, dilation) ||
      dilation[0] != 1 || dilation[1] != 1)
    return refuse_setting(t, "window");
  if (stride[0] == 0)
    memcpy(stride, size, sizeof stride);
  const int is_padded = padding[0] + padding[1] > 0;
  const int keeps_size = stride[0] == 1 && stride[1] == 1 && 2 * padding[0] + 1 == size[0] &&
                         2 * padding[1] + 1 == size[1];
  const int ceils = is_true(t, "ceil_mode") && stride[0] * stride[1] > 1;
  const int halves = size[0] == 2 && size[1] == 2 && stride[0] == 2 && stride[1] == 2 && !is_padded;
  if (attribute(t, "divisor_override") || is_true(t, "return_indices"))
    return refuse_setting(t, "divisor_override or return_indices");
  if (ceils && !halves)
    return refuse_setting(t, "ceil_mode with this window");
  if (is_padded && !(is_max && (keeps_size || t->layers->is_rectified)))
    return refuse_setting(t, "padding");
  if (is_padded && !keeps_size)
    mcnn_torch_text_layer(text, "zeropad %u %u %u %u", padding[0], padding[0], padding[1],
                          padding[1]);
  mcnn_torch_text_layer(text, "%s %ux%u stride %ux%u%s", word, size[0], size[1], stride[0],
                        stride[1], (is_padded && keeps_size) || ceils ? " same" : "");
  return MNISTCNN_OK;
}

static mnistcnn_status add_global_pool(const translation *t, const char *word) {
  uint32_t size[2];
  if (!read_pair(t, "output_size", 0, size) || size[0] != 1 || size[1] != 1)
    return refuse_setting(t, "output_size");
  mcnn_torch_text_layer(t->layers->text, "%s", word);
  t->layers->is_flat = 1;
  return MNISTCNN_OK;
}

/* --- vectors ---------------------------------------------------------------------------------- */

static mnistcnn_status add_flatten(const translation *t, const char *word) {
  uint32_t start;
  const double end = read_double(t, "end_dim", -1);
  if (!read_count(t, "start_dim", 1, &start) || start != 1 || (end != -1 && end != 3))
    return refuse_setting(t, "start_dim or end_dim");
  if (!t->layers->is_flat)
    mcnn_torch_text_layer(t->layers->text, "%s", word);
  t->layers->is_flat = 1;
  return MNISTCNN_OK;
}

static mnistcnn_status add_linear(const translation *t, const char *word) {
  uint32_t outputs;
  if (!read_count(t, "out_features", 0, &outputs) || outputs == 0)
    return refuse_setting(t, "out_features");
  if (!t->layers->is_flat)
    mcnn_torch_text_layer(t->layers->text, "flatten");
  t->layers->is_flat = 1;
  mcnn_torch_text_layer(t->layers->text, "%s %u%s", word, outputs,
                        has_parameter(t, "bias") ? "" : " nobias");
  return MNISTCNN_OK;
}

/* --- what leaves the shape as it is ----------------------------------------------------------- */

/* PyTorch's momentum is that of the new value. */
static mnistcnn_status add_batch_norm(const translation *t, const char *word) {
  const double momentum = fmin(fmax(1 - read_double(t, "momentum", 0.1), 0), 0.999999);
  char momentum_text[MCNN_DECIMAL_CAPACITY], epsilon_text[MCNN_DECIMAL_CAPACITY];
  if (!mcnn_decimal_write((float)momentum, momentum_text) ||
      !mcnn_decimal_write((float)read_double(t, "eps", 1e-5), epsilon_text))
    return refuse_setting(t, "momentum or eps");
  mcnn_torch_text_layer(t->layers->text, "%s momentum %s epsilon %s%s%s unbiased", word,
                        momentum_text, epsilon_text, has_parameter(t, "weight") ? "" : " noscale",
                        has_parameter(t, "bias") ? "" : " nocenter");
  return MNISTCNN_OK;
}

static mnistcnn_status add_dropout(const translation *t, const char *word) {
  const double rate = read_double(t, "p", 0.5);
  char text[MCNN_DECIMAL_CAPACITY];
  if (rate == 0)
    return MNISTCNN_OK;
  if (!(rate > 0 && rate < 1) || !mcnn_decimal_write((float)rate, text))
    return refuse_setting(t, "rate");
  mcnn_torch_text_layer(t->layers->text, "%s %s", t->layers->is_flat ? "dropout" : word, text);
  return MNISTCNN_OK;
}

static mnistcnn_status add_zero_pad(const translation *t, const char *word) {
  const mcnn_pickle_value *const value = attribute(t, "padding");
  uint64_t sides[4] = {0, 0, 0, 0}; /* left, right, top, bottom */
  for (uint32_t i = 0; i < 4; i++)
    if (!value || value->count != 4 || !mcnn_pickle_count(mcnn_pickle_item(value, i), &sides[i]) ||
        sides[i] > UINT16_MAX)
      return refuse_setting(t, "padding");
  mcnn_torch_text_layer(t->layers->text, "%s %u %u %u %u", word, (unsigned)sides[2],
                        (unsigned)sides[3], (unsigned)sides[0], (unsigned)sides[1]);
  return MNISTCNN_OK;
}

static mnistcnn_status add_activation(const translation *t, const char *word) {
  mcnn_torch_text_layer(t->layers->text, "%s", word);
  return MNISTCNN_OK;
}

static mnistcnn_status add_with_number(const translation *t, const char *word, double number,
                                       const char *setting) {
  char text[MCNN_DECIMAL_CAPACITY];
  if (!(number > 0) || !mcnn_decimal_write((float)number, text))
    return refuse_setting(t, setting);
  mcnn_torch_text_layer(t->layers->text, "%s %s", word, text);
  return MNISTCNN_OK;
}

static mnistcnn_status add_leaky_relu(const translation *t, const char *word) {
  return add_with_number(t, word, read_double(t, "negative_slope", 0.01), "negative_slope");
}

static mnistcnn_status add_elu(const translation *t, const char *word) {
  return add_with_number(t, word, read_double(t, "alpha", 1), "alpha");
}

static mnistcnn_status add_softplus(const translation *t, const char *word) {
  return read_double(t, "beta", 1) == 1 ? add_activation(t, word) : refuse_setting(t, "beta");
}

static mnistcnn_status add_gelu(const translation *t, const char *word) {
  const mcnn_pickle_value *const approximate = attribute(t, "approximate");
  if (mcnn_pickle_is_text(approximate, "tanh"))
    return add_activation(t, "gelu_tanh");
  return !approximate || mcnn_pickle_is_text(approximate, "none")
             ? add_activation(t, word)
             : refuse_setting(t, "approximate");
}

static mnistcnn_status add_nothing(const translation *t, const char *word) {
  (void)t;
  (void)word;
  return MNISTCNN_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

typedef struct row {
  const char *class_name; /* without its module, which changed over time */
  translate_fn translate;
  const char *word;
} row;

static const row rows[] = {
    {"Conv2d", add_conv, "conv"},
    {"MaxPool2d", add_pool, "maxpool"},
    {"AvgPool2d", add_pool, "avgpool"},
    {"AdaptiveAvgPool2d", add_global_pool, "globalavgpool"},
    {"AdaptiveMaxPool2d", add_global_pool, "globalmaxpool"},
    {"Flatten", add_flatten, "flatten"},
    {"Linear", add_linear, "dense"},
    {"BatchNorm1d", add_batch_norm, "batchnorm"},
    {"BatchNorm2d", add_batch_norm, "batchnorm"},
    {"Dropout", add_dropout, "dropout"},
    {"Dropout2d", add_dropout, "spatialdropout"},
    {"ZeroPad2d", add_zero_pad, "zeropad"},
    {"Identity", add_nothing, ""},
    {"ReLU", add_activation, "relu"},
    {"ReLU6", add_activation, "relu6"},
    {"LeakyReLU", add_leaky_relu, "leaky_relu"},
    {"ELU", add_elu, "elu"},
    {"SELU", add_activation, "selu"},
    {"Sigmoid", add_activation, "sigmoid"},
    {"Tanh", add_activation, "tanh"},
    {"SiLU", add_activation, "swish"},
    {"GELU", add_gelu, "gelu"},
    {"Softplus", add_softplus, "softplus"},
    {"Hardsigmoid", add_activation, "hard_sigmoid"},
    {"Hardswish", add_activation, "hard_swish"},
    {"Softmax", add_activation, "softmax"},
    {"LogSoftmax", add_activation, "softmax"},
};

static const row *row_of(const char *class_name) {
  static const char modules[] = "torch.nn.modules.";
  const char *const point = strrchr(class_name, '.');
  if (!point || strncmp(class_name, modules, sizeof modules - 1) != 0)
    return NULL;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (strcmp(rows[i].class_name, point + 1) == 0)
      return &rows[i];
  return NULL;
}

mnistcnn_status mcnn_torch_module_layer(mcnn_torch_module_layers *layers, const char *class_name,
                                        const mcnn_pickle_value *state, const char *prefix) {
  const translation t = {layers, state, class_name, prefix};
  const row *const r = row_of(class_name);
  if (!r)
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: %.80s is a layer of class %.120s, which this library has not; "
                     "docs/exchange.md lists those it has",
                     layers->label, prefix, class_name);
  const mnistcnn_status status = r->translate(&t, r->word);
  const int keeps = r->translate == add_pool || r->translate == add_dropout ||
                    r->translate == add_nothing || r->translate == add_zero_pad;
  layers->is_rectified = strncmp(r->word, "relu", 4) == 0 || (keeps && layers->is_rectified);
  return status;
}
