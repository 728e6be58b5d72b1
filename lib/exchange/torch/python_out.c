#include "exchange/torch/python_out.h"

#include "base/status.h"
#include "exchange/class_names.h"
#include "exchange/network/rearrange.h"
#include "exchange/number.h"
#include "mnistcnn.h"

#include <stdio.h>

typedef struct exporter {
  mcnn_json_writer *out;
  const mcnn_network *network;
} exporter;

/* How deep the text of methods stands. */
#define LINE "        "

/* --- modules ---------------------------------------------------------------------------------- */

/* As much above as below and as left as right, which the module pads itself. */
static int is_padded_evenly(const mcnn_network_op *op) {
  return op->pad_top == op->pad_bottom && op->pad_left == op->pad_right;
}

static void declare_conv(exporter *e, const mcnn_network_op *op) {
  const uint32_t inputs = mcnn_network_input(e->network, op)->channels;
  mcnn_json_format(e->out, LINE "self.%s = nn.Conv2d(%u, %u, (%u, %u)", op->name, inputs,
                   op->channels, op->window_height, op->window_width);
  if (op->stride_height > 1 || op->stride_width > 1)
    mcnn_json_format(e->out, ", stride=(%u, %u)", op->stride_height, op->stride_width);
  if (is_padded_evenly(op) && op->pad_top + op->pad_left > 0)
    mcnn_json_format(e->out, ", padding=(%u, %u)", op->pad_top, op->pad_left);
  if (op->dilation_height > 1 || op->dilation_width > 1)
    mcnn_json_format(e->out, ", dilation=(%u, %u)", op->dilation_height, op->dilation_width);
  if (op->is_depthwise)
    mcnn_json_format(e->out, ", groups=%u", inputs);
  mcnn_json_format(e->out, "%s)\n", op->bias ? "" : ", bias=False");
}

/* Momentum is the other way round there. */
static void declare_norm(exporter *e, const mcnn_network_op *op) {
  char epsilon[MCNN_NUMBER_TEXT], momentum[MCNN_NUMBER_TEXT];
  mcnn_json_format(e->out, LINE "self.%s = nn.BatchNorm%s(%u, eps=%s, momentum=%s)\n", op->name,
                   op->is_flat ? "1d" : "2d", op->channels,
                   mcnn_foreign_number(op->epsilon, epsilon),
                   mcnn_foreign_number(1 - op->momentum, momentum));
}

static void declare(exporter *e, const mcnn_network_op *op) {
  if (op->kind == MCNN_OP_CONV)
    declare_conv(e, op);
  else if (op->kind == MCNN_OP_BATCH_NORM)
    declare_norm(e, op);
  else if (op->kind == MCNN_OP_DENSE)
    mcnn_json_format(e->out, LINE "self.%s = nn.Linear(%u, %u%s)\n", op->name,
                     mcnn_network_input(e->network, op)->channels, op->channels,
                     op->bias ? "" : ", bias=False");
}

/* --- calls ------------------------------------------------------------------------------------ */

static const char *const functions[] = {[MNISTCNN_ACTIVATION_RELU] = "F.relu",
                                        [MNISTCNN_ACTIVATION_RELU6] = "F.relu6",
                                        [MNISTCNN_ACTIVATION_LEAKY_RELU] = "F.leaky_relu",
                                        [MNISTCNN_ACTIVATION_ELU] = "F.elu",
                                        [MNISTCNN_ACTIVATION_SELU] = "F.selu",
                                        [MNISTCNN_ACTIVATION_SIGMOID] = "torch.sigmoid",
                                        [MNISTCNN_ACTIVATION_TANH] = "torch.tanh",
                                        [MNISTCNN_ACTIVATION_SWISH] = "F.silu",
                                        [MNISTCNN_ACTIVATION_GELU] = "F.gelu",
                                        [MNISTCNN_ACTIVATION_GELU_TANH] = "F.gelu",
                                        [MNISTCNN_ACTIVATION_SOFTPLUS] = "F.softplus",
                                        [MNISTCNN_ACTIVATION_HARD_SIGMOID] = "F.hardsigmoid",
                                        [MNISTCNN_ACTIVATION_HARD_SWISH] = "F.hardswish"};

static mnistcnn_status call_activation(exporter *e, const mcnn_network_op *op, const char *x) {
  const size_t count = sizeof functions / sizeof functions[0];
  const char *const name = (size_t)op->activation < count ? functions[op->activation] : NULL;
  char parameter[MCNN_NUMBER_TEXT];
  if (!name)
    return mcnn_fail(MNISTCNN_UNSUPPORTED, "%s: its activation cannot be exported", op->name);
  mcnn_json_format(e->out, "%s(%s", name, x);
  if (op->activation == MNISTCNN_ACTIVATION_LEAKY_RELU || op->activation == MNISTCNN_ACTIVATION_ELU)
    mcnn_json_format(e->out, ", %s", mcnn_foreign_number(op->parameter, parameter));
  if (op->activation == MNISTCNN_ACTIVATION_GELU_TANH)
    mcnn_json_format(e->out, ", approximate=\"tanh\"");
  mcnn_json_format(e->out, ")");
  return MNISTCNN_OK;
}

static void call_pad(exporter *e, const mcnn_network_op *op, const char *x, const char *value) {
  mcnn_json_format(e->out, "F.pad(%s, (%u, %u, %u, %u)%s)", x, op->pad_left, op->pad_right,
                   op->pad_top, op->pad_bottom, value);
}

static void call_conv(exporter *e, const mcnn_network_op *op, const char *x) {
  mcnn_json_format(e->out, "self.%s(", op->name);
  if (is_padded_evenly(op))
    mcnn_json_format(e->out, "%s", x);
  else
    call_pad(e, op, x, "");
  mcnn_json_format(e->out, ")");
}

static void call_pool(exporter *e, const char *name, const mcnn_network_op *op, const char *x,
                      const char *value) {
  const int is_padded = op->pad_top + op->pad_bottom + op->pad_left + op->pad_right > 0;
  mcnn_json_format(e->out, "F.%s(", name);
  if (is_padded)
    call_pad(e, op, x, value);
  else
    mcnn_json_format(e->out, "%s", x);
  mcnn_json_format(e->out, ", (%u, %u), (%u, %u))", op->window_height, op->window_width,
                   op->stride_height, op->stride_width);
}

/* What is padded does not count in a mean: divided by the mean of ones that are padded alike. */
static void call_average_pool(exporter *e, const mcnn_network_op *op, const char *x) {
  char ones[64];
  call_pool(e, "avg_pool2d", op, x, "");
  if (op->pad_top + op->pad_bottom + op->pad_left + op->pad_right == 0)
    return;
  (void)snprintf(ones, sizeof ones, "torch.ones_like(%s)", x);
  mcnn_json_format(e->out, " / ");
  call_pool(e, "avg_pool2d", op, ones, "");
}

static void write_constants(exporter *e, const mcnn_network_op *op, const float *values,
                            const char *x) {
  char text[MCNN_NUMBER_TEXT];
  if (op->num_scales == 1) {
    mcnn_json_format(e->out, "%s", mcnn_foreign_number(values[0], text));
    return;
  }
  mcnn_json_format(e->out, "%s.new_tensor([", x);
  for (uint32_t c = 0; c < op->num_scales; c++)
    mcnn_json_format(e->out, "%s%s", c > 0 ? ", " : "", mcnn_foreign_number(values[c], text));
  mcnn_json_format(e->out, "]).view(1, -1, 1, 1)");
}

static void call_affine(exporter *e, const mcnn_network_op *op, const char *x) {
  int has_offset = 0;
  for (uint32_t c = 0; c < op->num_scales; c++)
    has_offset = has_offset || op->offset[c] != 0;
  mcnn_json_format(e->out, "%s * ", x);
  write_constants(e, op, op->scale, x);
  if (!has_offset)
    return;
  mcnn_json_format(e->out, " + ");
  write_constants(e, op, op->offset, x);
}

/* Rows, columns, channels, where that matters. */
static void call_flatten(exporter *e, const mcnn_network_op *op, const char *x) {
  const mcnn_network_op *const input = mcnn_network_input(e->network, op);
  const int is_in_order = input->channels == 1 || (input->height == 1 && input->width == 1) ||
                          mcnn_flattens_channels_first(e->network, op);
  mcnn_json_format(e->out, "%s%s.flatten(1)", x, is_in_order ? "" : ".permute(0, 2, 3, 1)");
}

static mnistcnn_status write_call(exporter *e, uint32_t index) {
  const mcnn_network_op *const op = &e->network->ops[index];
  char x[16];
  (void)snprintf(x, sizeof x, "x%u", op->inputs[0]);
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_json_format(e->out, LINE "x%u = ", index);
  switch (op->kind) {
  case MCNN_OP_CONV:
    call_conv(e, op, x);
    break;
  case MCNN_OP_DENSE:
  case MCNN_OP_BATCH_NORM:
    mcnn_json_format(e->out, "self.%s(%s)", op->name, x);
    break;
  case MCNN_OP_MAX_POOL:
    call_pool(e, "max_pool2d", op, x, ", value=-torch.inf");
    break;
  case MCNN_OP_AVERAGE_POOL:
    call_average_pool(e, op, x);
    break;
  case MCNN_OP_ZERO_PAD:
    call_pad(e, op, x, "");
    break;
  case MCNN_OP_AFFINE:
    call_affine(e, op, x);
    break;
  case MCNN_OP_GLOBAL_MAX_POOL:
    mcnn_json_format(e->out, "%s.amax((2, 3))", x);
    break;
  case MCNN_OP_GLOBAL_AVERAGE_POOL:
    mcnn_json_format(e->out, "%s.mean((2, 3))", x);
    break;
  case MCNN_OP_FLATTEN:
    call_flatten(e, op, x);
    break;
  case MCNN_OP_ACTIVATION:
    status = call_activation(e, op, x);
    break;
  case MCNN_OP_ADD:
    mcnn_json_format(e->out, "%s + x%u", x, op->inputs[1]);
    break;
  case MCNN_OP_SOFTMAX:
  case MCNN_OP_INPUT:
    break;
  }
  mcnn_json_format(e->out, "\n");
  return status;
}

/* --- all -------------------------------------------------------------------------------------- */

static mnistcnn_status write_methods(exporter *e) {
  const mcnn_network *const n = e->network;
  const uint32_t last = n->count - 1;
  const char *const end = n->ops[last].kind == MCNN_OP_SOFTMAX ? "softmax(1)" : "sigmoid()";
  mnistcnn_status status = MNISTCNN_OK;
  mcnn_json_format(e->out, "\n    def logits(self, x0):\n");
  for (uint32_t i = 1; i < last && status == MNISTCNN_OK; i++)
    status = write_call(e, i);
  mcnn_json_format(e->out, LINE "return x%u\n", n->ops[last].inputs[0]);
  mcnn_json_format(
      e->out, "\n    def forward(self, images):\n" LINE "return self.logits(images).%s\n", end);
  return status;
}

mnistcnn_status mcnn_torch_write_module(mcnn_json_writer *writer, const mcnn_network *network,
                                        const char *stem, int unit) {
  exporter e = {writer, network};
  const mcnn_network_op *const image = &network->ops[0];
  const char *const name = stem ? stem : "net";
  mcnn_json_format(writer,
                   "\"\"\"A network that libmnistcnn exported.\n\n"
                   "    probabilities = load()(images)\n\n"
                   "images: [N, %u, %u, %u], %s, as floats. For training, logits() are what "
                   "CrossEntropyLoss\ntakes.\n\"\"\"\n",
                   image->channels, image->height, image->width, unit ? "0..1" : "bytes, 0..255");
  mcnn_json_format(writer, "import os\n\nimport torch\nfrom torch import nn\n"
                           "from torch.nn import functional as F\n\nCLASS_NAMES = ");
  mnistcnn_status status = mcnn_json_class_names(writer, network->model);
  mcnn_json_format(writer, "\n\n\nclass Net(nn.Module):\n    def __init__(self):\n" LINE
                           "super().__init__()\n");
  for (uint32_t i = 1; i < network->count; i++)
    declare(&e, &network->ops[i]);
  if (status == MNISTCNN_OK)
    status = write_methods(&e);
  mcnn_json_format(writer, "\n\ndef load(path=os.path.join(os.path.dirname(__file__), ");
  mcnn_json_quoted_file(writer, name, ".safetensors");
  mcnn_json_format(writer, ")):\n    from safetensors.torch import load_file\n    net = Net()\n"
                           "    net.load_state_dict(load_file(path))\n    return net.eval()\n");
  return status == MNISTCNN_OK ? mcnn_json_written(writer) : status;
}
