#include "exchange/tflite/split.h"

#include "exchange/tflite/operations.h"

#include <string.h>

/* Operators between the cut and the join that are looked at, and numbers in the file. */
enum { MAX_BETWEEN = 32, LARGEST = 1024 };

/* --- cut -------------------------------------------------------------------------------------- */

/* The first operator behind `from` that reads the value; the number of operators where none does.
 */
static mnistcnn_status find_reader(mcnn_tflite_context *context, uint32_t value, uint32_t from,
                                   mcnn_tflite_operator *op) {
  for (uint32_t i = from; i < context->operators.count; i++) {
    const mnistcnn_status status = mcnn_tflite_read_operator(context, i, op);
    if (status != MNISTCNN_OK)
      return status;
    for (uint32_t k = 0; k < op->num_inputs; k++)
      if (op->inputs[k] == value)
        return MNISTCNN_OK;
  }
  op->number = context->operators.count;
  return MNISTCNN_OK;
}

/* The operator that joins the parts again, which says what is cut off. */
static mnistcnn_status find_join(mcnn_tflite_context *context, const mcnn_tflite_operator *cut,
                                 mcnn_tflite_operator *join) {
  uint32_t value = cut->output, from = cut->number + 1;
  for (uint32_t i = 0; i < MAX_BETWEEN; i++) {
    const mnistcnn_status status = find_reader(context, value, from, join);
    if (status != MNISTCNN_OK)
      return status;
    if (join->number == context->operators.count)
      break;
    if (join->code == MCNN_TFLITE_BATCH_TO_SPACE_ND)
      return MNISTCNN_OK;
    value = join->output;
    from = join->number + 1;
  }
  return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                           "cuts the image into parts that no BATCH_TO_SPACE_ND joins");
}

/* Input `index` of count numbers. */
static mnistcnn_status read_numbers(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                                    uint32_t index, size_t count, int64_t *numbers) {
  const mcnn_array *array = NULL;
  const mnistcnn_status status = mcnn_tflite_array(context, op, index, 0, &array);
  if (status != MNISTCNN_OK)
    return status;
  if (array->count != count)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "cuts or joins what is no image of three dimensions");
  for (size_t i = 0; i < count; i++) {
    numbers[i] = mcnn_array_integer(array, i);
    if (numbers[i] < 0 || numbers[i] > LARGEST)
      return mcnn_builder_fail(context->builder, MNISTCNN_FORMAT,
                               "a number of pixels is not between 0 and %d", LARGEST);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status read_split(mcnn_tflite_context *context, const mcnn_tflite_operator *cut,
                                  const mcnn_tflite_operator *join, mcnn_tflite_split *split) {
  int64_t blocks[2] = {0, 0}, joined[2] = {0, 0}, zeros[4] = {0, 0, 0, 0}, crops[4] = {0, 0, 0, 0};
  mnistcnn_status status = read_numbers(context, cut, 1, 2, blocks);
  if (status == MNISTCNN_OK)
    status = read_numbers(context, cut, 2, 4, zeros);
  if (status == MNISTCNN_OK)
    status = read_numbers(context, join, 1, 2, joined);
  if (status == MNISTCNN_OK)
    status = read_numbers(context, join, 2, 4, crops);
  if (status != MNISTCNN_OK)
    return status;
  if (memcmp(blocks, joined, sizeof blocks) != 0 || blocks[0] == 0 || blocks[1] == 0)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "cuts the image into other parts than those that are joined");
  split->join = join->number;
  for (uint32_t i = 0; i < 2; i++)
    split->block[i] = (uint32_t)blocks[i];
  for (uint32_t i = 0; i < 4; i++)
    split->sides[i] = zeros[i] - crops[i];
  return MNISTCNN_OK;
}

static mcnn_tflite_split *make_split(mcnn_tflite_context *context) {
  mcnn_tflite_split *const made = (mcnn_tflite_split *)(void *)mcnn_builder_floats(
      context->builder, sizeof *made / sizeof(float) + 1);
  if (made)
    memset(made, 0, sizeof *made);
  return made;
}

mnistcnn_status mcnn_tflite_cut(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  mcnn_tflite_operator join = {.number = 0};
  mcnn_tflite_split *const split = make_split(context);
  if (!split)
    return MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status = find_join(context, op, &join);
  if (status == MNISTCNN_OK)
    status = read_split(context, op, &join, split);
  if (status == MNISTCNN_OK)
    status = mcnn_flow_pass(&context->flow, op->inputs[0], op->output);
  context->splits[op->output] = split;
  return status;
}

mnistcnn_status mcnn_tflite_join(mcnn_tflite_context *context, const mcnn_tflite_operator *op) {
  if (!context->splits[op->inputs[0]])
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "joins images that no SPACE_TO_BATCH_ND has cut");
  return mcnn_flow_pass(&context->flow, op->inputs[0], op->output);
}

/* --- between ---------------------------------------------------------------------------------- */

/* Works on each number, whose place is of no account. */
static int is_pointwise(mcnn_tflite_fn fn) {
  return fn == mcnn_tflite_unary || fn == mcnn_tflite_binary || fn == mcnn_tflite_prelu ||
         fn == mcnn_tflite_select || fn == mcnn_tflite_pass;
}

static int is_allowed(const mcnn_tflite_operator *op, const mcnn_tflite_split *split) {
  if (!split->has_conv)
    return op->code == MCNN_TFLITE_CONV_2D || op->code == MCNN_TFLITE_DEPTHWISE_CONV_2D;
  return op->code == MCNN_TFLITE_BATCH_TO_SPACE_ND ? op->number == split->join
                                                   : is_pointwise(op->fn);
}

/* 1 where all inputs that are no constants are parts of the same image. */
static int have_one_split(const mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                          const mcnn_tflite_split *split) {
  for (uint32_t i = 0; i < op->num_inputs; i++) {
    const uint32_t id = op->inputs[i];
    if (id != MCNN_TFLITE_NONE && context->flow.values[id].kind != MCNN_FLOW_ARRAY &&
        context->splits[id] != split)
      return 0;
  }
  return 1;
}

static const mcnn_tflite_split *find_split(const mcnn_tflite_context *context,
                                           const mcnn_tflite_operator *op) {
  for (uint32_t i = 0; i < op->num_inputs; i++)
    if (op->inputs[i] != MCNN_TFLITE_NONE && context->splits[op->inputs[i]])
      return context->splits[op->inputs[i]];
  return NULL;
}

mnistcnn_status mcnn_tflite_check_parts(mcnn_tflite_context *context,
                                        const mcnn_tflite_operator *op) {
  const mcnn_tflite_split *const split = find_split(context, op);
  if (!split)
    return MNISTCNN_OK;
  if (!is_allowed(op, split) || !have_one_split(context, op, split))
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "works on an image that SPACE_TO_BATCH_ND has cut into parts; this "
                             "library takes one convolution of stride 1 between that and "
                             "BATCH_TO_SPACE_ND, and then functions of single numbers");
  if (op->code == MCNN_TFLITE_BATCH_TO_SPACE_ND)
    return MNISTCNN_OK;
  mcnn_tflite_split *made = context->splits[op->inputs[0]];
  if (!split->has_conv) {
    made = make_split(context);
    if (!made)
      return MNISTCNN_OUT_OF_MEMORY;
    *made = *split;
    made->has_conv = 1;
  }
  context->splits[op->output] = made;
  return MNISTCNN_OK;
}

/* --- the convolution -------------------------------------------------------------------------- */

/* Padding as Keras has it is around each part. */
static void add_same(const mcnn_flow_window *window, const mcnn_tflite_split *split,
                     int64_t sides[4]) {
  for (uint32_t i = 0; window->same && i < 2; i++) {
    const int64_t total = (int64_t)(window->size[i] - 1) * window->dilation[i];
    const int64_t before = total / 2;
    sides[2 * i] += before * split->block[i];
    sides[2 * i + 1] += (total - before) * split->block[i];
  }
}

/* The whole image without what is cut off of it alone. */
static mnistcnn_status crop(mcnn_tflite_context *context, const mcnn_tflite_operator *op,
                            const int64_t sides[4], uint32_t *in) {
  uint32_t cut[4], any = 0;
  for (uint32_t i = 0; i < 4; i++) {
    cut[i] = sides[i] < 0 ? (uint32_t)-sides[i] : 0;
    any += cut[i];
  }
  if (any == 0)
    return MNISTCNN_OK;
  mnistcnn_status status = mcnn_flow_settle(&context->flow, *in);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_flow_set_tensor(&context->flow, op->output, &context->flow.values[*in].tensor);
  *in = op->output; /* which is set last */
  return mcnn_build_crop(context->builder, &context->flow.values[*in].tensor, cut, 0);
}

mnistcnn_status mcnn_tflite_whole_window(mcnn_tflite_context *context,
                                         const mcnn_tflite_operator *op, mcnn_flow_window *window,
                                         uint32_t *in) {
  const mcnn_tflite_split *const split = context->splits[*in];
  int64_t sides[4];
  if (!split)
    return MNISTCNN_OK;
  if (window->stride[0] != 1 || window->stride[1] != 1)
    return mcnn_builder_fail(context->builder, MNISTCNN_UNSUPPORTED,
                             "a stride above 1 on parts of an image");
  memcpy(sides, split->sides, sizeof sides);
  add_same(window, split, sides);
  window->same = 0;
  for (uint32_t i = 0; i < 2; i++)
    window->dilation[i] *= split->block[i];
  for (uint32_t i = 0; i < 4; i++)
    window->pads[i] = sides[i] > 0 ? (uint32_t)sides[i] : 0;
  return crop(context, op, sides, in);
}
