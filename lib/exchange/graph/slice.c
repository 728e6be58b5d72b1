/* Parts of images: rows and columns that are cut off, and every second one, say. */
#include "exchange/graph/slice.h"

#include <string.h>

/* Zeros that were to be put around an image and are cut off again never come to be. */
static void cut_zeros(mcnn_flow_value *value, uint32_t sides[4]) {
  for (uint32_t i = 0; i < 4; i++) {
    const uint32_t cut = value->pads[i] < sides[i] ? value->pads[i] : sides[i];
    value->pads[i] -= cut;
    sides[i] -= cut;
  }
}

static mnistcnn_status take_steps(mcnn_flow *flow, mcnn_tensor *tensor, const uint32_t steps[2],
                                  int channels_first) {
  const mcnn_window window = {.size = {1, 1},
                              .stride = {steps[0], steps[1]},
                              .dilation = {1, 1},
                              .channels_first = channels_first};
  return steps[0] > 1 || steps[1] > 1 ? mcnn_build_pool(flow->builder, tensor, "maxpool", &window)
                                      : MNISTCNN_OK;
}

/* sides: that are cut off, before and behind in both spatial dimensions. */
static mnistcnn_status crop(mcnn_flow *flow, uint32_t in, uint32_t out, const uint32_t sides[4],
                            const uint32_t steps[2], int channels_first) {
  mcnn_flow_value *const made = &flow->values[out];
  uint32_t left[4];
  mnistcnn_status status = mcnn_flow_pass(flow, in, out);
  if (status == MNISTCNN_OK && made->kind != MCNN_FLOW_TENSOR)
    status = mcnn_flow_settle(flow, out);
  if (status != MNISTCNN_OK)
    return status;
  memcpy(left, sides, sizeof left);
  if (channels_first == flow->channels_first)
    cut_zeros(made, left);
  if (left[0] + left[1] + left[2] + left[3] + (steps[0] - 1) + (steps[1] - 1) == 0)
    return MNISTCNN_OK;
  status = mcnn_flow_settle(flow, out);
  if (status == MNISTCNN_OK)
    status = mcnn_build_crop(flow->builder, &made->tensor, left, channels_first);
  return status == MNISTCNN_OK ? take_steps(flow, &made->tensor, steps, channels_first) : status;
}

mnistcnn_status mcnn_flow_crop(mcnn_flow *flow, uint32_t in, uint32_t out,
                               const uint32_t sides[4]) {
  static const uint32_t each[2] = {1, 1};
  return crop(flow, in, out, sides, each, flow->channels_first);
}

/* --- slices ----------------------------------------------------------------------------------- */

static int is_whole(const mcnn_slice *slice, int64_t size) {
  return slice->first == 0 && slice->count == size && slice->step == 1;
}

static int has_channels_first(const mcnn_flow *flow, const mcnn_tensor *tensor) {
  return tensor->axes[0] == MCNN_AXIS_CHANNELS   ? 1
         : tensor->axes[2] == MCNN_AXIS_CHANNELS ? 0
                                                 : flow->channels_first;
}

mnistcnn_status mcnn_flow_padded_dims(mcnn_flow *flow, uint32_t id, mcnn_dims *dims) {
  mcnn_flow_value *const value = &flow->values[id];
  const uint32_t first = flow->channels_first ? 2 : 1;
  uint32_t pads[4];
  memcpy(pads, value->pads, sizeof pads);
  if (value->kind != MCNN_FLOW_TENSOR || value->tensor.rank != 3 || value->tensor.is_vector)
    return mcnn_flow_dims(flow, id, dims);
  memset(value->pads, 0, sizeof value->pads);
  const mnistcnn_status status = mcnn_flow_dims(flow, id, dims);
  memcpy(value->pads, pads, sizeof pads);
  for (uint32_t i = 0; i < 4; i++)
    dims->size[first + i / 2] += pads[i];
  return status;
}

mnistcnn_status mcnn_flow_slice(mcnn_flow *flow, uint32_t in, uint32_t out, const mcnn_dims *dims,
                                const mcnn_slice *slices) {
  uint32_t sides[4] = {0, 0, 0, 0}, steps[2] = {1, 1}, changed = 0;
  for (uint32_t i = 0; i < dims->rank; i++)
    changed |= is_whole(&slices[i], dims->size[i]) ? 0 : 1u << i;
  if (changed == 0)
    return mcnn_flow_pass(flow, in, out);
  const mcnn_tensor *const tensor = &flow->values[in].tensor;
  const int is_image = !tensor->is_vector && tensor->rank == 3 && dims->rank == 4;
  const int channels_first = is_image && has_channels_first(flow, tensor);
  const uint32_t first = channels_first ? 2 : 1;
  if (!is_image || (changed & ~(3u << first)) != 0)
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                             "takes a part of the batch, of the channels or of a vector; this "
                             "library takes rows and columns of images");
  for (uint32_t i = 0; i < 2; i++) {
    const mcnn_slice *const s = &slices[first + i];
    if (s->count < 1 || s->step < 1)
      return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                               "takes no rows or columns, or takes them backwards");
    sides[2 * i] = (uint32_t)s->first;
    sides[2 * i + 1] = (uint32_t)(dims->size[first + i] - s->first - (s->count - 1) * s->step - 1);
    steps[i] = (uint32_t)s->step;
  }
  return crop(flow, in, out, sides, steps, channels_first);
}
