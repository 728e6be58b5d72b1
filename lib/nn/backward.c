/* The backward half of an executor. */
#include "nn/dataflow.h"
#include "nn/executor_work.h"

#include <assert.h>
#include <string.h>

/* --- one op over some images ------------------------------------------------------------------ */

/* dy and dx are of these images only. */
static mcnn_backward backward_call(const mcnn_executor *executor, size_t index, size_t begin,
                                   size_t end, const float *dy, float *dx) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  const uint8_t *saved = executor->saved[index];
  assert(begin < end && end <= executor->images);
  return (mcnn_backward){.net = executor->net,
                         .op = op,
                         .images = end - begin,
                         .x = mcnn_op_input(executor, index) + begin * op->in_floats,
                         .y = executor->outputs[index] + begin * op->out_floats,
                         .saved = saved ? saved + begin * mcnn_op_saved_bytes(op) : NULL,
                         .state = executor->states[index],
                         .dy = dy,
                         .dx = dx};
}

/* After measure_gradient() of all images. */
static void reduce_gradient(const mcnn_executor *executor, size_t index) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  const mcnn_reduce call = {.net = executor->net,
                            .op = op,
                            .weights = executor->weights,
                            .sums = executor->statistics,
                            .step = executor->statistics_doubles,
                            .images = executor->images,
                            .state = executor->states[index],
                            .receive = executor->receive,
                            .context = executor->receive_context};
  op->kind->statistics->reduce_gradient(&call);
}

/* --- the dense part --------------------------------------------------------------------------- */

/* Images of an op in one task. */
enum { BATCH_TASK_IMAGES = 8 };

typedef struct batch_op {
  mcnn_executor *executor;
  size_t index;
  float *dy;
} batch_op;

static void in_place_task(void *context, size_t task, size_t worker) {
  const batch_op *run = context;
  const mcnn_op *op = &mcnn_executor_plan(run->executor)->ops[run->index];
  const size_t begin = task * BATCH_TASK_IMAGES;
  const size_t end = mcnn_min(begin + BATCH_TASK_IMAGES, run->executor->images);
  float *dy = run->dy + begin * op->out_floats;
  (void)worker;
  assert(op->in_floats == op->out_floats);
  const mcnn_backward call = backward_call(run->executor, run->index, begin, end, dy, dy);
  op->kind->backward(&call);
}

/* An op without a batch_backward: in place. */
static void backward_in_place(mcnn_executor *executor, mcnn_pool *pool, size_t index, float *dy) {
  batch_op run = {executor, index, dy};
  const mcnn_layer_kind *kind = mcnn_executor_plan(executor)->ops[index].kind;
  if (kind->statistics) {
    const mcnn_backward call = backward_call(executor, index, 0, executor->images, dy, NULL);
    kind->statistics->measure_gradient(&call, executor->statistics, executor->statistics_doubles);
    reduce_gradient(executor, index);
  }
  mcnn_pool_run(pool, in_place_task, &run, mcnn_ceil_div(executor->images, BATCH_TASK_IMAGES));
}

/* The gradient at the features, in one of the two ping-pong buffers. */
static const float *backward_dense_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  int ping = 0;
  for (size_t i = plan->num_ops; i-- > plan->num_spatial;) {
    const int fused = i > plan->num_spatial && plan->ops[i - 1].fused_with_next;
    i -= fused ? 1 : 0;
    const mcnn_layer_kind *kind = plan->ops[i].kind;
    float *dy = executor->batch_gradients[ping], *other = executor->batch_gradients[!ping];
    if (!kind->batch_backward) {
      backward_in_place(executor, pool, i, dy);
      continue;
    }
    kind->batch_backward(executor, pool, i, dy, other);
    ping = fused ? ping : !ping;
  }
  return executor->batch_gradients[ping];
}

/* --- the spatial part ------------------------------------------------------------------------- */

/* What a task computes. Where the last op of the spatial part has parameters, and is not all of it,
 * their gradient is a task by itself, of twice as many images: the more tasks, the less a thread
 * waits for another's last one, and the fewer partial sums of the many weights there are, the less
 * one processor core fetches from another to add them up. */
typedef enum backward_scope { ALL, LAST_DW_ONLY, ALL_BUT_LAST_DW } backward_scope;

/* Blocks of images in one such gradient, and tasks for so many. */
enum { LAST_DW_BLOCKS = 2, TASKS_OF_BLOCKS = LAST_DW_BLOCKS + 1 };

static int has_statistics(const mcnn_plan *plan) {
  return mcnn_next_statistics(plan, 0) < plan->num_spatial;
}

static int splits_last_dw(const mcnn_plan *plan) {
  return plan->num_spatial > 1 && mcnn_op_has_partial(&plan->ops[plan->num_spatial - 1]) &&
         !has_statistics(plan);
}

static size_t last_dw_tasks(const mcnn_executor *executor) {
  return mcnn_ceil_div(mcnn_image_blocks(executor->images), LAST_DW_BLOCKS);
}

/* Some images of a block of them, in the backward pass. */
typedef struct some_images {
  mcnn_executor *executor;
  mcnn_executor_worker *own;
  size_t block_begin, begin, end;
  backward_scope scope;
  int accumulate;       /* partial gradients are added to those of the block's images before */
  float *partial;       /* of the block */
  const float *chained; /* the gradient of the op that was run before this one's output ... */
  int ping;             /* ... and which of the two buffers for these is free */
} some_images;

/* The gradient of op `index`'s output, of these images. A block has its part of a buffer to itself,
 * whichever ops share it. */
static float *kept_gradient(const some_images *s, uint32_t index) {
  const mcnn_executor *executor = s->executor;
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  return executor->kept_gradients[op->gradient] +
         s->block_begin * executor->kept_floats[op->gradient] +
         (s->begin - s->block_begin) * op->out_floats;
}

static const float *gradient_of(const some_images *s, uint32_t index) {
  const mcnn_plan *plan = mcnn_executor_plan(s->executor);
  if (index + 1 == plan->num_spatial)
    return s->executor->feature_gradient + s->begin * s->executor->net->feature_floats;
  return plan->ops[index].gradient == MCNN_CHAINED ? s->chained : kept_gradient(s, index);
}

static int is_kept(const mcnn_plan *plan, uint32_t index) {
  return index != MCNN_NO_OP && plan->ops[index].gradient != MCNN_CHAINED;
}

/* What is given to an output whose gradient is kept, by the first in the backward pass to do so or
 * by a later one. */
static void keep(const some_images *s, uint32_t index, int is_first, const float *dx) {
  const mcnn_plan *plan = mcnn_executor_plan(s->executor);
  if (!is_kept(plan, index) || !plan->ops[index].learns)
    return;
  float *kept = kept_gradient(s, index);
  const size_t floats = (s->end - s->begin) * plan->ops[index].out_floats;
  if (is_first)
    memcpy(kept, dx, floats * sizeof *kept);
  else
    s->executor->net->kernels->add(floats, dx, kept);
}

/* Whether `reader` is the first in the backward pass to give to the gradient of an output. */
static int gives_first(const mcnn_plan *plan, size_t reader, uint32_t index) {
  return index != MCNN_NO_OP && plan->ops[index].last_reader == reader;
}

/* Whether the gradient of an op's input can be written where it is kept. */
static int writes_kept(const mcnn_plan *plan, size_t index) {
  const mcnn_op *op = &plan->ops[index];
  return op->other == MCNN_NO_OP && is_kept(plan, op->input) && gives_first(plan, index, op->input);
}

static float *dx_of(const some_images *s, size_t index) {
  const mcnn_plan *plan = mcnn_executor_plan(s->executor);
  const mcnn_op *op = &plan->ops[index];
  const int is_needed = (op->input != MCNN_NO_OP && plan->ops[op->input].learns) ||
                        (op->other != MCNN_NO_OP && plan->ops[op->other].learns);
  if (!is_needed || s->scope == LAST_DW_ONLY)
    return NULL;
  if (writes_kept(plan, index))
    return kept_gradient(s, op->input);
  return s->own->scratch + s->executor->op_scratch + (size_t)s->ping * s->executor->spatial_floats;
}

static void backward_op(some_images *s, size_t index) {
  const mcnn_plan *plan = mcnn_executor_plan(s->executor);
  const mcnn_op *op = &plan->ops[index];
  if (!op->learns)
    return;
  float *dx = dx_of(s, index);
  mcnn_backward call =
      backward_call(s->executor, index, s->begin, s->end, gradient_of(s, (uint32_t)index), dx);
  const int is_last = index + 1 == plan->num_spatial;
  call.partial = is_last && s->scope == ALL_BUT_LAST_DW
                     ? NULL
                     : s->partial + s->executor->partial_offset[index];
  call.accumulate = s->accumulate;
  call.packed = mcnn_executor_packed(s->executor, s->own);
  call.scratch = s->own->scratch;
  op->kind->backward(&call);
  if (!dx || writes_kept(plan, index))
    return;
  keep(s, op->input, gives_first(plan, index, op->input), dx);
  keep(s, op->other, gives_first(plan, index, op->other) && op->other != op->input, dx);
  s->chained = dx;
  s->ping = !s->ping;
}

/* The ops of the stage, and then the statistics of what has reached the op before it. */
static void backward_few(some_images *s) {
  mcnn_executor *executor = s->executor;
  const uint32_t measured = executor->measured;
  for (size_t i = executor->stage_end; i-- > executor->stage_begin;) {
    backward_op(s, i);
    if (s->scope == LAST_DW_ONLY)
      return;
  }
  if (measured == MCNN_NO_OP)
    return;
  mcnn_backward call =
      backward_call(executor, measured, s->begin, s->end, gradient_of(s, measured), NULL);
  call.scratch = s->own->scratch;
  const size_t step = executor->statistics_doubles;
  call.op->kind->statistics->measure_gradient(&call, executor->statistics + s->begin * step, step);
}

/* The blocks of images [block, block + blocks), as far as there are so many. */
static void backward_blocks(mcnn_executor *executor, backward_scope scope, size_t block,
                            size_t blocks, size_t worker) {
  float *partial = executor->partial + block * executor->partial_floats;
  const size_t all = mcnn_image_blocks(executor->images);
  size_t begin, end, ignored;
  mcnn_task_range(executor->images, all, block, &begin, &ignored);
  mcnn_task_range(executor->images, all, mcnn_min(block + blocks, all), &end, &ignored);
  for (size_t at = begin; at < end; at += mcnn_executor_plan(executor)->image_block) {
    some_images s = {.executor = executor,
                     .own = &executor->workers[worker],
                     .block_begin = begin,
                     .begin = at,
                     .end = mcnn_min(at + mcnn_executor_plan(executor)->image_block, end),
                     .scope = scope,
                     .accumulate = at > begin,
                     .partial = partial};
    backward_few(&s);
  }
}

static void block_task(void *context, size_t task, size_t worker) {
  backward_blocks(context, ALL, task, 1, worker);
}

static void split_task(void *context, size_t task, size_t worker) {
  const size_t first = task / TASKS_OF_BLOCKS * LAST_DW_BLOCKS, place = task % TASKS_OF_BLOCKS;
  if (place == LAST_DW_BLOCKS)
    backward_blocks(context, LAST_DW_ONLY, first, LAST_DW_BLOCKS, worker);
  else
    backward_blocks(context, ALL_BUT_LAST_DW, first + place, 1, worker);
}

/* The last op with statistics before op `end`, or MCNN_NO_OP. */
static uint32_t last_statistics(const mcnn_plan *plan, size_t end) {
  while (end-- > 0)
    if (plan->ops[end].kind->statistics)
      return (uint32_t)end;
  return MCNN_NO_OP;
}

/* Adds up partial gradients and hands them on. */
static void finish_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_finish_task *todo = &executor->finish[executor->first_finish + task];
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  const int is_last_dw = splits_last_dw(plan) && todo->op + 1 == plan->num_spatial;
  const mcnn_finish call = {.net = executor->net,
                            .op = &plan->ops[todo->op],
                            .partial = executor->partial + executor->partial_offset[todo->op],
                            .count = is_last_dw ? last_dw_tasks(executor)
                                                : mcnn_image_blocks(executor->images),
                            .stride = (is_last_dw ? LAST_DW_BLOCKS : 1) * executor->partial_floats,
                            .gradient = executor->gradients[todo->op],
                            .receive = executor->receive,
                            .context = executor->receive_context};
  (void)worker;
  call.op->kind->finish(&call, todo->task);
}

/* Of the stage's ops. `end`: of the finish tasks that have not been run; returns the next one. */
static size_t finish_stage(mcnn_executor *executor, mcnn_pool *pool, size_t end) {
  size_t first = end;
  while (first > 0 && executor->finish[first - 1].op >= executor->stage_begin)
    first--;
  executor->first_finish = first;
  mcnn_pool_run(pool, finish_task, executor, end - first);
  return first;
}

/* In stages: before the gradient goes through an op with statistics, all images' has reached it.
 * What a stage has added up is handed on at once, while it is in a cache. */
static void backward_spatial_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  executor->stage_end = plan->num_spatial;
  executor->measured = last_statistics(plan, plan->num_spatial);
  size_t unfinished = executor->num_finish;
  for (;;) {
    executor->stage_begin = executor->measured == MCNN_NO_OP ? 0 : executor->measured + 1;
    if (splits_last_dw(plan))
      mcnn_pool_run(pool, split_task, executor, TASKS_OF_BLOCKS * last_dw_tasks(executor));
    else
      mcnn_pool_run(pool, block_task, executor, mcnn_image_blocks(executor->images));
    unfinished = finish_stage(executor, pool, unfinished);
    if (executor->measured == MCNN_NO_OP)
      return;
    reduce_gradient(executor, executor->measured);
    executor->stage_end = executor->stage_begin;
    executor->measured = last_statistics(plan, executor->measured);
  }
}

void mcnn_executor_backward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                            mcnn_gradient_fn receive, void *context) {
  assert(executor->step > 0 && weights == executor->weights); /* a forward pass came first */
  executor->weights = weights;
  executor->receive = receive;
  executor->receive_context = context;
  executor->feature_gradient = backward_dense_part(executor, pool);
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  if (executor->num_finish == 0 && !has_statistics(plan))
    return; /* nothing there learns */
  backward_spatial_part(executor, pool);
}
