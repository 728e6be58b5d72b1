/* The memory of a pass. */
#include "nn/pass.h"

#include "base/status.h"
#include "nn/pass_work.h"

#include <string.h>

/* --- sizes ------------------------------------------------------------------------------------
 */

static size_t widest_dense_input(const mcnn_net *net) {
  size_t widest = net->arch->num_classes;
  for (size_t i = net->num_spatial; i < net->num_ops; i++)
    widest = mcnn_larger(widest, mcnn_larger(net->ops[i].in_floats, net->ops[i].out_floats));
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

static void measure_conv(mcnn_pass *pass, size_t i) {
  const mcnn_op *op = &pass->net->ops[i];
  const size_t rows = op->layer->kernel_count / op->layer->bias_count;
  pass->partial_offset[i] = pass->partial_floats;
  pass->partial_floats += mcnn_whole_lines(pass->net->kernels->conv_grad_floats(&op->conv));
  pass->to_finish.count += slices_of(rows, finished_rows(op));
}

static void measure_dense(mcnn_pass *pass, size_t i) {
  const mcnn_op *op = &pass->net->ops[i];
  const size_t parts = mcnn_op_parts(op);
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, MCNN_DENSE_INPUTS, op->part);
  const size_t dx = mcnn_whole_lines(pass->net->kernels->dense_dx_floats(&g, pass->max_batch));
  const size_t together = mcnn_smaller(parts, MCNN_PARTS_TOGETHER);
  pass->dense_block =
      mcnn_larger(pass->dense_block, together * mcnn_whole_lines(MCNN_DENSE_INPUTS * op->part));
  pass->dense_dx = mcnn_larger(pass->dense_dx, dx);
  if (parts > 1) {
    pass->masked_floats = mcnn_larger(pass->masked_floats, pass->max_batch * op->out_floats);
    pass->partial_dx_floats =
        mcnn_larger(pass->partial_dx_floats, slices_of(parts, MCNN_PARTS_TOGETHER) *
                                                 slices_of(op->in_floats, MCNN_DENSE_INPUTS) * dx);
  }
  if (mcnn_op_follows(pass->net, i)) {
    pass->partial_y_floats = mcnn_larger(pass->partial_y_floats,
                                         mcnn_op_parts(op - 1) * pass->max_batch * op->out_floats);
    pass->zero_floats = mcnn_larger(pass->zero_floats, op->out_floats);
  }
}

static size_t worker_floats(const mcnn_pass *pass) {
  return mcnn_larger(pass->op_scratch + 2 * pass->spatial_side, pass->dense_block + pass->dense_dx);
}

/* What the ops need of a worker, and where their partial gradients lie. */
static void measure_ops(mcnn_pass *pass) {
  const mcnn_net *net = pass->net;
  for (size_t i = 0; i < net->num_ops; i++) {
    const mcnn_op *op = &net->ops[i];
    pass->op_scratch = mcnn_larger(pass->op_scratch,
                                   mcnn_op_scratch_floats(net, op, pass->chunk, MCNN_FOR_TRAINING));
    if (op->kind == MCNN_OP_CONV2D)
      measure_conv(pass, i);
    if (op->kind == MCNN_OP_DENSE)
      measure_dense(pass, i);
  }
  pass->op_scratch = mcnn_whole_lines(pass->op_scratch);
  pass->spatial_side = mcnn_whole_lines(pass->chunk * net->widest_spatial);
}

static void add_slices(mcnn_slices *slices, size_t op, size_t count, size_t each) {
  for (size_t begin = 0; begin < count; begin += each) {
    const size_t end = count - begin < each ? count : begin + each;
    slices->list[slices->count++] = (mcnn_slice){op, begin, end};
  }
}

static void list_slices(mcnn_pass *pass) {
  pass->to_finish.count = 0;
  for (size_t i = 0; i < pass->net->num_ops; i++) {
    const mcnn_op *op = &pass->net->ops[i];
    if (op->kind != MCNN_OP_CONV2D)
      continue;
    add_slices(&pass->to_finish, i, op->layer->kernel_count / op->layer->bias_count,
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

static void place_op(mcnn_pass *pass, placer *p, size_t i) {
  const mcnn_op *op = &pass->net->ops[i];
  const size_t bytes = chosen_bytes(op);
  pass->outputs[i] = place(p, pass->max_batch, op->out_floats, sizeof(float));
  pass->chosen[i] = bytes ? place(p, pass->max_batch, bytes, 1) : NULL;
  if (op->kind == MCNN_OP_CONV2D) {
    pass->kernel_gradients[i] = place(
        p, 1, mcnn_whole_lines(op->layer->kernel_count) + op->layer->bias_count, sizeof(float));
  }
}

static void place_all(mcnn_pass *pass, uint32_t workers) {
  const mcnn_net *net = pass->net;
  placer p = {&pass->arena, 0};
  const size_t batch = pass->max_batch;
  pass->inputs = place(&p, batch, net->input_floats, sizeof(float));
  for (size_t i = 0; i < net->num_ops; i++)
    place_op(pass, &p, i);
  for (int turn = 0; turn < 2; turn++)
    pass->dense_gradients[turn] = place(&p, batch, widest_dense_input(net), sizeof(float));
  pass->masked = place(&p, 1, pass->masked_floats, sizeof(float));
  pass->partial_dx = place(&p, 1, pass->partial_dx_floats, sizeof(float));
  pass->partial_y = place(&p, 1, pass->partial_y_floats, sizeof(float));
  pass->zeros = place(&p, 1, pass->zero_floats, sizeof(float));
  for (int i = 0; i < 2; i++)
    pass->bias_gradients[i] = place(&p, 1, widest_dense_input(net), sizeof(float));
  pass->partial = place(&p, MCNN_IMAGE_PIECES, pass->partial_floats, sizeof(float));
  for (uint32_t w = 0; w < workers; w++) {
    pass->workers[w].scratch = place(&p, 1, worker_floats(pass), sizeof(float));
    pass->workers[w].packed = place(&p, 1, net->packed_floats[MCNN_FOR_TRAINING], sizeof(float));
  }
}

static mnistcnn_status allocate_tables(mcnn_pass *pass, uint32_t workers) {
  const size_t ops = pass->net->num_ops;
  pass->outputs = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->outputs);
  pass->chosen = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->chosen);
  pass->kernel_gradients = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->kernel_gradients);
  pass->partial_offset = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->partial_offset);
  pass->workers = mcnn_alloc_zeroed(&pass->alloc, workers, sizeof *pass->workers);
  const int ok = pass->outputs && pass->chosen && pass->kernel_gradients && pass->partial_offset &&
                 pass->workers;
  return ok ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

static mnistcnn_status allocate(mcnn_pass *pass, uint32_t workers) {
  mnistcnn_status status = allocate_tables(pass, workers);
  if (status != MNISTCNN_OK)
    return status;
  measure_ops(pass);
  pass->to_finish.list = mcnn_alloc_array(&pass->alloc, pass->to_finish.count, sizeof(mcnn_slice));
  if (!pass->to_finish.list)
    return MNISTCNN_OUT_OF_MEMORY;
  list_slices(pass);
  place_all(pass, workers);
  return mcnn_arena_allocate(&pass->arena, &pass->alloc);
}

mnistcnn_status mcnn_pass_create(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                 const mcnn_alloc *alloc, mcnn_pass **out) {
  mcnn_pass *pass = mcnn_alloc_zeroed(alloc, 1, sizeof *pass);
  *out = NULL;
  if (!pass)
    return MNISTCNN_OUT_OF_MEMORY;
  pass->alloc = *alloc;
  pass->net = net;
  pass->max_batch = max_batch;
  pass->chunk = mcnn_net_chunk(net);
  const mnistcnn_status status = allocate(pass, workers);
  if (status != MNISTCNN_OK) {
    mcnn_pass_free(pass);
    return status;
  }
  place_all(pass, workers);
  if (pass->zero_floats > 0)
    memset(pass->zeros, 0, pass->zero_floats * sizeof(float));
  *out = pass;
  return MNISTCNN_OK;
}

void mcnn_pass_free(mcnn_pass *pass) {
  if (!pass)
    return;
  const mcnn_alloc alloc = pass->alloc;
  mcnn_arena_free(&pass->arena, &alloc);
  mcnn_free(&alloc, pass->to_finish.list);
  mcnn_free(&alloc, pass->workers);
  mcnn_free(&alloc, pass->partial_offset);
  mcnn_free(&alloc, pass->kernel_gradients);
  mcnn_free(&alloc, pass->chosen);
  mcnn_free(&alloc, pass->outputs);
  mcnn_free(&alloc, pass);
}

const float *mcnn_pass_packed(const mcnn_pass *pass, mcnn_pass_worker *worker) {
  if (worker->packed_in != pass->turn) {
    mcnn_net_pack_for(pass->net, pass->weights, MCNN_FOR_TRAINING, worker->packed);
    worker->packed_in = pass->turn;
  }
  return worker->packed;
}

const float *mcnn_pass_probabilities(const mcnn_pass *pass) {
  return pass->outputs[pass->net->num_ops - 1];
}
