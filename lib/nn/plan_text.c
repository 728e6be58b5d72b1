#include "nn/activation_text.h"
#include "nn/layer_kind.h"
#include "nn/plan.h"

#include <stdio.h>

static void write_shape(mcnn_shape shape, uint32_t is_flat, char text[48]) {
  if (is_flat)
    (void)snprintf(text, 48, "%u", shape.channels);
  else
    (void)snprintf(text, 48, "%ux%ux%u", shape.height, shape.width, shape.channels);
}

/* Whether the op is the activation of another layer. */
static int is_split_off(const mcnn_op *op) {
  return op->kind != op->layer->kind;
}

static void write_texts(mcnn_strbuf *text, const char *first, const char *second) {
  mcnn_strbuf_text(text, first);
  mcnn_strbuf_text(text, second);
}

static void write_names(const mcnn_op *op, mcnn_strbuf *text) {
  const int after = op->after != MCNN_ACTIVATION_LINEAR;
  const mcnn_activation activation = after ? op->after : op->activation;
  const char *word = mcnn_activation_word(activation);
  if (is_split_off(op))
    write_texts(text, word, " of ");
  mcnn_strbuf_text(text, op->layer->name);
  if (op->norm)
    write_texts(text, " + ", op->norm->name);
  if (op->kind->takes_activation && activation != MCNN_ACTIVATION_LINEAR)
    write_texts(text, " + ", word);
  if (op->pool && !is_split_off(op))
    write_texts(text, " + ", op->pool->name);
}

static void write_op(const mcnn_op *op, size_t number, int training, mcnn_strbuf *text) {
  const mcnn_layer *last = op->pool ? op->pool : op->layer;
  const mcnn_shape in = is_split_off(op) ? last->out : op->layer->in;
  char shape[48];
  mcnn_strbuf_number(text, number);
  mcnn_strbuf_text(text, ": ");
  write_names(op, text);
  write_shape(in, op->layer->is_flat && in.height == 1 && in.width == 1, shape);
  mcnn_strbuf_text(text, ", ");
  mcnn_strbuf_text(text, shape);
  write_shape(last->out, last->is_flat, shape);
  mcnn_strbuf_text(text, " -> ");
  mcnn_strbuf_text(text, shape);
  if (op->gray)
    mcnn_strbuf_text(text, ", one gray channel for three");
  if (training && op->block_n > 0 && op->block_n < op->out_floats) {
    mcnn_strbuf_text(text, ", in blocks of ");
    mcnn_strbuf_number(text, op->block_n);
  }
  if (training && op->fused_with_next)
    mcnn_strbuf_text(text, ", fused with the next");
  mcnn_strbuf_text(text, "\n");
}

void mcnn_plan_write(const mcnn_net *net, int training, mcnn_strbuf *text) {
  const mcnn_plan *plan = &net->plans[training];
  for (size_t i = 0; i < plan->num_ops; i++)
    write_op(&plan->ops[i], i + 1, training, text);
}
