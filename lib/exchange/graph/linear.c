/* Convolutions and products with weights, which wait for a bias or a scale that follows them. */
#include "exchange/graph/flow_work.h"
#include "exchange/graph/padding.h"

#include <string.h>

static mcnn_linear *make_linear(mcnn_flow *flow, uint32_t out) {
  mcnn_linear *const made =
      (mcnn_linear *)(void *)mcnn_builder_floats(flow->builder, sizeof *made / sizeof(float) + 1);
  if (!made)
    return NULL;
  memset(made, 0, sizeof *made);
  flow->values[out].kind = MCNN_FLOW_LINEAR;
  flow->values[out].linear = made;
  return made;
}

/* --- made ------------------------------------------------------------------------------------- */

mnistcnn_status mcnn_flow_conv(mcnn_flow *flow, uint32_t in, uint32_t out,
                               const mcnn_flow_window *window, uint32_t groups, uint32_t filters,
                               const float *kernel, const float *bias) {
  mcnn_flow_value *const value = &flow->values[in];
  mcnn_padding padding = {.pads = 0};
  mnistcnn_status status =
      value->kind == MCNN_FLOW_TENSOR ? MNISTCNN_OK : mcnn_flow_settle(flow, in);
  if (status == MNISTCNN_OK)
    status = mcnn_padding_find(flow, value, window, &padding);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_linear *const l = make_linear(flow, out);
  if (!l)
    return MNISTCNN_OUT_OF_MEMORY;
  l->input = value->tensor;
  l->is_conv = 1;
  l->conv =
      (mcnn_conv){.window = padding.window, .filters = filters, .groups = groups, .multiplier = 1};
  memcpy(l->zeros, padding.zeros, sizeof l->zeros);
  l->inputs =
      (size_t)window->size[0] * window->size[1] * (value->tensor.size[MCNN_AXIS_CHANNELS] / groups);
  l->outputs = filters;
  l->kernel = kernel;
  l->bias = bias;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_flow_dense(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t units,
                                const float *kernel, const float *bias) {
  const mnistcnn_status status = mcnn_flow_settle(flow, in);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_linear *const l = make_linear(flow, out);
  if (!l)
    return MNISTCNN_OUT_OF_MEMORY;
  const mcnn_tensor *const tensor = &flow->values[in].tensor;
  l->input = *tensor;
  l->inputs = tensor->is_vector ? (size_t)mcnn_tensor_count(tensor)
                                : mcnn_tensor_dim(tensor, tensor->rank - 1);
  l->outputs = units;
  l->kernel = kernel;
  l->bias = bias;
  return MNISTCNN_OK;
}

/* --- scaled ----------------------------------------------------------------------------------- */

/* One number for each output along the dimension of the outputs: for channels first the third from
 * the end, else the last. */
static int fits_outputs(const mcnn_flow *flow, const mcnn_linear *l, const mcnn_array *array) {
  const uint32_t from_end = l->is_conv && flow->channels_first ? 3 : 1;
  return array->count == l->outputs && array->rank >= from_end &&
         array->dims[array->rank - from_end] == l->outputs;
}

static int has_scale(const double *lines, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (lines[i] != 1)
      return 1;
  return 0;
}

static const float *scale_kernel(mcnn_flow *flow, const mcnn_linear *l, const double *lines) {
  if (!has_scale(lines, l->outputs))
    return l->kernel;
  float *const kernel = mcnn_builder_floats(flow->builder, l->inputs * l->outputs);
  for (size_t i = 0; kernel && i < l->inputs * l->outputs; i++)
    kernel[i] = (float)((double)l->kernel[i] * lines[i % l->outputs]);
  return kernel;
}

static const float *move_bias(mcnn_flow *flow, const mcnn_linear *l, const double *lines) {
  float *const bias = mcnn_builder_floats(flow->builder, l->outputs);
  for (size_t i = 0; bias && i < l->outputs; i++) {
    const double before = l->bias ? (double)l->bias[i] : 0;
    bias[i] = (float)(before * lines[i] + lines[l->outputs + i]);
  }
  return bias;
}

int mcnn_linear_scale(mcnn_flow *flow, const mcnn_flow_value *value, const mcnn_array *array,
                      const double *lines, mcnn_flow_value *out) {
  const mcnn_linear *const l = value->linear;
  if (!fits_outputs(flow, l, array))
    return 0;
  const float *const kernel = scale_kernel(flow, l, lines), *const bias = move_bias(flow, l, lines);
  if (!kernel || !bias)
    return 1;
  mcnn_linear *const made = make_linear(flow, (uint32_t)(out - flow->values));
  if (!made)
    return 1;
  *made = *l;
  made->kernel = kernel;
  made->bias = bias;
  return 1;
}
