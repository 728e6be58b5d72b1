#include "exchange/graph/shape.h"

#include "exchange/graph/flow_work.h"

#include <string.h>

enum { MAX_RANK = MCNN_ARRAY_MAX_RANK };

static int is_array(const mcnn_flow *flow, uint32_t id) {
  return flow->values[id].kind == MCNN_FLOW_ARRAY;
}

static void dims_of_tensor(const mcnn_tensor *tensor, mcnn_dims *d) {
  const uint32_t own = tensor->is_vector ? 1 : tensor->rank;
  d->rank = 0;
  d->size[d->rank++] = 1;
  for (uint32_t i = 0; i < own; i++)
    d->size[d->rank++] = mcnn_tensor_dim(tensor, i);
}

static void dims_of_array(const mcnn_array *array, mcnn_dims *d) {
  d->rank = array->rank;
  for (uint32_t i = 0; i < d->rank; i++)
    d->size[i] = (int64_t)array->dims[i];
}

mnistcnn_status mcnn_flow_dims(mcnn_flow *flow, uint32_t id, mcnn_dims *dims) {
  if (is_array(flow, id)) {
    dims_of_array(&flow->values[id].array, dims);
    return MNISTCNN_OK;
  }
  /* A function of each number has the dimensions of the tensor that it is of. */
  const mnistcnn_status status =
      flow->values[id].kind == MCNN_FLOW_POINTWISE ? MNISTCNN_OK : mcnn_flow_settle(flow, id);
  if (status == MNISTCNN_OK)
    dims_of_tensor(&flow->values[id].tensor, dims);
  return status;
}

/* --- the value -------------------------------------------------------------------------------- */

static mnistcnn_status fail_shape(const mcnn_flow *flow) {
  return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                           "gives the batch or the image a shape that this library cannot");
}

static mnistcnn_status set_array_dims(mcnn_flow *flow, uint32_t in, uint32_t out,
                                      const mcnn_dims *d) {
  mcnn_array array = flow->values[in].array;
  size_t size[MAX_RANK];
  for (uint32_t i = 0; i < d->rank && i < MAX_RANK; i++)
    size[i] = d->size[i] < 0 ? SIZE_MAX : (size_t)d->size[i];
  if (d->rank > MAX_RANK || !mcnn_array_reshape(&array, size, d->rank))
    return mcnn_builder_fail(flow->builder, MNISTCNN_SHAPE_MISMATCH,
                             "gives a constant a shape of another size");
  mcnn_flow_set_array(flow, out, &array);
  return MNISTCNN_OK;
}

/* 1 where the dimensions above 1 stay, so that nothing but their order is at stake. */
static int keeps_image(const mcnn_tensor *tensor, const mcnn_dims *d) {
  int64_t longest = 0;
  for (uint32_t i = 0; i < d->rank; i++)
    longest = d->size[i] > longest ? d->size[i] : longest;
  return d->rank > 2 && tensor->op > 0 && !tensor->is_vector &&
         (uint64_t)longest < mcnn_tensor_count(tensor);
}

static mnistcnn_status set_tensor_dims(mcnn_flow *flow, uint32_t in, uint32_t out,
                                       const mcnn_dims *d) {
  const int has_batch = d->rank > 0 && d->size[0] == 1;
  const int is_open = mcnn_flow_is_open(flow, in) && keeps_image(&flow->values[in].tensor, d);
  mnistcnn_status status = is_open ? MNISTCNN_OK : mcnn_flow_settle(flow, in);
  mcnn_tensor tensor = flow->values[in].tensor;
  if (status != MNISTCNN_OK)
    return status;
  if (!has_batch && d->rank != 1)
    return fail_shape(flow);
  if (d->rank <= 2)
    status = (uint64_t)d->size[d->rank - 1] == mcnn_tensor_count(&tensor)
                 ? mcnn_build_flatten(flow->builder, &tensor, 0)
                 : fail_shape(flow);
  else
    status = mcnn_build_reshape(flow->builder, &tensor, d->size + 1, d->rank - 1);
  if (status == MNISTCNN_OK && is_open)
    return mcnn_flow_move(flow, in, out, &tensor);
  if (status == MNISTCNN_OK)
    mcnn_flow_set_tensor(flow, out, &tensor);
  return status;
}

/* Gives the value these dimensions, all of which are known. */
static mnistcnn_status set_dims(mcnn_flow *flow, uint32_t in, uint32_t out, const mcnn_dims *d) {
  return is_array(flow, in) ? set_array_dims(flow, in, out, d) : set_tensor_dims(flow, in, out, d);
}

/* --- reshape ---------------------------------------------------------------------------------- */

/* -1 where it is too large for any array. */
static int64_t product(const mcnn_dims *d, uint32_t first, uint32_t end) {
  int64_t result = 1;
  for (uint32_t i = first; i < end; i++) {
    if (d->size[i] < 0 || (d->size[i] > 0 && result > INT64_MAX / d->size[i]))
      return -1;
    result *= d->size[i];
  }
  return result;
}

static int resolve(const mcnn_dims *from, int copies, mcnn_dims *target) {
  const int64_t count = product(from, 0, from->rank);
  uint32_t open = target->rank;
  for (uint32_t i = 0; i < target->rank; i++) {
    if (target->size[i] == 0 && copies && i < from->rank)
      target->size[i] = from->size[i];
    if (target->size[i] != -1)
      continue;
    if (open != target->rank)
      return 0;
    open = i;
  }
  if (open == target->rank)
    return product(target, 0, target->rank) == count;
  target->size[open] = 1;
  const int64_t known = product(target, 0, target->rank);
  if (known <= 0 || count % known != 0)
    return 0;
  target->size[open] = count / known;
  return 1;
}

mnistcnn_status mcnn_flow_reshape(mcnn_flow *flow, uint32_t in, uint32_t out,
                                  const mcnn_dims *target, int copies, int64_t batch) {
  mcnn_dims from, resolved = *target;
  const mnistcnn_status status = mcnn_flow_dims(flow, in, &from);
  if (status != MNISTCNN_OK)
    return status;
  /* A batch that the file fixes is one image too. */
  if (!is_array(flow, in) && batch > 1 && resolved.rank > 1 && resolved.size[0] == batch)
    resolved.size[0] = 1;
  if (!resolve(&from, copies, &resolved))
    return mcnn_builder_fail(flow->builder, MNISTCNN_SHAPE_MISMATCH,
                             "its shape has another number of elements than its input");
  return set_dims(flow, in, out, &resolved);
}

mnistcnn_status mcnn_flow_flatten(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t axis) {
  mcnn_dims from, target = {.rank = 2};
  const mnistcnn_status status = mcnn_flow_dims(flow, in, &from);
  if (status != MNISTCNN_OK)
    return status;
  if (axis > from.rank)
    return mcnn_builder_fail(flow->builder, MNISTCNN_FORMAT, "its axis is not there");
  target.size[0] = product(&from, 0, axis);
  target.size[1] = product(&from, axis, from.rank);
  return set_dims(flow, in, out, &target);
}

/* --- dimensions of 1 -------------------------------------------------------------------------- */

int mcnn_axes_mask(const int64_t *axes, size_t count, uint32_t rank, uint32_t *mask) {
  *mask = 0;
  for (size_t i = 0; i < count; i++) {
    const int64_t axis = axes[i] < 0 ? axes[i] + (int64_t)rank : axes[i];
    if (axis < 0 || axis >= (int64_t)rank || (*mask >> axis & 1))
      return 0;
    *mask |= 1u << axis;
  }
  return 1;
}

int mcnn_axes_order(const int64_t *axes, uint32_t rank, uint32_t *order) {
  uint32_t seen = 0;
  for (uint32_t i = 0; i < rank; i++) {
    if (axes[i] < 0 || axes[i] >= (int64_t)rank || (seen >> axes[i] & 1))
      return 0;
    seen |= 1u << axes[i];
    order[i] = (uint32_t)axes[i];
  }
  return 1;
}

mnistcnn_status mcnn_flow_squeeze(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t mask) {
  mcnn_dims from, target = {.rank = 0};
  const mnistcnn_status status = mcnn_flow_dims(flow, in, &from);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < from.rank; i++) {
    /* The batch is more than one at other times. */
    const int goes =
        mask > 0 ? (int)(mask >> i & 1) : from.size[i] == 1 && (is_array(flow, in) || i > 0);
    if (goes && from.size[i] != 1)
      return mcnn_builder_fail(flow->builder, MNISTCNN_FORMAT, "removes a dimension that is not 1");
    if (!goes)
      target.size[target.rank++] = from.size[i];
  }
  return set_dims(flow, in, out, &target);
}

mnistcnn_status mcnn_flow_unsqueeze(mcnn_flow *flow, uint32_t in, uint32_t out, uint32_t mask) {
  mcnn_dims from, target = {.rank = 0};
  uint32_t at = 0;
  const mnistcnn_status status = mcnn_flow_dims(flow, in, &from);
  if (status != MNISTCNN_OK)
    return status;
  while (at < from.rank || mask >> target.rank) {
    if (target.rank == MAX_RANK || (!(mask >> target.rank & 1) && at == from.rank))
      return mcnn_builder_fail(flow->builder, MNISTCNN_FORMAT, "its axes are not there");
    target.size[target.rank] = mask >> target.rank & 1 ? 1 : from.size[at++];
    target.rank++;
  }
  return set_dims(flow, in, out, &target);
}

/* --- order ------------------------------------------------------------------------------------ */

static mnistcnn_status transpose_tensor(mcnn_flow *flow, uint32_t in, uint32_t out,
                                        const uint32_t *order, uint32_t rank) {
  int64_t own[MAX_RANK + 1];
  const int is_open = mcnn_flow_is_open(flow, in);
  mnistcnn_status status = is_open ? MNISTCNN_OK : mcnn_flow_settle(flow, in);
  mcnn_tensor tensor = flow->values[in].tensor;
  if (status != MNISTCNN_OK)
    return status;
  if (rank == 0 || order[0] != 0)
    return mcnn_builder_fail(flow->builder, MNISTCNN_UNSUPPORTED,
                             "moves the batch to another dimension");
  for (uint32_t i = 1; i < rank; i++)
    own[i - 1] = order[i];
  if (!tensor.is_vector)
    status = mcnn_build_permute(flow->builder, &tensor, own, rank - 1);
  if (status == MNISTCNN_OK && is_open)
    return mcnn_flow_move(flow, in, out, &tensor);
  if (status == MNISTCNN_OK)
    mcnn_flow_set_tensor(flow, out, &tensor);
  return status;
}

mnistcnn_status mcnn_flow_transpose(mcnn_flow *flow, uint32_t in, uint32_t out,
                                    const uint32_t *order, uint32_t rank) {
  if (!is_array(flow, in))
    return transpose_tensor(flow, in, out, order, rank);
  mcnn_array array = flow->values[in].array;
  const mnistcnn_status status = mcnn_array_transpose(flow->builder, &array, order);
  if (status == MNISTCNN_OK)
    mcnn_flow_set_array(flow, out, &array);
  return status;
}
