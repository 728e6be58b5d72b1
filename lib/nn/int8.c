#include "nn/int8.h"

#include "base/sizes.h"
#include "nn/layer_kind.h"

static const mcnn_op *first_op(const mcnn_net *net) {
  return net->plans[MCNN_FOR_PREDICTION].ops;
}

static const mcnn_op *end_of_ops(const mcnn_net *net) {
  return first_op(net) + net->plans[MCNN_FOR_PREDICTION].num_ops;
}

static int supports(const mcnn_op *op) {
  return op->kind->int8 && op->kind->int8->supports(op);
}

/* The words of the ops before `end`. */
static size_t packed_words(const mcnn_net *net, const mcnn_int8_kernels *kernels,
                           const mcnn_op *end) {
  size_t words = 0;
  for (const mcnn_op *op = first_op(net); op < end; op++)
    if (supports(op))
      words += op->kind->int8->packed_words(kernels, op);
  return words;
}

/* Where they lie in memory must not depend on the net's instruction set, which may change: enough
 * for any of this processor. */
size_t mcnn_net_int8_words(const mcnn_net *net) {
  size_t words = 0;
  for (int i = 0; i < MCNN_INT8_ISA_COUNT; i++) {
    const mcnn_int8_kernels *kernels = mcnn_int8_kernels_of((mcnn_int8_isa)i);
    words = mcnn_max(words, kernels ? packed_words(net, kernels, end_of_ops(net)) : 0);
  }
  return words;
}

static size_t scratch_words(const mcnn_net *net, const mcnn_int8_kernels *kernels) {
  size_t words = 0;
  for (const mcnn_op *op = first_op(net); op < end_of_ops(net); op++)
    if (supports(op))
      words = mcnn_max(words, op->kind->int8->scratch_words(kernels, op));
  return words;
}

size_t mcnn_net_int8_scratch_words(const mcnn_net *net) {
  size_t words = 0;
  for (int i = 0; i < MCNN_INT8_ISA_COUNT; i++) {
    const mcnn_int8_kernels *kernels = mcnn_int8_kernels_of((mcnn_int8_isa)i);
    words = mcnn_max(words, kernels ? scratch_words(net, kernels) : 0);
  }
  return words;
}

int mcnn_net_has_int8(const mcnn_net *net) {
  return net->int8 && packed_words(net, net->int8, end_of_ops(net)) > 0;
}

void mcnn_net_int8_pack(const mcnn_net *net, const float *weights, uint32_t *packed) {
  for (const mcnn_op *op = first_op(net); op < end_of_ops(net); op++)
    if (supports(op))
      op->kind->int8->pack(net->int8, op, weights, packed + packed_words(net, net->int8, op));
}

int mcnn_int8_forward(const mcnn_forward *call, const mcnn_int8_weights *weights) {
  const mcnn_int8_kernels *kernels = call->net->int8;
  if (!supports(call->op))
    return 0;
  call->op->kind->int8->forward(kernels, call,
                                weights->packed + packed_words(call->net, kernels, call->op),
                                weights->scratch);
  return 1;
}

/* --- close calls ------------------------------------------------------------------------------ */

/* Rounding moves a probability by half of this at the worst, mostly by less than a tenth. */
static const float close_margin = 1.0f / 8.0f;

/* A NaN counts as close. */
static int is_close(const mcnn_net *net, const float *logits) {
  const size_t classes = net->arch->num_classes;
  float probabilities[MCNN_MAX_CLASSES];
  float first = 0, second = 0;
  mcnn_output_probabilities(net->arch->output, net->kernels, 1, classes, logits, probabilities);
  for (size_t i = 0; i < classes; i++) {
    const float p = probabilities[i];
    if (!(p <= first)) {
      second = first;
      first = p;
    } else if (p > second) {
      second = p;
    }
  }
  return !(first - second >= close_margin);
}

size_t mcnn_int8_close_calls(const mcnn_net *net, const float *logits, size_t images) {
  const size_t classes = net->arch->num_classes;
  size_t count = 0;
  while (count < images && is_close(net, logits + count * classes))
    count++;
  return count;
}
