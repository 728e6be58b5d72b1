#include "nn/parts.h"

#include "base/cost.h"
#include "base/sizes.h"
#include "nn/layer_kind.h"
#include "nn/net.h"

/* Multiply-adds, and floats read and written, from which on an op is shared. A job of the pool
 * takes less than half a microsecond, and a thread reads what it has written itself sooner. */
enum { MIN_SHARED_WORK = 1 << 13 };

/* Multiply-adds from which on a network is shared, about 40 us on one thread: waking up the
 * threads, where they sleep, takes 10 to 20. */
enum { MIN_SHARED_MACS = 1 << 21 };

typedef struct shared_op {
  const mcnn_forward *call;
  size_t part_floats, parts, tasks;
  size_t scratch_step;
} shared_op;

static void forward_task(void *context, size_t task, size_t worker) {
  const shared_op *shared = context;
  mcnn_forward call = *shared->call;
  const mcnn_op *op = call.op;
  size_t begin, end;
  mcnn_task_range(shared->parts, shared->tasks, task, &begin, &end);
  begin *= shared->part_floats;
  end = mcnn_min(end * shared->part_floats, op->out_floats);
  if (call.scratch)
    call.scratch += worker * shared->scratch_step;
  op->kind->forward_part(&call, begin, end);
  mcnn_forward_after(&call, begin, end);
}

static uint64_t work_of(const mcnn_op *op) {
  const uint64_t macs = op->kind->macs ? op->kind->macs(op) : 0;
  return mcnn_saturating_add(macs, op->in_floats + op->out_floats);
}

/* How many floats of y are one part; 0: the op is not shared. */
static size_t part_floats(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  return op->kind->part_floats && work_of(op) >= MIN_SHARED_WORK
             ? op->kind->part_floats(call->net, op)
             : 0;
}

void mcnn_forward_shared(const mcnn_forward *call, const mcnn_workers *workers) {
  const mcnn_op *op = call->op;
  shared_op shared = {
      .call = call, .part_floats = part_floats(call), .scratch_step = workers->scratch_step};
  if (shared.part_floats == 0 || op->out_floats <= shared.part_floats) {
    op->kind->forward(call);
    mcnn_forward_after(call, 0, op->out_floats);
    return;
  }
  shared.parts = mcnn_ceil_div(op->out_floats, shared.part_floats);
  /* One task a thread: Winograd's algorithm reads all its filters for every few tiles, so that
   * large parts are cheaper. */
  shared.tasks = mcnn_min(shared.parts, mcnn_pool_threads(workers->pool));
  mcnn_pool_run(workers->pool, forward_task, &shared, shared.tasks);
}

int mcnn_net_is_worth_sharing(const mcnn_net *net) {
  return mcnn_net_macs(net) >= MIN_SHARED_MACS;
}
