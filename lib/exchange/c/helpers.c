#include "exchange/c/helpers.h"

#include "mnistcnn.h"

#include <string.h>

void mcnn_c_write_template(mcnn_json_writer *writer, const char *prefix, const char *text) {
  while (*text != '\0') {
    const size_t length = strcspn(text, "@");
    for (size_t done = 0; done < length;) {
      const int part = length - done < 900 ? (int)(length - done) : 900;
      mcnn_json_format(writer, "%.*s", part, text + done);
      done += (size_t)part;
    }
    text += length;
    if (*text == '@') {
      mcnn_json_format(writer, "%s", prefix);
      text++;
    }
  }
}

/* --- windows ---------------------------------------------------------------------------------- */

static const char window[] =
    "\n/* A window of height x width that moves over an image. */\n"
    "typedef struct @_window {\n"
    "  int in_height, in_width, in_channels, out_height, out_width, out_channels;\n"
    "  int height, width, stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left;\n"
    "} @_window;\n";

static const char conv[] =
    "\nstatic void @_conv(const @_window *w, const float *x, const float *kernel,\n"
    "                  const float *bias, float *y) {\n"
    "  int row, column, ky, kx, i, o;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++, y += w->out_channels) {\n"
    "      for (o = 0; o < w->out_channels; o++)\n"
    "        y[o] = bias ? bias[o] : 0;\n"
    "      for (ky = 0; ky < w->height; ky++)\n"
    "        for (kx = 0; kx < w->width; kx++) {\n"
    "          const int iy = row * w->stride_y + ky * w->dilation_y - w->pad_top;\n"
    "          const int ix = column * w->stride_x + kx * w->dilation_x - w->pad_left;\n"
    "          const float *pixel, *k;\n"
    "          if (iy < 0 || ix < 0 || iy >= w->in_height || ix >= w->in_width)\n"
    "            continue;\n"
    "          pixel = x + (iy * w->in_width + ix) * w->in_channels;\n"
    "          k = kernel + (ky * w->width + kx) * w->in_channels * w->out_channels;\n"
    "          for (i = 0; i < w->in_channels; i++, k += w->out_channels)\n"
    "            for (o = 0; o < w->out_channels; o++)\n"
    "              y[o] += pixel[i] * k[o];\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char depthwise[] =
    "\nstatic void @_depthwise(const @_window *w, const float *x, const float *kernel,\n"
    "                       const float *bias, float *y) {\n"
    "  const int times = w->out_channels / w->in_channels;\n"
    "  int row, column, ky, kx, o;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++, y += w->out_channels) {\n"
    "      for (o = 0; o < w->out_channels; o++)\n"
    "        y[o] = bias ? bias[o] : 0;\n"
    "      for (ky = 0; ky < w->height; ky++)\n"
    "        for (kx = 0; kx < w->width; kx++) {\n"
    "          const int iy = row * w->stride_y + ky * w->dilation_y - w->pad_top;\n"
    "          const int ix = column * w->stride_x + kx * w->dilation_x - w->pad_left;\n"
    "          const float *pixel, *k;\n"
    "          if (iy < 0 || ix < 0 || iy >= w->in_height || ix >= w->in_width)\n"
    "            continue;\n"
    "          pixel = x + (iy * w->in_width + ix) * w->in_channels;\n"
    "          k = kernel + (ky * w->width + kx) * w->out_channels;\n"
    "          for (o = 0; o < w->out_channels; o++)\n"
    "            y[o] += pixel[o / times] * k[o];\n"
    "        }\n"
    "    }\n"
    "}\n";

static const char dense[] =
    "\nstatic void @_dense(const float *x, int inputs, int outputs, const float *kernel,\n"
    "                   const float *bias, float *y) {\n"
    "  int i, o;\n"
    "  for (o = 0; o < outputs; o++)\n"
    "    y[o] = bias ? bias[o] : 0;\n"
    "  for (i = 0; i < inputs; i++, kernel += outputs)\n"
    "    for (o = 0; o < outputs; o++)\n"
    "      y[o] += x[i] * kernel[o];\n"
    "}\n";

static const char quantize[] =
    "\n/* x as integers of -127..127 times the scale that is returned. */\n"
    "static float @_quantize(const float *x, int count, int8_t *q) {\n"
    "  float largest = 0, scale;\n"
    "  int i;\n"
    "  for (i = 0; i < count; i++)\n"
    "    largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;\n"
    "  scale = largest > 0 ? largest / 127 : 1;\n"
    "  for (i = 0; i < count; i++)\n"
    "    q[i] = (int8_t)(x[i] / scale + (x[i] < 0 ? -0.5f : 0.5f));\n"
    "  return scale;\n"
    "}\n";

static const char conv_int8[] =
    "\nstatic void @_conv(const @_window *w, const float *x, const int8_t *kernel,\n"
    "                  const float *scales, const float *bias, int8_t *q, float *y) {\n"
    "  const float scale = @_quantize(x, w->in_height * w->in_width * w->in_channels, q);\n"
    "  int row, column, ky, kx, i, o;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++)\n"
    "      for (o = 0; o < w->out_channels; o++) {\n"
    "        int32_t sum = 0;\n"
    "        for (ky = 0; ky < w->height; ky++)\n"
    "          for (kx = 0; kx < w->width; kx++) {\n"
    "            const int iy = row * w->stride_y + ky * w->dilation_y - w->pad_top;\n"
    "            const int ix = column * w->stride_x + kx * w->dilation_x - w->pad_left;\n"
    "            const int8_t *pixel, *k;\n"
    "            if (iy < 0 || ix < 0 || iy >= w->in_height || ix >= w->in_width)\n"
    "              continue;\n"
    "            pixel = q + (iy * w->in_width + ix) * w->in_channels;\n"
    "            k = kernel + ((o * w->height + ky) * w->width + kx) * w->in_channels;\n"
    "            for (i = 0; i < w->in_channels; i++)\n"
    "              sum += pixel[i] * k[i];\n"
    "          }\n"
    "        *y++ = (float)sum * (scale * scales[o]) + (bias ? bias[o] : 0);\n"
    "      }\n"
    "}\n";

static const char depthwise_int8[] =
    "\nstatic void @_depthwise(const @_window *w, const float *x, const int8_t *kernel,\n"
    "                       const float *scales, const float *bias, int8_t *q, float *y) {\n"
    "  const float scale = @_quantize(x, w->in_height * w->in_width * w->in_channels, q);\n"
    "  const int times = w->out_channels / w->in_channels;\n"
    "  int row, column, ky, kx, o;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++)\n"
    "      for (o = 0; o < w->out_channels; o++) {\n"
    "        int32_t sum = 0;\n"
    "        for (ky = 0; ky < w->height; ky++)\n"
    "          for (kx = 0; kx < w->width; kx++) {\n"
    "            const int iy = row * w->stride_y + ky * w->dilation_y - w->pad_top;\n"
    "            const int ix = column * w->stride_x + kx * w->dilation_x - w->pad_left;\n"
    "            if (iy >= 0 && ix >= 0 && iy < w->in_height && ix < w->in_width)\n"
    "              sum += q[(iy * w->in_width + ix) * w->in_channels + o / times] *\n"
    "                     kernel[(o * w->height + ky) * w->width + kx];\n"
    "          }\n"
    "        *y++ = (float)sum * (scale * scales[o]) + (bias ? bias[o] : 0);\n"
    "      }\n"
    "}\n";

static const char dense_int8[] =
    "\nstatic void @_dense(const float *x, int inputs, int outputs, const int8_t *kernel,\n"
    "                   const float *scales, const float *bias, int8_t *q, float *y) {\n"
    "  const float scale = @_quantize(x, inputs, q);\n"
    "  int i, o;\n"
    "  for (o = 0; o < outputs; o++, kernel += inputs) {\n"
    "    int32_t sum = 0;\n"
    "    for (i = 0; i < inputs; i++)\n"
    "      sum += q[i] * kernel[i];\n"
    "    y[o] = (float)sum * (scale * scales[o]) + (bias ? bias[o] : 0);\n"
    "  }\n"
    "}\n";

static const char pool[] =
    "\n/* The largest value of each window, or the mean of those that are there. */\n"
    "static void @_pool(const @_window *w, int is_max, const float *x, float *y) {\n"
    "  int row, column, ky, kx, c;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++)\n"
    "      for (c = 0; c < w->in_channels; c++) {\n"
    "        float most = 0, sum = 0;\n"
    "        int count = 0;\n"
    "        for (ky = 0; ky < w->height; ky++)\n"
    "          for (kx = 0; kx < w->width; kx++) {\n"
    "            const int iy = row * w->stride_y + ky - w->pad_top;\n"
    "            const int ix = column * w->stride_x + kx - w->pad_left;\n"
    "            if (iy >= 0 && ix >= 0 && iy < w->in_height && ix < w->in_width) {\n"
    "              const float value = x[(iy * w->in_width + ix) * w->in_channels + c];\n"
    "              most = count == 0 || value > most ? value : most;\n"
    "              sum += value;\n"
    "              count++;\n"
    "            }\n"
    "          }\n"
    "        *y++ = is_max ? most : sum / (float)count;\n"
    "      }\n"
    "}\n";

static const char pad[] =
    "\nstatic void @_pad(const @_window *w, const float *x, float *y) {\n"
    "  int row, column, c;\n"
    "  for (row = 0; row < w->out_height; row++)\n"
    "    for (column = 0; column < w->out_width; column++)\n"
    "      for (c = 0; c < w->in_channels; c++) {\n"
    "        const int iy = row - w->pad_top, ix = column - w->pad_left;\n"
    "        const int is_inside =\n"
    "            iy >= 0 && ix >= 0 && iy < w->in_height && ix < w->in_width;\n"
    "        *y++ = is_inside ? x[(iy * w->in_width + ix) * w->in_channels + c] : 0;\n"
    "      }\n"
    "}\n";

/* --- the others ------------------------------------------------------------------------------- */

static const char affine[] =
    "\n/* y = x scale + offset, with `count` of each in turn. */\n"
    "static void @_affine(const float *x, int size, const float *scale, const float *offset,\n"
    "                    int count, float *y) {\n"
    "  int i;\n"
    "  for (i = 0; i < size; i++)\n"
    "    y[i] = x[i] * scale[i % count] + offset[i % count];\n"
    "}\n";

static const char global_pool[] = "\nstatic void @_global_pool(const float *x, int pixels, int "
                                  "channels, int is_max, float *y) {\n"
                                  "  int c, i;\n"
                                  "  for (c = 0; c < channels; c++) {\n"
                                  "    float most = x[c], sum = 0;\n"
                                  "    for (i = 0; i < pixels; i++) {\n"
                                  "      const float value = x[i * channels + c];\n"
                                  "      most = value > most ? value : most;\n"
                                  "      sum += value;\n"
                                  "    }\n"
                                  "    y[c] = is_max ? most : sum / (float)pixels;\n"
                                  "  }\n"
                                  "}\n";

static const char softmax[] = "\nstatic void @_softmax(const float *x, int count, float *y) {\n"
                              "  float most = x[0], sum = 0;\n"
                              "  int i;\n"
                              "  for (i = 1; i < count; i++)\n"
                              "    most = x[i] > most ? x[i] : most;\n"
                              "  for (i = 0; i < count; i++)\n"
                              "    sum += y[i] = expf(x[i] - most);\n"
                              "  for (i = 0; i < count; i++)\n"
                              "    y[i] /= sum;\n"
                              "}\n";

/* a: the parameter. */
static const char *const expressions[] = {
    [MNISTCNN_ACTIVATION_RELU] = "x > 0 ? x : 0",
    [MNISTCNN_ACTIVATION_RELU6] = "x < 0 ? 0 : x > 6 ? 6 : x",
    [MNISTCNN_ACTIVATION_LEAKY_RELU] = "x > 0 ? x : a * x",
    [MNISTCNN_ACTIVATION_ELU] = "x > 0 ? x : a * expm1f(x)",
    [MNISTCNN_ACTIVATION_SELU] = "1.05070099f * (x > 0 ? x : 1.67326324f * expm1f(x))",
    [MNISTCNN_ACTIVATION_SIGMOID] = "1 / (1 + expf(-x))",
    [MNISTCNN_ACTIVATION_TANH] = "tanhf(x)",
    [MNISTCNN_ACTIVATION_SWISH] = "x / (1 + expf(-x))",
    [MNISTCNN_ACTIVATION_GELU] = "0.5f * x * (1 + erff(x * 0.70710678f))",
    [MNISTCNN_ACTIVATION_GELU_TANH] =
        "0.5f * x * (1 + tanhf(0.79788456f * (x + 0.044715f * x * x * x)))",
    [MNISTCNN_ACTIVATION_SOFTPLUS] = "(x > 0 ? x : 0) + log1pf(expf(-fabsf(x)))",
    [MNISTCNN_ACTIVATION_HARD_SIGMOID] = "x < -3 ? 0 : x > 3 ? 1 : x / 6 + 0.5f",
    [MNISTCNN_ACTIVATION_HARD_SWISH] = "x < -3 ? 0 : x > 3 ? x : x * (x / 6 + 0.5f)"};

const char *mcnn_c_activation(int32_t activation) {
  const size_t count = sizeof expressions / sizeof expressions[0];
  return (size_t)activation < count ? expressions[activation] : NULL;
}

/* --- all -------------------------------------------------------------------------------------- */

typedef struct helper {
  const char *text, *of_int8; /* the same where there is one alone */
} helper;

enum { WINDOW, QUANTIZE, CONV, DEPTHWISE, DENSE, POOL, PAD, AFFINE, GLOBAL_POOL, SOFTMAX, HELPERS };

static const helper helpers[HELPERS] = {
    [WINDOW] = {window, window},
    [QUANTIZE] = {"", quantize},
    [CONV] = {conv, conv_int8},
    [DEPTHWISE] = {depthwise, depthwise_int8},
    [DENSE] = {dense, dense_int8},
    [POOL] = {pool, pool},
    [PAD] = {pad, pad},
    [AFFINE] = {affine, affine},
    [GLOBAL_POOL] = {global_pool, global_pool},
    [SOFTMAX] = {softmax, softmax},
};

static int helper_of(const mcnn_network_op *op) {
  switch (op->kind) {
  case MCNN_OP_CONV:
    return op->is_depthwise ? DEPTHWISE : CONV;
  case MCNN_OP_DENSE:
    return DENSE;
  case MCNN_OP_MAX_POOL:
  case MCNN_OP_AVERAGE_POOL:
    return POOL;
  case MCNN_OP_ZERO_PAD:
    return PAD;
  case MCNN_OP_AFFINE:
  case MCNN_OP_BATCH_NORM:
    return AFFINE;
  case MCNN_OP_GLOBAL_MAX_POOL:
  case MCNN_OP_GLOBAL_AVERAGE_POOL:
    return GLOBAL_POOL;
  case MCNN_OP_SOFTMAX:
    return SOFTMAX;
  case MCNN_OP_INPUT:
  case MCNN_OP_FLATTEN:
  case MCNN_OP_ACTIVATION:
  case MCNN_OP_ADD:
    break;
  }
  return HELPERS;
}

void mcnn_c_write_helpers(mcnn_json_writer *writer, const char *prefix, const mcnn_network *network,
                          int is_int8) {
  int needed[HELPERS + 1] = {0};
  for (uint32_t i = 1; i < network->count; i++)
    needed[helper_of(&network->ops[i])] = 1;
  needed[QUANTIZE] = needed[CONV] || needed[DEPTHWISE] || needed[DENSE];
  needed[WINDOW] = needed[CONV] || needed[DEPTHWISE] || needed[POOL] || needed[PAD];
  for (int i = 0; i < HELPERS; i++)
    if (needed[i])
      mcnn_c_write_template(writer, prefix, is_int8 ? helpers[i].of_int8 : helpers[i].text);
}
