/* The memory of a executor. */
#include "nn/executor.h"

#include "base/status.h"
#include "nn/executor_work.h"

#include <string.h>

/* --- sizes ------------------------------------------------------------------------------------
 */

static size_t widest_dense_input(const mcnn_net *net) {
  size_t widest = net->arch->num_classes;
  for (size_t i = net->num_spatial; i < net->num_ops; i++)
    widest = mcnn_max(widest, mcnn_max(net->ops[i].in_floats, net->ops[i].out_floats));
  return widest;
}

static size_t chosen_bytes(const mcnn_op *op) {
  const int pools = op->kind == MCNN_OP_MAXPOOL2D ||
                    (op->kind == MCNN_OP_CONV2D && op->conv.pool_height * op->conv.pool_width > 1);
  return pools || op->kind == MCNN_OP_DROPOUT ? op->out_floats : 0;
}

static size_t slices_of(size_t count, size_t each) {
  return (count + each - 1) / each;
}

/* Gray gradients are finished at once: they spread over the kernel in place. */
static size_t finished_rows(const mcnn_op *op) {
  const size_t rows = op->layer->kernel_count / op->layer->bias_count;
  return op->gray ? rows : MCNN_CONV_ROWS;
}

static void measure_conv(mcnn_executor *executor, size_t i) {
  const mcnn_op *op = &executor->net->ops[i];
  const size_t rows = op->layer->kernel_count / op->layer->bias_count;
  executor->partial_offset[i] = executor->partial_floats;
  executor->partial_floats +=
      mcnn_round_up_cache_line(executor->net->kernels->conv_grad_floats(&op->conv));
  executor->to_finish.count += slices_of(rows, finished_rows(op));
}

static void measure_dense(mcnn_executor *executor, size_t i) {
  const mcnn_op *op = &executor->net->ops[i];
  const size_t parts = mcnn_op_parts(op);
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, MCNN_DENSE_INPUTS, op->part);
  const size_t dx =
      mcnn_round_up_cache_line(executor->net->kernels->dense_dx_floats(&g, executor->max_batch));
  const size_t together = mcnn_min(parts, MCNN_PARTS_TOGETHER);
  executor->dense_block = mcnn_max(
      executor->dense_block, together * mcnn_round_up_cache_line(MCNN_DENSE_INPUTS * op->part));
  executor->dense_dx = mcnn_max(executor->dense_dx, dx);
  if (parts > 1) {
    executor->masked_floats =
        mcnn_max(executor->masked_floats, executor->max_batch * op->out_floats);
    executor->partial_dx_floats =
        mcnn_max(executor->partial_dx_floats, slices_of(parts, MCNN_PARTS_TOGETHER) *
                                                  slices_of(op->in_floats, MCNN_DENSE_INPUTS) * dx);
  }
  if (mcnn_op_follows(executor->net, i)) {
    executor->partial_y_floats = mcnn_max(
        executor->partial_y_floats, mcnn_op_parts(op - 1) * executor->max_batch * op->out_floats);
    executor->zero_floats = mcnn_max(executor->zero_floats, op->out_floats);
  }
}

static size_t worker_floats(const mcnn_executor *executor) {
  return mcnn_max(executor->op_scratch + 2 * executor->spatial_side,
                  executor->dense_block + executor->dense_dx);
}

/* What the ops need of a worker, and where their partial gradients lie. */
static void measure_ops(mcnn_executor *executor) {
  const mcnn_net *net = executor->net;
  for (size_t i = 0; i < net->num_ops; i++) {
    const mcnn_op *op = &net->ops[i];
    executor->op_scratch = mcnn_max(
        executor->op_scratch, mcnn_op_scratch_floats(net, op, executor->chunk, MCNN_FOR_TRAINING));
    if (op->kind == MCNN_OP_CONV2D)
      measure_conv(executor, i);
    if (op->kind == MCNN_OP_DENSE)
      measure_dense(executor, i);
  }
  executor->op_scratch = mcnn_round_up_cache_line(executor->op_scratch);
  executor->spatial_side = mcnn_round_up_cache_line(executor->chunk * net->widest_spatial);
}

static void add_slices(mcnn_slices *slices, size_t op, size_t count, size_t each) {
  for (size_t begin = 0; begin < count; begin += each) {
    const size_t end = count - begin < each ? count : begin + each;
    slices->list[slices->count++] = (mcnn_slice){op, begin, end};
  }
}

static void list_slices(mcnn_executor *executor) {
  executor->to_finish.count = 0;
  for (size_t i = 0; i < executor->net->num_ops; i++) {
    const mcnn_op *op = &executor->net->ops[i];
    if (op->kind != MCNN_OP_CONV2D)
      continue;
    add_slices(&executor->to_finish, i, op->layer->kernel_count / op->layer->bias_count,
               finished_rows(op));
  }
}

/* --- memory -----------------------------------------------------------------------------------
 */

/* Each piece is reserved on the first round, when the arena has no memory yet, and found on the
 * second: one list serves both. */
typedef struct placer {
  mcnn_arena *arena;
  size_t next; /* second round: the offset of the next piece */
} placer;

static void *place(placer *p, size_t count, size_t each, size_t size) {
  mcnn_arena sizes = {0};
  size_t total = 0;
  if (!mcnn_checked_mul(count, each, &total))
    p->arena->overflow = 1;
  if (!p->arena->base) {
    mcnn_arena_reserve(p->arena, total, size);
    return NULL;
  }
  sizes.size = p->next;
  const size_t offset = mcnn_arena_reserve(&sizes, total, size);
  p->next = sizes.size;
  return mcnn_arena_at(p->arena, offset);
}

static void place_op(mcnn_executor *executor, placer *p, size_t i) {
  const mcnn_op *op = &executor->net->ops[i];
  const size_t bytes = chosen_bytes(op);
  executor->outputs[i] = place(p, executor->max_batch, op->out_floats, sizeof(float));
  executor->chosen[i] = bytes ? place(p, executor->max_batch, bytes, 1) : NULL;
  if (op->kind == MCNN_OP_CONV2D) {
    executor->kernel_gradients[i] =
        place(p, 1, mcnn_round_up_cache_line(op->layer->kernel_count) + op->layer->bias_count,
              sizeof(float));
  }
}

static void place_all(mcnn_executor *executor, uint32_t workers) {
  const mcnn_net *net = executor->net;
  placer p = {&executor->arena, 0};
  const size_t batch = executor->max_batch;
  executor->inputs = place(&p, batch, net->input_floats, sizeof(float));
  for (size_t i = 0; i < net->num_ops; i++)
    place_op(executor, &p, i);
  for (int turn = 0; turn < 2; turn++)
    executor->dense_gradients[turn] = place(&p, batch, widest_dense_input(net), sizeof(float));
  executor->masked = place(&p, 1, executor->masked_floats, sizeof(float));
  executor->partial_dx = place(&p, 1, executor->partial_dx_floats, sizeof(float));
  executor->partial_y = place(&p, 1, executor->partial_y_floats, sizeof(float));
  executor->zeros = place(&p, 1, executor->zero_floats, sizeof(float));
  for (int i = 0; i < 2; i++)
    executor->bias_gradients[i] = place(&p, 1, widest_dense_input(net), sizeof(float));
  executor->partial = place(&p, MCNN_IMAGE_PIECES, executor->partial_floats, sizeof(float));
  for (uint32_t w = 0; w < workers; w++) {
    executor->workers[w].scratch = place(&p, 1, worker_floats(executor), sizeof(float));
    executor->workers[w].packed =
        place(&p, 1, net->packed_floats[MCNN_FOR_TRAINING], sizeof(float));
  }
}

static mnistcnn_status allocate_tables(mcnn_executor *executor, uint32_t workers) {
  const size_t ops = executor->net->num_ops;
  executor->outputs = mcnn_alloc_zeroed(&executor->alloc, ops, sizeof *executor->outputs);
  executor->chosen = mcnn_alloc_zeroed(&executor->alloc, ops, sizeof *executor->chosen);
  executor->kernel_gradients =
      mcnn_alloc_zeroed(&executor->alloc, ops, sizeof *executor->kernel_gradients);
  executor->partial_offset =
      mcnn_alloc_zeroed(&executor->alloc, ops, sizeof *executor->partial_offset);
  executor->workers = mcnn_alloc_zeroed(&executor->alloc, workers, sizeof *executor->workers);
  const int ok = executor->outputs && executor->chosen && executor->kernel_gradients &&
                 executor->partial_offset && executor->workers;
  return ok ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status allocate(mcnn_executor *executor, uint32_t workers) {
  mnistcnn_status status = allocate_tables(executor, workers);
  if (status != MNISTCNN_OK)
    return status;
  measure_ops(executor);
  executor->to_finish.list =
      mcnn_alloc_array(&executor->alloc, executor->to_finish.count, sizeof(mcnn_slice));
  if (!executor->to_finish.list)
    return MNISTCNN_OUT_OF_MEMORY;
  list_slices(executor);
  place_all(executor, workers);
  return mcnn_arena_allocate(&executor->arena, &executor->alloc);
}

mnistcnn_status mcnn_executor_create(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                     const mcnn_alloc *alloc, mcnn_executor **out) {
  mcnn_executor *executor = mcnn_alloc_zeroed(alloc, 1, sizeof *executor);
  *out = NULL;
  if (!executor)
    return MNISTCNN_OUT_OF_MEMORY;
  executor->alloc = *alloc;
  executor->net = net;
  executor->max_batch = max_batch;
  executor->chunk = mcnn_net_chunk(net);
  const mnistcnn_status status = allocate(executor, workers);
  if (status != MNISTCNN_OK) {
    mcnn_executor_free(executor);
    return status;
  }
  place_all(executor, workers);
  if (executor->zero_floats > 0)
    memset(executor->zeros, 0, executor->zero_floats * sizeof(float));
  *out = executor;
  return MNISTCNN_OK;
}

void mcnn_executor_free(mcnn_executor *executor) {
  if (!executor)
    return;
  const mcnn_alloc alloc = executor->alloc;
  mcnn_arena_free(&executor->arena, &alloc);
  mcnn_free(&alloc, executor->to_finish.list);
  mcnn_free(&alloc, executor->workers);
  mcnn_free(&alloc, executor->partial_offset);
  mcnn_free(&alloc, executor->kernel_gradients);
  mcnn_free(&alloc, executor->chosen);
  mcnn_free(&alloc, executor->outputs);
  mcnn_free(&alloc, executor);
}

const float *mcnn_executor_packed(const mcnn_executor *executor, mcnn_executor_worker *worker) {
  if (worker->packed_in != executor->turn) {
    mcnn_net_pack_for(executor->net, executor->weights, MCNN_FOR_TRAINING, worker->packed);
    worker->packed_in = executor->turn;
  }
  return worker->packed;
}

const float *mcnn_executor_probabilities(const mcnn_executor *executor) {
  return executor->outputs[executor->net->num_ops - 1];
}
