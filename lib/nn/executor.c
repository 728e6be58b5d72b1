/* The memory of an executor. */
#include "nn/executor.h"

#include "base/cost.h"
#include "nn/dataflow.h"
#include "nn/executor_work.h"

#include <assert.h>

/* --- sizes ------------------------------------------------------------------------------------ */

static size_t widest_batch_gradient(const mcnn_net *net) {
  const mcnn_plan *plan = &net->plans[MCNN_FOR_TRAINING];
  size_t widest = net->arch->num_classes;
  for (size_t i = plan->num_spatial; i < plan->num_ops; i++)
    widest = mcnn_max(widest, mcnn_max(plan->ops[i].in_floats, plan->ops[i].out_floats));
  return widest;
}

/* The largest gradient between two ops of the spatial part; nobody asks for that of its input. */
static size_t widest_spatial_gradient(const mcnn_plan *plan) {
  size_t widest = 0;
  for (size_t i = 1; i < plan->num_spatial; i++)
    widest = mcnn_max(widest, plan->ops[i].in_floats);
  return widest;
}

static size_t gradient_floats(const mcnn_layer *layer) {
  size_t floats = 0;
  for (uint32_t i = 0; i < layer->num_parameters; i++)
    floats += mcnn_round_up_cache_line(layer->parameters[i].count);
  return floats;
}

/* Of the ops from `begin` to `end`, which the backward pass takes at a time. Others have the same
 * memory: the less of it there is, the longer it stays in a cache. */
static void measure_partials(mcnn_executor *executor, size_t begin, size_t end) {
  size_t floats = 0;
  for (size_t i = begin; i < end; i++) {
    const mcnn_op *op = &mcnn_executor_plan(executor)->ops[i];
    if (mcnn_op_has_partial(op)) {
      executor->partial_offset[i] = floats;
      floats += mcnn_round_up_cache_line(op->kind->partial_floats(executor->net, op));
      executor->num_finish += op->kind->finish_tasks(op);
    }
  }
  executor->partial_floats = mcnn_max(executor->partial_floats, floats);
}

/* By stages: each ends with an op that has statistics. */
static void measure_all_partials(mcnn_executor *executor) {
  const size_t ops = mcnn_executor_plan(executor)->num_ops;
  for (size_t begin = 0, end; begin < ops; begin = end) {
    end = mcnn_min(mcnn_next_statistics(mcnn_executor_plan(executor), begin) + 1, ops);
    measure_partials(executor, begin, end);
  }
}

static void measure_op(mcnn_executor *executor, size_t i) {
  const mcnn_net *net = executor->net;
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[i];
  const size_t scratch =
      mcnn_op_scratch_floats(net, op, mcnn_executor_plan(executor)->image_block, MCNN_FOR_TRAINING);
  executor->op_scratch = mcnn_max(executor->op_scratch, mcnn_round_up_cache_line(scratch));
  if (op->kind->statistics) {
    const size_t doubles = op->kind->statistics->image_doubles(op);
    executor->statistics_doubles = mcnn_max(executor->statistics_doubles, doubles);
  }
  if (op->kind->batch_backward) {
    const size_t work = op->kind->batch_work_floats(net, op, executor->max_batch);
    const size_t batch_scratch = op->kind->batch_scratch_floats(net, op, executor->max_batch);
    executor->work_floats = mcnn_max(executor->work_floats, work);
    executor->batch_scratch = mcnn_max(executor->batch_scratch, batch_scratch);
  }
}

static void measure(mcnn_executor *executor) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  for (size_t i = 0; i < plan->num_ops; i++)
    measure_op(executor, i);
  measure_all_partials(executor);
  executor->spatial_floats = mcnn_round_up_cache_line(mcnn_executor_plan(executor)->image_block *
                                                      widest_spatial_gradient(plan));
  for (uint32_t i = 0; i < plan->num_gradients; i++)
    executor->kept_floats[i] = mcnn_dataflow_gradient_floats(plan, i);
}

static size_t worker_floats(const mcnn_executor *executor) {
  return mcnn_max(executor->op_scratch + 2 * executor->spatial_floats, executor->batch_scratch);
}

static void list_finish_tasks(mcnn_executor *executor) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  size_t count = 0;
  for (size_t i = 0; i < plan->num_ops; i++) {
    const mcnn_op *op = &plan->ops[i];
    const size_t tasks = mcnn_op_has_partial(op) ? op->kind->finish_tasks(op) : 0;
    for (size_t task = 0; task < tasks; task++)
      executor->finish[count++] = (mcnn_finish_task){i, task};
  }
}

/* --- memory ----------------------------------------------------------------------------------- */

static void place_op(mcnn_executor *executor, mcnn_placer *p, size_t i) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[i];
  const mcnn_statistics_functions *statistics = op->kind->statistics;
  const size_t bytes = mcnn_op_saved_bytes(op);
  executor->outputs[i] = mcnn_place(p, executor->max_batch, op->out_floats, sizeof(float));
  executor->saved[i] = bytes ? mcnn_place(p, executor->max_batch, bytes, 1) : NULL;
  if (mcnn_op_has_partial(op))
    executor->gradients[i] = mcnn_place(p, 1, gradient_floats(op->layer), sizeof(float));
  if (statistics) {
    executor->states[i] =
        mcnn_place(p, 1, statistics->state_floats(executor->net, op), sizeof(float));
  }
}

static void place_all(mcnn_executor *executor, uint32_t workers) {
  const mcnn_net *net = executor->net;
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  mcnn_placer p = {&executor->arena, 0};
  const size_t batch = executor->max_batch;
  executor->inputs = mcnn_place(&p, batch, net->input_floats, sizeof(float));
  for (size_t i = 0; i < plan->num_ops; i++)
    place_op(executor, &p, i);
  for (uint32_t i = 0; i < plan->num_gradients; i++)
    executor->kept_gradients[i] = mcnn_place(&p, batch, executor->kept_floats[i], sizeof(float));
  executor->statistics = mcnn_place(&p, batch, executor->statistics_doubles, sizeof(double));
  executor->probabilities = mcnn_place(&p, batch, net->arch->num_classes, sizeof(float));
  for (int ping = 0; ping < 2; ping++)
    executor->batch_gradients[ping] =
        mcnn_place(&p, batch, widest_batch_gradient(net), sizeof(float));
  executor->work = mcnn_place(&p, 1, executor->work_floats, sizeof(float));
  executor->partial = mcnn_place(&p, MCNN_IMAGE_BLOCKS, executor->partial_floats, sizeof(float));
  for (uint32_t w = 0; w < workers; w++) {
    executor->workers[w].scratch = mcnn_place(&p, 1, worker_floats(executor), sizeof(float));
    executor->workers[w].packed = mcnn_place(&p, 1, plan->packed_floats, sizeof(float));
  }
}

static size_t num_gradients(const mcnn_executor *executor) {
  return mcnn_executor_plan(executor)->num_gradients;
}

static mnistcnn_status allocate_tables(mcnn_executor *executor, uint32_t workers) {
  const mcnn_alloc *alloc = &executor->alloc;
  const size_t ops = mcnn_executor_plan(executor)->num_ops;
  const size_t kept = num_gradients(executor);
  executor->outputs = mcnn_alloc_zeroed(alloc, ops, sizeof *executor->outputs);
  executor->saved = mcnn_alloc_zeroed(alloc, ops, sizeof *executor->saved);
  executor->states = mcnn_alloc_zeroed(alloc, ops, sizeof *executor->states);
  executor->gradients = mcnn_alloc_zeroed(alloc, ops, sizeof *executor->gradients);
  executor->partial_offset = mcnn_alloc_zeroed(alloc, ops, sizeof *executor->partial_offset);
  executor->kept_gradients = mcnn_alloc_zeroed(alloc, kept, sizeof *executor->kept_gradients);
  executor->kept_floats = mcnn_alloc_zeroed(alloc, kept, sizeof *executor->kept_floats);
  executor->workers = mcnn_alloc_zeroed(alloc, workers, sizeof *executor->workers);
  const int ok = executor->outputs && executor->saved && executor->states && executor->gradients &&
                 executor->partial_offset && executor->kept_gradients && executor->kept_floats &&
                 executor->workers;
  return ok ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static uint64_t table_bytes(const mcnn_executor *executor) {
  const size_t ops = mcnn_executor_plan(executor)->num_ops;
  return 5 * mcnn_alloc_bytes(ops, sizeof(void *)) +
         2 * mcnn_alloc_bytes(num_gradients(executor), sizeof(void *));
}

/* An executor that lacks the finish tasks and the arena's memory, which is reserved. On failure it
 * is freed. */
static mnistcnn_status plan(const mcnn_net *net, size_t max_batch, uint32_t workers,
                            const mcnn_alloc *alloc, mcnn_executor **out) {
  assert(max_batch >= 1 && workers >= 1);
  mcnn_executor *executor = mcnn_alloc_zeroed(alloc, 1, sizeof *executor);
  *out = NULL;
  if (!executor)
    return MNISTCNN_OUT_OF_MEMORY;
  executor->alloc = *alloc;
  executor->net = net;
  executor->max_batch = max_batch;
  const mnistcnn_status status = allocate_tables(executor, workers);
  if (status != MNISTCNN_OK) {
    mcnn_executor_free(executor);
    return status;
  }
  measure(executor);
  place_all(executor, workers);
  *out = executor;
  return MNISTCNN_OK;
}

static mnistcnn_status allocate(mcnn_executor *executor) {
  executor->finish =
      mcnn_alloc_array(&executor->alloc, executor->num_finish, sizeof *executor->finish);
  if (!executor->finish)
    return MNISTCNN_OUT_OF_MEMORY;
  list_finish_tasks(executor);
  return mcnn_arena_allocate(&executor->arena, &executor->alloc);
}

mnistcnn_status mcnn_executor_create(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                     const mcnn_alloc *alloc, mcnn_executor **out) {
  mnistcnn_status status = plan(net, max_batch, workers, alloc, out);
  if (status != MNISTCNN_OK)
    return status;
  status = allocate(*out);
  if (status != MNISTCNN_OK) {
    mcnn_executor_free(*out);
    *out = NULL;
    return status;
  }
  place_all(*out, workers);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_executor_bytes(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                    const mcnn_alloc *alloc, uint64_t *bytes) {
  mcnn_executor *executor;
  const mnistcnn_status status = plan(net, max_batch, workers, alloc, &executor);
  if (status != MNISTCNN_OK)
    return status;
  *bytes = mcnn_alloc_bytes(1, sizeof *executor) + table_bytes(executor) +
           mcnn_alloc_bytes(workers, sizeof *executor->workers) +
           mcnn_alloc_bytes(executor->num_finish, sizeof *executor->finish);
  *bytes = mcnn_saturating_add(*bytes, mcnn_arena_bytes(&executor->arena));
  mcnn_executor_free(executor);
  return MNISTCNN_OK;
}

void mcnn_executor_free(mcnn_executor *executor) {
  if (!executor)
    return;
  const mcnn_alloc alloc = executor->alloc;
  mcnn_arena_free(&executor->arena, &alloc);
  mcnn_free(&alloc, executor->finish);
  mcnn_free(&alloc, executor->workers);
  mcnn_free(&alloc, executor->kept_floats);
  mcnn_free(&alloc, executor->kept_gradients);
  mcnn_free(&alloc, executor->partial_offset);
  mcnn_free(&alloc, executor->gradients);
  mcnn_free(&alloc, executor->states);
  mcnn_free(&alloc, executor->saved);
  mcnn_free(&alloc, executor->outputs);
  mcnn_free(&alloc, executor);
}

const float *mcnn_executor_probabilities(const mcnn_executor *executor) {
  return executor->probabilities;
}
