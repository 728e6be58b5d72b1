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

void mcnn_executor_forward_images(mcnn_executor *executor, size_t index, size_t begin, size_t end,
                                  const float *packed, float *scratch) {
  const mcnn_op *op = &executor->net->ops[index];
  uint8_t *saved = executor->saved[index];
  assert(begin < end && end <= executor->images);
  assert(index < executor->net->num_ops);
  const mcnn_forward call = {.net = executor->net,
                             .op = op,
                             .weights = executor->weights,
                             .packed = packed,
                             .training = MCNN_FOR_TRAINING,
                             .seed = executor->batch->seed,
                             .step = executor->batch->step,
                             .first_image = begin,
                             .images = end - begin,
                             .x = mcnn_op_input(executor, index) + begin * op->in_floats,
                             .y = executor->outputs[index] + begin * op->out_floats,
                             .saved = saved ? saved + begin * mcnn_op_saved_bytes(op) : NULL,
                             .scratch = scratch};
  op->kind->forward(&call);
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

static void spatial_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  mcnn_executor_worker *own = &executor->workers[worker];
  size_t begin, end;
  spatial_range(executor->images, task, &begin, &end);
  if (begin >= end)
    return;
  const float *packed = mcnn_executor_packed(executor, own);
  for (size_t at = begin; at < end; at += executor->net->image_block) {
    const size_t stop = mcnn_min(at + executor->net->image_block, end);
    for (size_t image = at; image < stop; image++) {
      executor->batch->fill(executor->batch->context, image, worker,
                            executor->inputs + image * executor->net->input_floats);
    }
    for (size_t i = 0; i < executor->net->num_spatial; i++)
      mcnn_executor_forward_images(executor, i, at, stop, packed, own->scratch);
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

void mcnn_executor_forward_batch(mcnn_executor *executor, mcnn_pool *pool, size_t index) {
  batch_op run = {executor, index};
  mcnn_pool_run(pool, images_task, &run, mcnn_ceil_div(executor->images, BATCH_TASK_IMAGES));
}

static void finish_batch_op(mcnn_executor *executor, size_t index, size_t begin, size_t end) {
  const mcnn_layer_kind *kind = executor->net->ops[index].kind;
  if (kind->batch_finish)
    kind->batch_finish(executor, index, begin, end);
}

/* All but what is left to do for the last op, which the loss's tasks do. */
static void forward_dense_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_net *net = executor->net;
  size_t next;
  for (size_t i = net->num_spatial; i < net->num_ops; i = next) {
    const mcnn_layer_kind *kind = net->ops[i].kind;
    next = i + 1 + net->ops[i].fused_with_next;
    if (kind->batch_forward)
      kind->batch_forward(executor, pool, i);
    else
      mcnn_executor_forward_batch(executor, pool, i);
    executor->last_batch_op = i;
    if (next < net->num_ops)
      finish_batch_op(executor, i, 0, executor->images);
  }
}

/* --- the loss --------------------------------------------------------------------------------- */

/* The probabilities of the last op's outputs, their loss and its gradient. */
static void loss_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_net *net = executor->net;
  const size_t classes = net->arch->num_classes;
  mcnn_loss_sums sums = {0};
  size_t begin, end;
  (void)worker;
  mcnn_task_range(executor->images, mcnn_image_blocks(executor->images), task, &begin, &end);
  if (net->num_spatial < net->num_ops)
    finish_batch_op(executor, executor->last_batch_op, begin, end);
  const uint32_t *labels = executor->batch->labels + begin;
  float *p = executor->probabilities + begin * classes;
  mcnn_output_probabilities(net->arch->output, net->kernels, end - begin, classes,
                            executor->outputs[net->num_ops - 1] + begin * classes, p);
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
  mcnn_pool_run(pool, spatial_task, executor, spatial_tasks(executor->images));
  forward_dense_part(executor, pool);
  mcnn_pool_run(pool, loss_task, executor, mcnn_image_blocks(executor->images));
  for (size_t block = 0; block < mcnn_image_blocks(executor->images); block++)
    mcnn_loss_sums_add(sums, &executor->sums[block]);
}
