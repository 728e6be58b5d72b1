/* The forward half of an executor. */
#include "nn/executor_work.h"

#include <assert.h>

/* --- packed weights --------------------------------------------------------------------------- */

const float *mcnn_executor_packed(const mcnn_executor *executor, mcnn_executor_worker *worker) {
  if (worker->packed_step != executor->step) {
    mcnn_net_pack_for(executor->net, executor->weights, MCNN_FOR_TRAINING, worker->packed);
    worker->packed_step = executor->step;
  }
  return worker->packed;
}

/* --- one op over some images ------------------------------------------------------------------ */

mcnn_forward mcnn_executor_forward_call(const mcnn_executor *executor, size_t index, size_t begin,
                                        size_t end) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  uint8_t *saved = executor->saved[index];
  assert(begin < end && end <= executor->images);
  assert(index < mcnn_executor_plan(executor)->num_ops);
  return (mcnn_forward){.net = executor->net,
                        .op = op,
                        .weights = executor->weights,
                        .training = MCNN_FOR_TRAINING,
                        .seed = executor->batch->seed,
                        .step = executor->batch->step,
                        .first_image = begin,
                        .images = end - begin,
                        .x = mcnn_op_input(executor, index) + begin * op->in_floats,
                        .other = op->other == MCNN_NO_OP
                                     ? NULL
                                     : executor->outputs[op->other] + begin * op->in_floats,
                        .y = executor->outputs[index] + begin * op->out_floats,
                        .saved = saved ? saved + begin * mcnn_op_saved_bytes(op) : NULL,
                        .state = executor->states[index]};
}

void mcnn_executor_forward_images(mcnn_executor *executor, size_t index, size_t begin, size_t end,
                                  const float *packed, float *scratch) {
  mcnn_forward call = mcnn_executor_forward_call(executor, index, begin, end);
  call.packed = packed;
  call.scratch = scratch;
  call.op->kind->forward(&call);
}

/* --- the spatial part ------------------------------------------------------------------------- */

/* Images in one task: what Winograd takes at once where an image has four tiles. The last task of
 * an interval of images, which is half of a usual batch, is a small one, so that two threads end
 * together. */
enum { TASK_IMAGES = 3, INTERVAL_IMAGES = 16, INTERVAL_TASKS = 6 };

static size_t spatial_tasks(size_t images) {
  return mcnn_ceil_div(images, INTERVAL_IMAGES) * INTERVAL_TASKS;
}

/* No images where the batch ends within an interval. */
static void spatial_range(size_t images, size_t task, size_t *begin, size_t *end) {
  const size_t first = task / INTERVAL_TASKS * INTERVAL_IMAGES;
  *begin = first + task % INTERVAL_TASKS * TASK_IMAGES;
  *end = mcnn_min(images, mcnn_min(*begin + TASK_IMAGES, first + INTERVAL_IMAGES));
}

static void fill_inputs(const mcnn_executor *executor, size_t begin, size_t end, size_t worker) {
  for (size_t image = begin; image < end; image++) {
    executor->batch->fill(executor->batch->context, image, worker,
                          executor->inputs + image * executor->net->input_floats);
  }
}

/* Measures what the op behind the stage is given. */
static void measure_images(const mcnn_executor *executor, size_t begin, size_t end,
                           float *scratch) {
  mcnn_forward call = mcnn_executor_forward_call(executor, executor->stage_end, begin, end);
  call.scratch = scratch;
  const size_t step = executor->statistics_doubles;
  call.op->kind->statistics->measure(&call, executor->statistics + begin * step, step);
}

static void spatial_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  mcnn_executor_worker *own = &executor->workers[worker];
  size_t begin, end;
  spatial_range(executor->images, task, &begin, &end);
  if (begin >= end)
    return;
  const float *packed = mcnn_executor_packed(executor, own);
  for (size_t at = begin; at < end; at += mcnn_executor_plan(executor)->image_block) {
    const size_t stop = mcnn_min(at + mcnn_executor_plan(executor)->image_block, end);
    if (executor->is_first_stage)
      fill_inputs(executor, at, stop, worker);
    for (size_t i = executor->stage_begin; i < executor->stage_end; i++)
      mcnn_executor_forward_images(executor, i, at, stop, packed, own->scratch);
    if (executor->stage_end < mcnn_executor_plan(executor)->num_spatial)
      measure_images(executor, at, stop, own->scratch);
  }
}

static void reduce(mcnn_executor *executor, size_t index) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  const mcnn_reduce call = {.net = executor->net,
                            .op = op,
                            .weights = executor->weights,
                            .sums = executor->statistics,
                            .step = executor->statistics_doubles,
                            .images = executor->images,
                            .state = executor->states[index]};
  op->kind->statistics->reduce(&call);
}

/* In stages: before an op with statistics, the ops before it have run over all images. */
static void forward_spatial_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  executor->is_first_stage = 1;
  executor->stage_begin = 0;
  executor->stage_end = mcnn_next_statistics(plan, 0);
  for (;;) {
    mcnn_pool_run(pool, spatial_task, executor, spatial_tasks(executor->images));
    if (executor->stage_end == plan->num_spatial)
      return;
    reduce(executor, executor->stage_end);
    executor->is_first_stage = 0;
    executor->stage_begin = executor->stage_end;
    executor->stage_end = mcnn_next_statistics(plan, executor->stage_begin + 1);
  }
}

/* --- the dense part --------------------------------------------------------------------------- */

/* Images of an op in one task: what the tiles of rows of a narrow dense layer take at once. */
enum { BATCH_TASK_IMAGES = 8 };

typedef struct batch_op {
  mcnn_executor *executor;
  size_t index;
} batch_op;

static void images_task(void *context, size_t task, size_t worker) {
  const batch_op *run = context;
  const size_t begin = task * BATCH_TASK_IMAGES;
  (void)worker;
  mcnn_executor_forward_images(run->executor, run->index, begin,
                               mcnn_min(begin + BATCH_TASK_IMAGES, run->executor->images), NULL,
                               NULL);
}

/* On one thread: what follows a flatten is little. */
static void take_batch_statistics(mcnn_executor *executor, size_t index) {
  const mcnn_forward call = mcnn_executor_forward_call(executor, index, 0, executor->images);
  call.op->kind->statistics->measure(&call, executor->statistics, executor->statistics_doubles);
  reduce(executor, index);
}

void mcnn_executor_forward_batch(mcnn_executor *executor, mcnn_pool *pool, size_t index) {
  batch_op run = {executor, index};
  if (mcnn_executor_plan(executor)->ops[index].kind->statistics)
    take_batch_statistics(executor, index);
  mcnn_pool_run(pool, images_task, &run, mcnn_ceil_div(executor->images, BATCH_TASK_IMAGES));
}

static void finish_batch_op(mcnn_executor *executor, size_t index, size_t begin, size_t end) {
  const mcnn_layer_kind *kind = mcnn_executor_plan(executor)->ops[index].kind;
  if (kind->batch_finish)
    kind->batch_finish(executor, index, begin, end);
}

/* All but what is left to do for the last op, which the loss's tasks do. */
static void forward_dense_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  size_t next;
  for (size_t i = plan->num_spatial; i < plan->num_ops; i = next) {
    const mcnn_layer_kind *kind = plan->ops[i].kind;
    next = i + 1 + plan->ops[i].fused_with_next;
    if (kind->batch_forward)
      kind->batch_forward(executor, pool, i);
    else
      mcnn_executor_forward_batch(executor, pool, i);
    executor->last_batch_op = i;
    if (next < plan->num_ops)
      finish_batch_op(executor, i, 0, executor->images);
  }
}

/* --- the loss --------------------------------------------------------------------------------- */

/* The probabilities of the last op's outputs, their loss and its gradient. */
static void loss_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_net *net = executor->net;
  const mcnn_plan *plan = mcnn_executor_plan(executor);
  const size_t classes = net->arch->num_classes;
  mcnn_loss_sums sums = {0};
  size_t begin, end;
  (void)worker;
  mcnn_task_range(executor->images, mcnn_image_blocks(executor->images), task, &begin, &end);
  if (plan->num_spatial < plan->num_ops)
    finish_batch_op(executor, executor->last_batch_op, begin, end);
  const uint32_t *labels = executor->batch->labels + begin;
  float *p = executor->probabilities + begin * classes;
  mcnn_output_probabilities(net->arch->output, net->kernels, end - begin, classes,
                            executor->outputs[plan->num_ops - 1] + begin * classes, p);
  mcnn_loss_add(executor->loss, p, labels, end - begin, &sums);
  mcnn_loss_gradient(executor->loss, executor->images, p, labels, end - begin,
                     executor->batch_gradients[0] + begin * classes);
  executor->sums[task] = sums;
}

void mcnn_executor_forward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                           const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums) {
  assert(batch->images >= 1 && batch->images <= executor->max_batch);
  executor->batch = batch;
  executor->images = batch->images;
  executor->weights = weights;
  executor->loss = loss;
  executor->step++;
  forward_spatial_part(executor, pool);
  forward_dense_part(executor, pool);
  mcnn_pool_run(pool, loss_task, executor, mcnn_image_blocks(executor->images));
  for (size_t block = 0; block < mcnn_image_blocks(executor->images); block++)
    mcnn_loss_sums_add(sums, &executor->sums[block]);
}
