/* Operations that give the same numbers another shape, and those that compute shapes. */
#include "exchange/graph/shape.h"
#include "exchange/tflite/operations.h"

mnistcnn_status mcnn_tflite_integers(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                     uint32_t index, int64_t list[MCNN_TFLITE_MAX_RANK],
                                     uint32_t *count) {
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_tflite_array(context, op, index, 0, &array);
  *count = 0;
  if (status != MNISTCNN_OK)
    return status;
  if (array->count > MCNN_TFLITE_MAX_RANK)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a shape of more than %d dimensions", MCNN_TFLITE_MAX_RANK);
  for (size_t i = 0; i < array->count; i++)
    list[i] = mcnn_array_integer(array, i);
  *count = (uint32_t)array->count;
  return MNISTCNN_OK;
}

/* The second input, or an option, or what the file says of the output. */
static mnistcnn_status read_shape(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                  mcnn_dims *target) {
  const mcnn_fb_vector option = mcnn_fb_list(&op->options, 0, 4);
  if (op->num_inputs > 1 && op->inputs[1] != MCNN_TFLITE_NONE &&
      context->flow.values[op->inputs[1]].kind == MCNN_FLOW_ARRAY)
    return mcnn_tflite_integers(context, op, 1, target->size, &target->rank);
  if (option.count == 0 || option.count > MCNN_TFLITE_MAX_RANK)
    return mcnn_tflite_dims(context, op->output, target->size, &target->rank);
  target->rank = option.count;
  for (uint32_t i = 0; i < option.count; i++)
    target->size[i] = mcnn_fb_int32_at(&option, i);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_tflite_reshape(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  mcnn_dims target = {.rank = 0};
  const mnistcnn_status status = read_shape(context, op, &target);
  return status == MNISTCNN_OK ? mcnn_flow_reshape(&context->flow, op->inputs[0], op->output,
                                                   &target, 0, context->batch)
                               : status;
}

mnistcnn_status mcnn_tflite_transpose(mcnn_tflite_context *context,
                                      const mcnn_tflite_operator *op) {
  int64_t axes[MCNN_TFLITE_MAX_RANK];
  uint32_t order[MCNN_TFLITE_MAX_RANK], count = 0;
  mcnn_dims from = {.rank = 0};
  mnistcnn_status status = mcnn_tflite_integers(context, op, 1, axes, &count);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_dims(&context->flow, op->inputs[0], &from);
  if (status != MNISTCNN_OK)
    return status;
  if (count != from.rank || !mcnn_axes_order(axes, count, order))
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                             "its dimensions are no permutation");
  return mcnn_flow_transpose(&context->flow, op->inputs[0], op->output, order, count);
}

mnistcnn_status mcnn_tflite_squeeze(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  const mcnn_fb_vector given = mcnn_fb_list(&op->options, 0, 4);
  int64_t axes[MCNN_TFLITE_MAX_RANK];
  uint32_t mask = 0;
  mcnn_dims from = {.rank = 0};
  const mnistcnn_status status = mcnn_flow_dims(&context->flow, op->inputs[0], &from);
  if (status != MNISTCNN_OK)
    return status;
  for (uint32_t i = 0; i < given.count && i < MCNN_TFLITE_MAX_RANK; i++)
    axes[i] = mcnn_fb_int32_at(&given, i);
  if (given.count > MCNN_TFLITE_MAX_RANK || !mcnn_axes_mask(axes, given.count, from.rank, &mask))
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "its axes are not there");
  return mcnn_flow_squeeze(&context->flow, op->inputs[0], op->output, mask);
}

mnistcnn_status mcnn_tflite_expand_dims(mcnn_tflite_context *context,
                                        const mcnn_tflite_operator *op) {
  int64_t axes[MCNN_TFLITE_MAX_RANK];
  uint32_t count = 0, mask = 0;
  mcnn_dims from = {.rank = 0};
  mnistcnn_status status = mcnn_tflite_integers(context, op, 1, axes, &count);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_dims(&context->flow, op->inputs[0], &from);
  if (status != MNISTCNN_OK)
    return status;
  if (count != 1 || !mcnn_axes_mask(axes, 1, from.rank + 1, &mask))
    return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT, "its axis is not there");
  return mcnn_flow_unsqueeze(&context->flow, op->inputs[0], op->output, mask);
}

/* --- computed shapes -------------------------------------------------------------------------- */

mnistcnn_status mcnn_tflite_shape(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  mcnn_dims dims = {.rank = 0};
  mcnn_array array = {0};
  mnistcnn_status status = mcnn_flow_dims(&context->flow, op->inputs[0], &dims);
  if (status == MNISTCNN_OK)
    status = mcnn_array_of_integers(context->builder, dims.size, dims.rank, &array);
  if (status == MNISTCNN_OK)
    mcnn_flow_set_array(&context->flow, op->output, &array);
  return status;
}

mnistcnn_status mcnn_tflite_pack(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  const mcnn_array *next = NULL;
  mcnn_array array = {0};
  mnistcnn_status status = mcnn_tflite_array(context, op, 0, 0, &next);
  if (status != MNISTCNN_OK)
    return status;
  array = *next;
  if (op->num_inputs == 1)
    array.rank = 1;
  array.dims[0] = array.count;
  for (uint32_t i = 1; i < op->num_inputs && status == MNISTCNN_OK; i++) {
    status = mcnn_tflite_array(context, op, i, 0, &next);
    if (status == MNISTCNN_OK)
      status = mcnn_array_join(context->builder, &array, next);
  }
  if (status == MNISTCNN_OK)
    mcnn_flow_set_array(&context->flow, op->output, &array);
  return status;
}

/* --- zeros ------------------------------------------------------------------------------------ */

/* Pairs of numbers before and behind, one for each dimension. */
mnistcnn_status mcnn_tflite_pad(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  enum { LARGEST = 1024, NUM_PADS = 8 };
  const mcnn_array *pads = NULL, *value = NULL;
  uint32_t sides[4];
  mnistcnn_status status = mcnn_tflite_array(context, op, 1, 0, &pads);
  if (status == MNISTCNN_OK)
    status = mcnn_tflite_array(context, op, 2, 1, &value);
  if (status != MNISTCNN_OK)
    return status;
  if (pads->count != NUM_PADS)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "pads what is no image of three dimensions");
  for (size_t i = 0; i < NUM_PADS; i++) {
    const int64_t number = mcnn_array_integer(pads, i);
    const int is_spatial = i >= 2 && i < 6;
    if (number < 0 || number > LARGEST || (number > 0 && !is_spatial))
      return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                               "pads other dimensions than height and width");
    if (is_spatial)
      sides[i - 2] = (uint32_t)number;
  }
  if (value && (value->count != 1 || mcnn_array_number(value, 0) != 0))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "pads with something else than zeros");
  return mcnn_flow_pad(&context->flow, op->inputs[0], op->output, sides);
}
