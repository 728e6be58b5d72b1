/* One operator of the graph: what it is, and what it reads and writes. */
#include "base/status.h"
#include "exchange/tflite/context.h"

enum operator_field { OPERATOR_CODE = 0, OPERATOR_INPUTS = 1, OPERATOR_OUTPUTS = 2 };
enum { OPERATOR_OPTIONS = 4, CODE_OLD = 0, CODE_CUSTOM = 1, CODE_NEW = 3 };

mnistcnn_status mcnn_tflite_fail_file(const mcnn_tflite_context *context, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid LiteRT file: %s", context->label, reason);
}

mnistcnn_status mcnn_tflite_check(const mcnn_tflite_context *context) {
  return context->fb.is_malformed
             ? mcnn_tflite_fail_file(context, "an offset in it leads outside of it")
             : MNISTCNN_OK;
}

static mnistcnn_status read_ids(const mcnn_tflite_context *context, const mcnn_fb_vector *list,
                                uint32_t *ids) {
  for (uint32_t i = 0; i < list->count; i++) {
    const int32_t id = mcnn_fb_int32_at(list, i);
    if (id < -1 || (id >= 0 && (uint32_t)id >= context->tensors.count))
      return mcnn_tflite_fail_file(context, "an operation reads or writes what is no tensor");
    ids[i] = id == -1 ? MCNN_TFLITE_NONE : (uint32_t)id;
  }
  return MNISTCNN_OK;
}

/* Old files have a byte, new ones a number beside it. */
static int32_t read_code(mcnn_tflite_context *context, const mcnn_fb_table *table,
                         mcnn_span *custom) {
  const uint64_t index = mcnn_fb_unsigned(table, OPERATOR_CODE, 4, 0);
  if (index >= context->codes.count) {
    context->fb.is_malformed = 1;
    return -1;
  }
  const mcnn_fb_table code = mcnn_fb_table_at(&context->codes, (uint32_t)index);
  *custom = mcnn_fb_bytes(&code, CODE_CUSTOM);
  const int64_t old = mcnn_fb_signed(&code, CODE_OLD, 1, 0);
  const int64_t new = mcnn_fb_signed(&code, CODE_NEW, 4, 0);
  return (int32_t)(new > old ? new : old);
}

mnistcnn_status mcnn_tflite_read_operator(mcnn_tflite_context *context, uint32_t number,
                                          mcnn_tflite_operator *op) {
  const mcnn_fb_table table = mcnn_fb_table_at(&context->operators, number);
  const mcnn_fb_vector inputs = mcnn_fb_list(&table, OPERATOR_INPUTS, 4);
  const mcnn_fb_vector outputs = mcnn_fb_list(&table, OPERATOR_OUTPUTS, 4);
  uint32_t ids[MCNN_TFLITE_MAX_INPUTS] = {0};
  mcnn_span custom = {NULL, 0};
  const int32_t code = read_code(context, &table, &custom);
  *op = (mcnn_tflite_operator){.code = code,
                               .custom = custom,
                               .options = mcnn_fb_sub(&table, OPERATOR_OPTIONS),
                               .number = number,
                               .num_inputs = inputs.count,
                               .before_activation = context->tensors.count + number};
  if (mcnn_tflite_check(context) != MNISTCNN_OK)
    return mcnn_tflite_check(context);
  /* Those that this library takes have neither none nor so many. */
  op->is_foreign = inputs.count < 1 || inputs.count > MCNN_TFLITE_MAX_INPUTS || outputs.count < 1 ||
                   outputs.count > MCNN_TFLITE_MAX_INPUTS;
  if (op->is_foreign) {
    op->num_inputs = 0;
    return MNISTCNN_OK;
  }
  mnistcnn_status status = read_ids(context, &inputs, op->inputs);
  if (status == MNISTCNN_OK)
    status = read_ids(context, &outputs, ids);
  if (status == MNISTCNN_OK && (ids[0] == MCNN_TFLITE_NONE || op->inputs[0] == MCNN_TFLITE_NONE))
    status = mcnn_tflite_fail_file(context, "an operation has no input or output");
  op->output = ids[0];
  return status;
}
