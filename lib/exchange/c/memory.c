#include "exchange/c/memory.h"

size_t mcnn_network_op_size(const mcnn_network_op *op) {
  return (size_t)op->height * op->width * op->channels;
}

/* From the end, so that what lies in the place of another is known before it. */
static void find_last_readers(const mcnn_network *n, mcnn_c_memory *m) {
  for (uint32_t i = n->count; i-- > 0;) {
    const mcnn_network_op *const op = &n->ops[i];
    const int num_inputs = i == 0 ? 0 : op->kind == MCNN_OP_ADD ? 2 : 1;
    m->last[i] = m->last[i] > i ? m->last[i] : i;
    const uint32_t end = m->in_place[i] ? m->last[i] : i;
    for (int k = 0; k < num_inputs; k++)
      if (m->last[op->inputs[k]] < end)
        m->last[op->inputs[k]] = end;
  }
}

/* Element by element, of an input that nothing else reads and that may be written to. */
static int may_be_in_place(const mcnn_network *n, const mcnn_c_memory *m, uint32_t index) {
  const mcnn_network_op *const op = &n->ops[index];
  const int is_elementwise = op->kind == MCNN_OP_AFFINE || op->kind == MCNN_OP_BATCH_NORM ||
                             op->kind == MCNN_OP_FLATTEN || op->kind == MCNN_OP_ACTIVATION ||
                             op->kind == MCNN_OP_ADD || op->kind == MCNN_OP_SOFTMAX;
  return is_elementwise && op->inputs[0] >= m->first && index + 1 < n->count &&
         mcnn_network_num_readers(n, op->inputs[0]) == 1;
}

/* The lowest place for an output that no output overlaps which is still read. */
static size_t find_place(const mcnn_network *n, const mcnn_c_memory *m, uint32_t index) {
  const size_t size = mcnn_network_op_size(&n->ops[index]);
  size_t at = 0;
  for (int moved = 1; moved;) {
    moved = 0;
    for (uint32_t i = m->first; i < index; i++) {
      const size_t begin = m->offsets[i], end = begin + mcnn_network_op_size(&n->ops[i]);
      if (m->in_place[i] || m->last[i] < index || at >= end || begin >= at + size)
        continue;
      at = end;
      moved = 1;
    }
  }
  return at;
}

void mcnn_c_plan_memory(const mcnn_network *network, int is_converted, mcnn_c_memory *memory) {
  *memory = (mcnn_c_memory){.first = is_converted ? 0 : 1};
  for (uint32_t i = 1; i + 1 < network->count; i++)
    memory->in_place[i] = may_be_in_place(network, memory, i);
  find_last_readers(network, memory);
  for (uint32_t i = memory->first; i + 1 < network->count; i++) {
    const mcnn_network_op *const op = &network->ops[i];
    memory->offsets[i] =
        memory->in_place[i] ? memory->offsets[op->inputs[0]] : find_place(network, memory, i);
    const size_t end = memory->offsets[i] + mcnn_network_op_size(op);
    memory->floats = end > memory->floats ? end : memory->floats;
  }
}
