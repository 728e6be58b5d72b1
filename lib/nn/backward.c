/* The backward half of an executor. */
#include "nn/executor_work.h"

#include <assert.h>

/* --- the dense part --------------------------------------------------------------------------- */

/* An op without a batch_backward: in place. */
static void backward_in_place(mcnn_executor *executor, size_t index, float *dy) {
  const mcnn_op *op = &executor->net->ops[index];
  const mcnn_backward call = {.net = executor->net,
                              .op = op,
                              .images = executor->images,
                              .x = mcnn_op_input(executor, index),
                              .y = executor->outputs[index],
                              .saved = executor->saved[index],
                              .dy = dy,
                              .dx = dy};
  op->kind->backward(&call);
}

/* The gradient at the features, in one of the two ping-pong buffers. */
static const float *backward_dense_part(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_net *net = executor->net;
  int ping = 0;
  for (size_t i = net->num_ops; i-- > net->num_spatial;) {
    const int fused = i > net->num_spatial && net->ops[i - 1].fused_with_next;
    i -= fused ? 1 : 0;
    const mcnn_layer_kind *kind = net->ops[i].kind;
    float *dy = executor->batch_gradients[ping], *other = executor->batch_gradients[!ping];
    if (!kind->batch_backward) {
      backward_in_place(executor, i, dy);
      continue;
    }
    kind->batch_backward(executor, pool, i, dy, other);
    ping = fused ? ping : !ping;
  }
  return executor->batch_gradients[ping];
}

/* --- the spatial part ------------------------------------------------------------------------- */

/* Op `index` over the images [begin, end): dy and dx are of these images only. */
static void backward_images(mcnn_executor *executor, size_t index, size_t begin, size_t end,
                            int accumulate, float *partial, const float *dy, float *dx,
                            const float *packed, float *scratch) {
  const mcnn_op *op = &executor->net->ops[index];
  const uint8_t *saved = executor->saved[index];
  const size_t at = begin * op->out_floats;
  assert(begin < end && end <= executor->images);
  const mcnn_backward call = {.net = executor->net,
                              .op = op,
                              .packed = packed,
                              .images = end - begin,
                              .x = mcnn_op_input(executor, index) + begin * op->in_floats,
                              .y = executor->outputs[index] + at,
                              .saved = saved ? saved + begin * mcnn_op_saved_bytes(op) : NULL,
                              .dy = dy,
                              .dx = dx,
                              .partial = partial,
                              .accumulate = accumulate,
                              .scratch = scratch};
  op->kind->backward(&call);
}

/* What a task computes. Where the last op of the spatial part has parameters, and is not all of it,
 * their gradient is a task by itself, of twice as many images: the more tasks, the less a thread
 * waits for another's last one, and the fewer partial sums of the many weights there are, the less
 * one processor core fetches from another to add them up. */
typedef enum backward_scope { ALL, LAST_DW_ONLY, ALL_BUT_LAST_DW } backward_scope;

/* Blocks of images in one such gradient, and tasks for so many. */
enum { LAST_DW_BLOCKS = 2, TASKS_OF_BLOCKS = LAST_DW_BLOCKS + 1 };

static int splits_last_dw(const mcnn_net *net) {
  return net->num_spatial > 1 && mcnn_op_has_partial(&net->ops[net->num_spatial - 1]);
}

static size_t last_dw_tasks(const mcnn_executor *executor) {
  return mcnn_ceil_div(mcnn_image_blocks(executor->images), LAST_DW_BLOCKS);
}

/* The images [begin, end), which are few; partial: the gradients of their block, added to where
 * `accumulate`. */
static void backward_few(mcnn_executor *executor, backward_scope scope, size_t begin, size_t end,
                         int accumulate, float *partial, mcnn_executor_worker *own) {
  const mcnn_net *net = executor->net;
  const float *packed = mcnn_executor_packed(executor, own);
  const float *dy = executor->feature_gradient + begin * net->feature_floats;
  int ping = 0;
  for (size_t i = net->num_spatial; i-- > 0;) {
    const int is_last = i + 1 == net->num_spatial;
    float *dx = own->scratch + executor->op_scratch + (size_t)ping * executor->spatial_floats;
    backward_images(executor, i, begin, end, accumulate,
                    is_last && scope == ALL_BUT_LAST_DW ? NULL
                                                        : partial + executor->partial_offset[i],
                    dy, i == 0 || scope == LAST_DW_ONLY ? NULL : dx, packed, own->scratch);
    if (scope == LAST_DW_ONLY)
      return;
    dy = dx;
    ping = !ping;
  }
}

/* The blocks of images [block, block + blocks), as far as there are so many. */
static void backward_blocks(mcnn_executor *executor, backward_scope scope, size_t block,
                            size_t blocks, size_t worker) {
  float *partial = executor->partial + block * executor->partial_floats;
  const size_t all = mcnn_image_blocks(executor->images);
  size_t begin, end, ignored;
  mcnn_task_range(executor->images, all, block, &begin, &ignored);
  mcnn_task_range(executor->images, all, mcnn_min(block + blocks, all), &end, &ignored);
  for (size_t at = begin; at < end; at += executor->net->image_block) {
    backward_few(executor, scope, at, mcnn_min(at + executor->net->image_block, end), at > begin,
                 partial, &executor->workers[worker]);
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

/* Adds up partial gradients and hands them on. */
static void finish_task(void *context, size_t task, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_finish_task *todo = &executor->finish[task];
  const mcnn_net *net = executor->net;
  const int is_last_dw = splits_last_dw(net) && todo->op + 1 == net->num_spatial;
  const mcnn_finish call = {.net = net,
                            .op = &net->ops[todo->op],
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

void mcnn_executor_backward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                            mcnn_gradient_fn receive, void *context) {
  assert(executor->step > 0 && weights == executor->weights); /* a forward pass came first */
  executor->weights = weights;
  executor->receive = receive;
  executor->receive_context = context;
  executor->feature_gradient = backward_dense_part(executor, pool);
  if (executor->num_finish == 0)
    return;
  if (splits_last_dw(executor->net))
    mcnn_pool_run(pool, split_task, executor, TASKS_OF_BLOCKS * last_dw_tasks(executor));
  else
    mcnn_pool_run(pool, block_task, executor, mcnn_image_blocks(executor->images));
  mcnn_pool_run(pool, finish_task, executor, executor->num_finish);
}
