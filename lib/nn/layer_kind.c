#include "nn/layer_kind.h"

mnistcnn_status mcnn_layer_reader_fail_syntax(const mcnn_layer_reader *reader,
                                              const mcnn_layer_kind *kind) {
  return mcnn_layer_text_fail(&reader->text, "expected \"%s %s\"", kind->word, kind->arguments);
}

mnistcnn_status mcnn_layer_reader_expect_end(const mcnn_layer_reader *reader,
                                             const mcnn_layer_kind *kind) {
  const mcnn_word *word = mcnn_layer_text_word(&reader->text);
  if (!word || !kind->arguments)
    return mcnn_layer_text_expect_end(&reader->text);
  return mcnn_layer_text_fail(&reader->text, "\"%.*s\" does not belong here: expected \"%s %s\"",
                              mcnn_word_quoted(word), word->start, kind->word, kind->arguments);
}

size_t mcnn_op_scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training) {
  return op->kind->scratch_floats ? op->kind->scratch_floats(net, op, images, training) : 0;
}

size_t mcnn_op_saved_bytes(const mcnn_op *op) {
  return op->kind->saved_bytes ? op->kind->saved_bytes(op) : 0;
}

int mcnn_op_has_partial(const mcnn_op *op) {
  return op->kind->partial_floats ? 1 : 0;
}

void mcnn_forward_after(const mcnn_forward *call, size_t begin, size_t end) {
  const mcnn_op *op = call->op;
  if (op->after != MCNN_ACTIVATION_LINEAR) {
    call->net->kernels->activation_forward(op->after, op->activation_parameter, end - begin,
                                           call->y + begin, call->y + begin);
  }
}

/* Whole cache lines. */
size_t mcnn_elementwise_part_floats(const mcnn_net *net, const mcnn_op *op) {
  (void)net;
  (void)op;
  return 16;
}

void mcnn_elementwise_forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  mcnn_op op = *call->op;
  mcnn_forward part = *call;
  op.in_floats = op.out_floats = end - begin;
  part.op = &op;
  part.x += begin;
  part.y += begin;
  if (part.other)
    part.other += begin;
  op.kind->forward(&part);
}

void mcnn_net_pack_for(const mcnn_net *net, const float *weights, int training, float *packed) {
  const mcnn_plan *plan = &net->plans[training];
  for (size_t i = 0; i < plan->num_ops; i++)
    if (plan->ops[i].kind->pack)
      plan->ops[i].kind->pack(net, &plan->ops[i], weights, training, packed);
}

size_t mcnn_next_statistics(const mcnn_plan *plan, size_t index) {
  while (index < plan->num_spatial && !plan->ops[index].kind->statistics)
    index++;
  return index;
}
