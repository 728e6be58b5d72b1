#include "exchange/graph/padding.h"

#include "exchange/build/image.h"

#include <string.h>

/* One spatial dimension. */
typedef struct side {
  uint64_t n, span, stride, outputs;
  uint64_t before, behind; /* positions outside of the image that windows meet */
  int is_same;             /* as Keras pads */
  int beyond;
} side;

static uint64_t same_total(uint64_t n, uint64_t stride, uint64_t span) {
  const uint64_t covered = ((n + stride - 1) / stride - 1) * stride + span;
  return covered > n ? covered - n : 0;
}

/* declared: zeros before and behind. */
static int count_outputs(side *s, const uint64_t declared[2], int ceil) {
  const uint64_t padded = s->n + declared[0] + declared[1];
  if (s->span > padded)
    return 0;
  s->outputs = (padded - s->span) / s->stride + 1;
  /* A window that would begin in the zeros behind is none. */
  if (ceil && (padded - s->span) % s->stride > 0 && s->outputs * s->stride < s->n + declared[0])
    s->outputs++;
  const uint64_t end = (s->outputs - 1) * s->stride + s->span;
  s->before = declared[0];
  s->behind = end > s->n + declared[0] ? end - s->n - declared[0] : 0;
  s->beyond = end > padded;
  return 1;
}

static int place_side(side *s, const mcnn_flow_window *window, const uint32_t own[2], uint32_t i) {
  uint64_t declared[2] = {(uint64_t)window->pads[2 * i] + own[0],
                          (uint64_t)window->pads[2 * i + 1] + own[1]};
  s->span = (uint64_t)(window->size[i] - 1) * window->dilation[i] + 1;
  s->stride = window->stride[i];
  if (window->same) {
    const uint64_t total = same_total(s->n + own[0] + own[1], s->stride, s->span);
    const uint64_t before = window->same == 2 ? (total + 1) / 2 : total / 2;
    declared[0] = own[0] + before;
    declared[1] = own[1] + total - before;
  }
  if (!count_outputs(s, declared, window->ceil))
    return 0;
  const uint64_t total = same_total(s->n, s->stride, s->span);
  s->is_same = s->outputs == (s->n + s->stride - 1) / s->stride && s->before == total / 2 &&
               s->behind == total - total / 2;
  return 1;
}

void mcnn_padding_use_zeros(mcnn_padding *padding) {
  padding->window.same = 0;
  padding->has_zeros = padding->pads;
  memcpy(padding->zeros, padding->met, sizeof padding->zeros);
}

static void set_padding(const side sides[2], mcnn_padding *padding) {
  for (uint32_t i = 0; i < 2; i++) {
    padding->pads = padding->pads || sides[i].before > 0 || sides[i].behind > 0;
    padding->beyond = padding->beyond || sides[i].beyond;
    padding->met[2 * i] = (uint32_t)sides[i].before;
    padding->met[2 * i + 1] = (uint32_t)sides[i].behind;
  }
  if (!padding->pads)
    return;
  if (sides[0].is_same && sides[1].is_same)
    padding->window.same = 1;
  else
    mcnn_padding_use_zeros(padding);
}

mnistcnn_status mcnn_padding_find(mcnn_flow *flow, const mcnn_flow_value *value,
                                  const mcnn_flow_window *window, mcnn_padding *padding) {
  enum mcnn_axis spatial[2];
  side sides[2];
  memset(padding, 0, sizeof *padding);
  memset(sides, 0, sizeof sides);
  padding->window.channels_first = flow->channels_first;
  const mnistcnn_status status =
      mcnn_image_axes(flow->builder, &value->tensor, flow->channels_first, spatial);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < 2; i++) {
    padding->window.size[i] = window->size[i];
    padding->window.stride[i] = window->stride[i];
    padding->window.dilation[i] = window->dilation[i];
    sides[i].n = value->tensor.size[spatial[i]];
    if (!place_side(&sides[i], window, value->pads + 2 * i, i))
      return mcnn_builder_fail(flow->builder, MNISTCNN_SHAPE_MISMATCH,
                               "its window of %ux%u is larger than its input", window->size[0],
                               window->size[1]);
  }
  set_padding(sides, padding);
  return MNISTCNN_OK;
}
