#include "exchange/build/image.h"

#include "base/decimal.h"

#include <string.h>

static int holds_axis(const enum mcnn_axis *axes, enum mcnn_axis axis) {
  return axes[0] == axis || axes[1] == axis || axes[2] == axis;
}

/* A dimension of 1 becomes `wanted`, or else `otherwise`, if that has this size too. */
static void claim_axis(const mcnn_tensor *tensor, enum mcnn_axis axes[3], uint32_t at,
                       enum mcnn_axis wanted, enum mcnn_axis otherwise) {
  if (axes[at] != MCNN_AXIS_ONE)
    return;
  if (tensor->size[wanted] == 1 && !holds_axis(axes, wanted))
    axes[at] = wanted;
  else if (tensor->size[otherwise] == 1 && !holds_axis(axes, otherwise))
    axes[at] = otherwise;
}

mnistcnn_status mcnn_image_axes(mcnn_builder *builder, const mcnn_tensor *tensor,
                                int channels_first, enum mcnn_axis spatial[2]) {
  const uint32_t at = channels_first ? 0 : 2, first = channels_first ? 1 : 0;
  enum mcnn_axis axes[3];
  if (tensor->is_vector || tensor->rank != 3)
    return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                             "reads %u dimension%s without the batch, but needs an image of three",
                             tensor->is_vector ? 1 : tensor->rank,
                             tensor->is_vector || tensor->rank == 1 ? "" : "s");
  memcpy(axes, tensor->axes, sizeof axes);
  claim_axis(tensor, axes, at, MCNN_AXIS_CHANNELS, MCNN_AXIS_CHANNELS);
  claim_axis(tensor, axes, first, MCNN_AXIS_HEIGHT, MCNN_AXIS_WIDTH);
  claim_axis(tensor, axes, first + 1, MCNN_AXIS_WIDTH, MCNN_AXIS_HEIGHT);
  spatial[0] = axes[first];
  spatial[1] = axes[first + 1];
  if (axes[at] == MCNN_AXIS_CHANNELS && spatial[0] < MCNN_AXIS_CHANNELS &&
      spatial[1] < MCNN_AXIS_CHANNELS && spatial[0] != spatial[1])
    return MNISTCNN_OK;
  return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                           "its channels come %s, but its input has them elsewhere",
                           channels_first ? "first" : "last");
}

void mcnn_image_set(mcnn_tensor *tensor, const enum mcnn_axis spatial[2], int channels_first) {
  const uint32_t first = channels_first ? 1 : 0;
  tensor->rank = 3;
  tensor->is_vector = 0;
  tensor->axes[first] = spatial[0];
  tensor->axes[first + 1] = spatial[1];
  tensor->axes[channels_first ? 0 : 2] = MCNN_AXIS_CHANNELS;
}

void mcnn_vector_set(mcnn_tensor *tensor, uint32_t length) {
  tensor->size[MCNN_AXIS_HEIGHT] = tensor->size[MCNN_AXIS_WIDTH] = 1;
  tensor->size[MCNN_AXIS_CHANNELS] = length;
  tensor->is_vector = 1;
  tensor->rank = 1;
  tensor->axes[0] = MCNN_AXIS_CHANNELS;
}

mnistcnn_status mcnn_vector_flatten(mcnn_builder *builder, mcnn_tensor *tensor) {
  if (tensor->is_flat)
    return MNISTCNN_OK;
  tensor->is_flat = 1;
  return mcnn_builder_layer(builder, tensor, "flatten");
}

/* --- order ------------------------------------------------------------------------------------ */

/* How far apart neighbours along each of our axes are in the other framework's vector. */
static void find_strides(const mcnn_tensor *tensor, uint32_t stride[MCNN_NUM_AXES]) {
  uint32_t next = 1;
  memset(stride, 0, MCNN_NUM_AXES * sizeof *stride);
  for (uint32_t i = tensor->rank; i-- > 0;) {
    if (tensor->axes[i] == MCNN_AXIS_ONE)
      continue;
    stride[tensor->axes[i]] = next;
    next *= tensor->size[tensor->axes[i]];
  }
}

static int is_our_order(const mcnn_tensor *tensor, const uint32_t stride[MCNN_NUM_AXES]) {
  uint32_t next = 1;
  for (uint32_t axis = MCNN_NUM_AXES; axis-- > 0;) {
    if (tensor->size[axis] > 1 && stride[axis] != next)
      return 0;
    next *= tensor->size[axis];
  }
  return 1;
}

mnistcnn_status mcnn_vector_order(mcnn_builder *builder, const mcnn_tensor *tensor,
                                  const uint32_t **order) {
  uint32_t stride[MCNN_NUM_AXES], at = 0;
  *order = NULL;
  find_strides(tensor, stride);
  if (is_our_order(tensor, stride))
    return MNISTCNN_OK;
  uint32_t *const positions =
      (uint32_t *)(void *)mcnn_builder_floats(builder, (size_t)mcnn_tensor_count(tensor));
  if (!positions)
    return MNISTCNN_OUT_OF_MEMORY;
  for (uint32_t y = 0; y < tensor->size[0]; y++)
    for (uint32_t x = 0; x < tensor->size[1]; x++)
      for (uint32_t c = 0; c < tensor->size[2]; c++)
        positions[at++] = y * stride[0] + x * stride[1] + c * stride[2];
  *order = positions;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_vector_rows(mcnn_builder *builder, const mcnn_tensor *tensor,
                                 const float *values, size_t columns, const float **rows) {
  const size_t count = (size_t)mcnn_tensor_count(tensor);
  const uint32_t *order = NULL;
  *rows = values;
  const mnistcnn_status status = mcnn_vector_order(builder, tensor, &order);
  if (status != MNISTCNN_OK || !order)
    return status;
  float *const ordered = mcnn_builder_floats(builder, count * columns);
  if (!ordered)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    memcpy(ordered + i * columns, values + order[i] * columns, columns * sizeof *values);
  *rows = ordered;
  return MNISTCNN_OK;
}

/* --- numbers ---------------------------------------------------------------------------------- */

mnistcnn_status mcnn_number_text(mcnn_builder *builder, double number, char text[32]) {
  if (mcnn_decimal_write((float)number, text))
    return MNISTCNN_OK;
  return mcnn_builder_fail(builder, MNISTCNN_UNSUPPORTED,
                           "a number is not between 0.000001 and 1000000");
}
