/* Poolings, zeros around images, and the end of the network. */
#include "exchange/build/image.h"
#include "exchange/graph/flow.h"
#include "exchange/graph/padding.h"

#include <string.h>

/* Zeros that are part of the image are numbers as others are; those of a pooling are not. */
static mnistcnn_status find_padding(mcnn_flow *flow, uint32_t in, const mcnn_flow_window *window,
                                    mcnn_padding *padding) {
  const mnistcnn_status status = mcnn_flow_settle(flow, in);
  return status == MNISTCNN_OK ? mcnn_padding_find(flow, &flow->values[in], window, padding)
                               : status;
}

static int is_whole(const mcnn_flow *flow, const mcnn_tensor *tensor, const mcnn_padding *padding) {
  const uint32_t first = flow->channels_first ? 1 : 0;
  return !padding->pads && padding->window.size[0] == mcnn_tensor_dim(tensor, first) &&
         padding->window.size[1] == mcnn_tensor_dim(tensor, first + 1);
}

static mnistcnn_status build(mcnn_flow *flow, uint32_t in, uint32_t out, const char *word,
                             const char *global, const mcnn_padding *padding) {
  mcnn_flow_value *const made = &flow->values[out];
  mcnn_flow_set_tensor(flow, out, &flow->values[in].tensor);
  if (is_whole(flow, &made->tensor, padding))
    return mcnn_build_global_pool(flow->builder, &made->tensor, global, flow->channels_first, 1);
  const mnistcnn_status status =
      mcnn_build_zero_pad(flow->builder, &made->tensor, padding->zeros, flow->channels_first);
  return status == MNISTCNN_OK
             ? mcnn_build_pool(flow->builder, &made->tensor, word, &padding->window)
             : status;
}

/* Behind these no number is below 0, so that zeros outside of the image are never the largest. */
static int is_positive(const mcnn_flow *flow, const mcnn_tensor *tensor) {
  static const char *const words[] = {"relu",     "relu6",        "sigmoid",
                                      "softplus", "hard_sigmoid", "softmax"};
  const char *const text = mcnn_builder_layer_text(flow->builder, tensor);
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(text, words[i]) == 0)
      return 1;
  return 0;
}

mnistcnn_status mcnn_flow_max_pool(mcnn_flow *flow, uint32_t in, uint32_t out,
                                   const mcnn_flow_window *window) {
  mcnn_padding padding = {.pads = 0};
  mnistcnn_status status = find_padding(flow, in, window, &padding);
  if (status == MNISTCNN_OK && padding.has_zeros && !is_positive(flow, &flow->values[in].tensor))
    status = mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                               "its padding is not that of Keras, which this library has for "
                               "maximum poolings, and no activation such as ReLU before it makes "
                               "zeros the same");
  return status == MNISTCNN_OK ? build(flow, in, out, "maxpool", "globalmaxpool", &padding)
                               : status;
}

mnistcnn_status mcnn_flow_average_pool(mcnn_flow *flow, uint32_t in, uint32_t out,
                                       const mcnn_flow_window *window, int count_pads) {
  mcnn_padding padding = {.pads = 0};
  const mnistcnn_status status = find_padding(flow, in, window, &padding);
  if (status != MNISTCNN_OK)
    return status;
  /* Without zeros around the image there are none to count, and a last window is cut. */
  const uint32_t *const pads = window->pads;
  count_pads = count_pads && (window->same || pads[0] + pads[1] + pads[2] + pads[3] > 0);
  if (count_pads)
    mcnn_padding_use_zeros(&padding);
  if (padding.has_zeros && (!count_pads || padding.beyond))
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                             "its padding is not that of Keras, which this library has for "
                             "average poolings");
  return build(flow, in, out, "avgpool", "globalavgpool", &padding);
}

mnistcnn_status mcnn_flow_global_pool(mcnn_flow *flow, uint32_t in, uint32_t out, int is_max,
                                      int channels_first, int keep_dims) {
  const char *const word = is_max ? "globalmaxpool" : "globalavgpool";
  const mnistcnn_status status = mcnn_flow_settle(flow, in);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_flow_set_tensor(flow, out, &flow->values[in].tensor);
  return mcnn_build_global_pool(flow->builder, &flow->values[out].tensor, word, channels_first,
                                keep_dims);
}

mnistcnn_status mcnn_flow_softmax(mcnn_flow *flow, uint32_t in, uint32_t out, int is_log) {
  mnistcnn_status status = mcnn_flow_settle(flow, in);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_flow_set_tensor(flow, out, &flow->values[in].tensor);
  status = mcnn_build_flatten(flow->builder, &flow->values[out].tensor, 0);
  if (status == MNISTCNN_OK)
    status = mcnn_build_softmax(flow->builder, &flow->values[out].tensor);
  if (status == MNISTCNN_OK && is_log)
    status = mcnn_builder_note(flow->builder,
                               "gives logarithms; this library gives the probabilities themselves");
  return status;
}

mnistcnn_status mcnn_flow_pad(mcnn_flow *flow, uint32_t in, uint32_t out, const uint32_t pads[4]) {
  mcnn_flow_value *const value = &flow->values[in], *const made = &flow->values[out];
  const mnistcnn_status status =
      value->kind == MCNN_FLOW_TENSOR ? MNISTCNN_OK : mcnn_flow_settle(flow, in);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_flow_set_tensor(flow, out, &value->tensor);
  for (uint32_t i = 0; i < 4; i++)
    made->pads[i] = value->pads[i] + pads[i];
  return MNISTCNN_OK;
}
