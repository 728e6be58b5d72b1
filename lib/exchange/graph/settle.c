/* Values: set, passed on, and made layers. */
#include "exchange/graph/flow_work.h"

#include <string.h>

void mcnn_flow_set_array(mcnn_flow *flow, uint32_t id, const mcnn_array *array) {
  flow->values[id].kind = MCNN_FLOW_ARRAY;
  flow->values[id].array = *array;
}

void mcnn_flow_set_tensor(mcnn_flow *flow, uint32_t id, const mcnn_tensor *tensor) {
  flow->values[id].kind = MCNN_FLOW_TENSOR;
  flow->values[id].tensor = *tensor;
}

/* What has been put off is made once, also where several read it by this and that name. */
mnistcnn_status mcnn_flow_pass(mcnn_flow *flow, uint32_t in, uint32_t out) {
  mcnn_flow_value *const from = &flow->values[in], *const to = &flow->values[out];
  const uint32_t readers = to->readers;
  if (from->kind != MCNN_FLOW_ARRAY && from->readers > 1) {
    const mnistcnn_status status = mcnn_flow_settle(flow, in);
    if (status != MNISTCNN_OK)
      return status;
  }
  *to = *from;
  to->readers = readers;
  return MNISTCNN_OK;
}

/* --- what has been put off ---------------------------------------------------------------------
 */

static mnistcnn_status settle_pads(mcnn_flow *flow, mcnn_flow_value *value) {
  const uint32_t *const pads = value->pads;
  if (pads[0] + pads[1] + pads[2] + pads[3] == 0)
    return MNISTCNN_OK;
  const mnistcnn_status status =
      mcnn_build_zero_pad(flow->builder, &value->tensor, value->pads, flow->channels_first);
  memset(value->pads, 0, sizeof value->pads);
  return status;
}

static mnistcnn_status settle_linear(mcnn_flow *flow, mcnn_flow_value *value) {
  const mcnn_linear *const l = value->linear;
  mcnn_conv conv = l->conv;
  mnistcnn_status status = MNISTCNN_OK;
  value->tensor = l->input;
  value->kind = MCNN_FLOW_TENSOR;
  if (!l->is_conv)
    return mcnn_build_dense(flow->builder, &value->tensor, (uint32_t)l->outputs, l->kernel,
                            l->bias);
  conv.kernel = l->kernel;
  conv.bias = l->bias;
  status = mcnn_build_zero_pad(flow->builder, &value->tensor, l->zeros, conv.window.channels_first);
  return status == MNISTCNN_OK ? mcnn_build_conv(flow->builder, &value->tensor, &conv) : status;
}

/* --- functions of single numbers -------------------------------------------------------------- */

static mnistcnn_status build_recognised(mcnn_flow *flow, const mcnn_recognised *r,
                                        mcnn_tensor *tensor) {
  const uint32_t last = tensor->is_vector ? 0 : tensor->rank - 1;
  mnistcnn_status status = mcnn_build_affine(flow->builder, tensor, last, &r->scale, &r->offset, 1);
  if (status == MNISTCNN_OK && r->activation[0] != '\0')
    status = mcnn_build_activation(flow->builder, tensor, r->activation);
  if (status == MNISTCNN_OK)
    status = mcnn_build_affine(flow->builder, tensor, last, &r->scale_after, &r->offset_after, 1);
  return status;
}

/* What is none as a whole may be one behind the other, or the sum of both. */
static mnistcnn_status settle_parts(mcnn_flow *flow, mcnn_flow_value *value) {
  const mcnn_pointwise *const p = value->pointwise;
  mcnn_recognised recognised;
  for (uint32_t i = 0; i < p->num_operands; i++) {
    const mnistcnn_status status = mcnn_flow_settle(flow, p->operands[i]);
    if (status != MNISTCNN_OK)
      return status;
  }
  if (p->is_moved) {
    value->tensor.op = flow->values[p->operands[0]].tensor.op;
    return MNISTCNN_OK;
  }
  if (p->num_operands > 0)
    value->tensor = flow->values[p->operands[0]].tensor;
  if (p->num_operands == 2)
    return mcnn_build_sum(flow->builder, &value->tensor, &flow->values[p->operands[1]].tensor);
  if (p->num_operands == 1 && mcnn_recognise(&p->own, &recognised))
    return build_recognised(flow, &recognised, &value->tensor);
  mcnn_builder_return_to(flow->builder, p->place);
  return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                           "a function of each number that is none of this library's activations");
}

static mnistcnn_status settle_pointwise(mcnn_flow *flow, mcnn_flow_value *value) {
  const mcnn_pointwise *const p = value->pointwise;
  mcnn_recognised recognised;
  const mnistcnn_status status = mcnn_recognise(&p->all, &recognised)
                                     ? build_recognised(flow, &recognised, &value->tensor)
                                     : settle_parts(flow, value);
  value->kind = MCNN_FLOW_TENSOR;
  return status == MNISTCNN_OK && p->lines
             ? mcnn_build_affine(flow->builder, &value->tensor, p->axis, p->lines,
                                 p->lines + p->count, p->count)
             : status;
}

mnistcnn_status mcnn_flow_settle(mcnn_flow *flow, uint32_t id) {
  mcnn_flow_value *const value = &flow->values[id];
  switch (value->kind) {
  case MCNN_FLOW_LINEAR:
    return settle_linear(flow, value);
  case MCNN_FLOW_POINTWISE:
    return settle_pointwise(flow, value);
  case MCNN_FLOW_TENSOR:
    return settle_pads(flow, value);
  default:
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                             "reads a constant where something of the image is expected");
  }
}
