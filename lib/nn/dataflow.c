#include "nn/dataflow.h"

#include "base/sizes.h"
#include "nn/layer_kind.h"

#include <string.h>

/* --- readers ---------------------------------------------------------------------------------- */

static void count_reader(mcnn_plan *plan, uint32_t read, size_t reader) {
  if (read == MCNN_NO_OP)
    return;
  plan->ops[read].readers++;
  plan->ops[read].last_reader = (uint32_t)reader;
}

/* Those of the same part. */
static void find_readers(mcnn_plan *plan) {
  for (size_t i = 0; i < plan->num_ops; i++)
    plan->ops[i].last_reader = (uint32_t)i;
  for (size_t i = 0; i < plan->num_ops; i++) {
    if (i == plan->num_spatial)
      continue; /* reads what the spatial part has left */
    count_reader(plan, plan->ops[i].input, i);
    count_reader(plan, plan->ops[i].other, i);
  }
}

static int learns(const mcnn_plan *plan, uint32_t op) {
  return op != MCNN_NO_OP && plan->ops[op].learns;
}

/* Nobody needs a gradient where there is nothing to learn. */
static void find_learners(mcnn_plan *plan) {
  for (size_t i = 0; i < plan->num_ops; i++) {
    mcnn_op *op = &plan->ops[i];
    op->learns =
        op->layer->num_parameters > 0 || learns(plan, op->input) || learns(plan, op->other);
  }
}

/* --- buffers ---------------------------------------------------------------------------------- */

/* One for each buffer that there can be: no more than operations. Marks of all buffers at once keep
 * the search for a free one quadratic in the number of operations. */
typedef struct buffers {
  uint8_t taken[MCNN_MAX_OPS];
} buffers;

static void take(buffers *set, uint32_t buffer) {
  if (buffer < MCNN_MAX_OPS)
    set->taken[buffer] = 1;
}

static uint32_t first_free(const buffers *set) {
  uint32_t buffer = 0;
  while (set->taken[buffer])
    buffer++;
  return buffer;
}

/* --- prediction ------------------------------------------------------------------------------- */

/* Those with an output that is still to be read when op `at` runs. */
static buffers find_occupied(const mcnn_plan *plan, size_t begin, size_t at) {
  buffers set = {{0}};
  for (size_t i = begin; i < at; i++)
    if (plan->ops[i].last_reader >= at)
      take(&set, plan->ops[i].buffer);
  return set;
}

/* The largest output of the ops [begin, end) that is to lie in each buffer; the last one's is the
 * caller's. 0: there is no such buffer. */
static void find_sizes(const mcnn_plan *plan, size_t begin, size_t end,
                       size_t sizes[MCNN_MAX_OPS]) {
  memset(sizes, 0, MCNN_MAX_OPS * sizeof *sizes);
  for (size_t i = begin; i + 1 < end; i++) {
    const mcnn_op *op = &plan->ops[i];
    sizes[op->buffer] = mcnn_max(sizes[op->buffer], op->out_floats);
  }
}

static void assign_buffers(mcnn_plan *plan, size_t begin, size_t end) {
  size_t sizes[MCNN_MAX_OPS];
  for (size_t i = begin; i < end; i++) {
    const buffers occupied = find_occupied(plan, begin, i);
    plan->ops[i].buffer = first_free(&occupied);
  }
  find_sizes(plan, begin, end, sizes);
  for (size_t i = begin; i < end; i++) {
    mcnn_op *op = &plan->ops[i];
    op->buffer_floats = sizes[op->buffer];
    for (uint32_t buffer = 0; buffer < op->buffer; buffer++)
      op->buffer_before += sizes[buffer];
  }
}

size_t mcnn_dataflow_buffer_offset(const mcnn_op *op, size_t images) {
  enum { LINE = 16 }; /* each buffer begins on a cache line of its own */
  return mcnn_round_up_cache_line(images * op->buffer_before) + op->buffer * (size_t)LINE;
}

size_t mcnn_dataflow_buffer_floats(const mcnn_plan *plan, size_t begin, size_t end, size_t images) {
  size_t floats = 0;
  for (size_t i = begin; i + 1 < end; i++) {
    const mcnn_op *op = &plan->ops[i];
    floats = mcnn_max(floats, mcnn_dataflow_buffer_offset(op, images) +
                                  mcnn_round_up_cache_line(images * op->buffer_floats));
  }
  return floats;
}

/* --- training --------------------------------------------------------------------------------- */

static int is_chained(const mcnn_plan *plan, size_t i) {
  const mcnn_op *op = &plan->ops[i];
  return i + 1 >= plan->num_spatial ||
         (op->readers == 1 && op->last_reader == i + 1 && !op->kind->statistics);
}

/* Gradients are written from the last reader of an output down to the op itself. */
static buffers find_holding(const mcnn_plan *plan, size_t at) {
  buffers set = {{0}};
  for (size_t i = at + 1; i < plan->num_spatial && i <= plan->ops[at].last_reader; i++)
    take(&set, plan->ops[i].gradient);
  return set;
}

static void assign_gradients(mcnn_plan *plan) {
  plan->num_gradients = 0;
  for (size_t i = plan->num_ops; i-- > 0;) {
    plan->ops[i].gradient = MCNN_CHAINED;
    if (is_chained(plan, i))
      continue;
    const buffers holding = find_holding(plan, i);
    plan->ops[i].gradient = first_free(&holding);
    if (plan->ops[i].gradient >= plan->num_gradients)
      plan->num_gradients = plan->ops[i].gradient + 1;
  }
}

size_t mcnn_dataflow_gradient_floats(const mcnn_plan *plan, uint32_t buffer) {
  size_t floats = 0;
  for (size_t i = 0; i < plan->num_spatial; i++)
    if (plan->ops[i].gradient == buffer)
      floats = mcnn_max(floats, plan->ops[i].out_floats);
  return floats;
}

void mcnn_dataflow_build(mcnn_plan *plan, int training) {
  find_readers(plan);
  find_learners(plan);
  if (training) {
    assign_gradients(plan);
    return;
  }
  assign_buffers(plan, 0, plan->num_spatial);
  assign_buffers(plan, plan->num_spatial, plan->num_ops);
}
