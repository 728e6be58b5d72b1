/* The backward half of a executor. */
#include "nn/executor_work.h"

/* --- dense layers ------------------------------------------------------------------------------
 */

static size_t input_pieces(const mcnn_op *op) {
  return (op->in_floats + MCNN_DENSE_INPUTS - 1) / MCNN_DENSE_INPUTS;
}

/* A rectangle of a layer with the outputs of the part that begins at `output`, and its gradient
 * behind the ReLU: in place, but that of one of several parts lies together. */
static mcnn_dense_geometry masked_rectangle(const mcnn_executor *executor,
                                            const mcnn_dense_work *work, size_t inputs,
                                            size_t output, float **dz) {
  const size_t outputs = mcnn_op_part_outputs(work->op, output);
  mcnn_dense_geometry g = mcnn_dense_rectangle(work->op, inputs, outputs);
  *dz = work->dy + output;
  if (mcnn_op_parts(work->op) > 1) {
    *dz = executor->masked + output * executor->images;
    g.dz_step = g.outputs;
  }
  return g;
}

/* A rectangle of a layer: `inputs` of them from `input` on, all outputs of the parts [part, part +
 * parts). The gradient of few rows of the kernel at a time is made in scratch and handed on while
 * it is in the cache. partial_dx: of this rectangle; NULL when nobody needs it. */
static void backward_rectangle(const mcnn_executor *executor, const mcnn_dense_work *work,
                               size_t input, size_t inputs, size_t part, size_t parts,
                               float *partial_dx, size_t worker) {
  const mcnn_op *op = work->op;
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, inputs, op->part);
  mcnn_dense_part list[MCNN_PARTS_TOGETHER];
  float *dw = executor->workers[worker].scratch;
  for (size_t i = 0; i < parts; i++) {
    const size_t output = (part + i) * op->part, outputs = mcnn_op_part_outputs(op, output);
    float *dz;
    const mcnn_dense_geometry own = masked_rectangle(executor, work, inputs, output, &dz);
    const size_t offset = op->layer->kernel_offset + output * op->in_floats + input * outputs;
    list[i] = (mcnn_dense_part){.w = executor->weights + offset,
                                .dz = dz,
                                .dw = dw,
                                .outputs = outputs,
                                .dz_step = own.dz_step};
    dw += mcnn_round_up_cache_line(inputs * outputs);
  }
  executor->net->kernels->dense_backward(
      &g, list, parts, mcnn_op_input(executor, work->index) + input, executor->images, partial_dx);
  for (size_t i = 0; i < parts; i++) {
    executor->receive(executor->receive_context, op->layer, 0,
                      (size_t)(list[i].w - executor->weights), list[i].dw,
                      inputs * list[i].outputs);
  }
}

/* Of the part that begins at `output`: the mask of the ReLU, and the gradient of the bias, which is
 * made in db. */
static void backward_bias(const mcnn_executor *executor, const mcnn_dense_work *work, size_t output,
                          float *db) {
  const mcnn_op *op = work->op;
  float *dz;
  const mcnn_dense_geometry g = masked_rectangle(executor, work, op->in_floats, output, &dz);
  executor->net->kernels->dense_mask(&g, executor->outputs[work->index] + output, work->dy + output,
                                     executor->images, dz, db + output);
  executor->receive(executor->receive_context, op->layer, 1, op->layer->bias_offset + output,
                    db + output, g.outputs);
}

/* Floats from one piece's partial gradient of its inputs to the next. */
static size_t partial_dx_step(const mcnn_executor *executor, const mcnn_op *op) {
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, MCNN_DENSE_INPUTS, op->part);
  return mcnn_round_up_cache_line(executor->net->kernels->dense_dx_floats(&g, executor->images));
}

/* dx of `inputs` inputs from `first` on, from the partial ones of `parts` parts, `stride` floats
 * apart. */
static void finish_dx(const mcnn_executor *executor, const mcnn_dense_work *work, size_t first,
                      size_t inputs, const float *partial_dx, size_t parts, size_t stride) {
  const mcnn_dense_geometry g = mcnn_dense_rectangle(work->op, inputs, work->op->part);
  executor->net->kernels->dense_dx_finish(&g, mcnn_op_input(executor, work->index) + first,
                                          executor->images, partial_dx, parts, stride,
                                          work->dx + first);
}

/* The inputs [begin, end) of a layer with one part. */
static void backward_inputs(const mcnn_executor *executor, const mcnn_dense_work *work,
                            size_t begin, size_t end, size_t worker) {
  float *dx = work->dx ? executor->workers[worker].scratch + executor->dense_block : NULL;
  for (size_t first = begin; first < end; first += MCNN_DENSE_INPUTS) {
    const size_t inputs = mcnn_min(end - first, MCNN_DENSE_INPUTS);
    backward_rectangle(executor, work, first, inputs, 0, 1, dx, worker);
    if (dx)
      finish_dx(executor, work, first, inputs, dx, 1, 0);
  }
}

static void inputs_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const size_t begin = piece * MCNN_DENSE_INPUTS, inputs = executor->layer.op->in_floats;
  backward_inputs(executor, &executor->layer, begin,
                  inputs - begin < MCNN_DENSE_INPUTS ? inputs : begin + MCNN_DENSE_INPUTS, worker);
}

static int is_narrow(const mcnn_executor *executor) {
  const mcnn_op *op = executor->narrow.op;
  return executor->net->kernels->dense_narrow_backward && op->out_floats <= MCNN_NARROW_OUTPUTS &&
         op[-1].part <= MCNN_NARROW_INPUTS;
}

/* The outputs of one part, and the same as the inputs of the narrow layer behind. */
static void backward_narrow(const mcnn_executor *executor, size_t output, size_t outputs,
                            size_t worker) {
  const mcnn_op *op = executor->layer.op, *narrow = executor->narrow.op;
  const mcnn_dense_geometry g = mcnn_dense_rectangle(narrow, outputs, narrow->out_floats);
  const size_t offset = narrow->layer->kernel_offset + output * narrow->out_floats;
  float *dw = executor->workers[worker].scratch, *db = executor->bias_gradients[0] + output, *dz;
  (void)masked_rectangle(executor, &executor->layer, 0, output, &dz);
  executor->net->kernels->dense_narrow_backward(&g, executor->weights + offset,
                                                executor->outputs[executor->layer.index] + output,
                                                executor->narrow.dy, executor->images, dw, dz, db);
  executor->receive(executor->receive_context, narrow->layer, 0, offset, dw,
                    outputs * narrow->out_floats);
  executor->receive(executor->receive_context, op->layer, 1, op->layer->bias_offset + output, db,
                    outputs);
}

/* The outputs of one part: the mask, and before it the same outputs as the inputs of the narrow
 * layer behind. */
static void part_outputs_piece(void *context, size_t part, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_op *op = executor->layer.op;
  const size_t output = part * op->part, outputs = mcnn_op_part_outputs(op, output);
  if (executor->narrow.op && is_narrow(executor)) {
    backward_narrow(executor, output, outputs, worker);
    return;
  }
  if (executor->narrow.op)
    backward_inputs(executor, &executor->narrow, output, output + outputs, worker);
  backward_bias(executor, &executor->layer, output, executor->bias_gradients[0]);
}

/* Parts are worked on together in groups. */
static size_t part_groups(const mcnn_op *op) {
  return (mcnn_op_parts(op) + MCNN_PARTS_TOGETHER - 1) / MCNN_PARTS_TOGETHER;
}

/* A block of the inputs, with the outputs of one group of parts: small pieces, so that a thread
 * that is done early finds something to do. */
static void part_inputs_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_op *op = executor->layer.op;
  const size_t part = piece / input_pieces(op) * MCNN_PARTS_TOGETHER;
  const size_t first = piece % input_pieces(op) * MCNN_DENSE_INPUTS;
  const size_t inputs = mcnn_min(op->in_floats - first, MCNN_DENSE_INPUTS);
  const size_t parts = mcnn_min(mcnn_op_parts(op) - part, MCNN_PARTS_TOGETHER);
  float *dx = executor->partial_dx + piece * partial_dx_step(executor, op);
  backward_rectangle(executor, &executor->layer, first, inputs, part, parts,
                     executor->layer.dx ? dx : NULL, worker);
}

static void add_parts_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_op *op = executor->layer.op;
  const size_t step = partial_dx_step(executor, op), first = piece * MCNN_DENSE_INPUTS;
  const size_t left = op->in_floats - first;
  (void)worker;
  finish_dx(executor, &executor->layer, first, mcnn_min(left, MCNN_DENSE_INPUTS),
            executor->partial_dx + piece * step, part_groups(op), input_pieces(op) * step);
}

/* The other way round than the forward executor: what that read last is still in the cache. */
static void backward_parts(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_op *op = executor->layer.op;
  mcnn_pool_run(pool, part_outputs_piece, executor, mcnn_op_parts(op));
  mcnn_pool_run_ordered(pool, MCNN_ORDER_DESCENDING, part_inputs_piece, executor,
                        part_groups(op) * input_pieces(op));
  if (executor->layer.dx)
    mcnn_pool_run(pool, add_parts_piece, executor, input_pieces(op));
}

static void dense_backward(mcnn_executor *executor, mcnn_pool *pool) {
  if (mcnn_op_parts(executor->layer.op) > 1) {
    backward_parts(executor, pool);
    return;
  }
  backward_bias(executor, &executor->layer, 0, executor->bias_gradients[0]);
  mcnn_pool_run(pool, inputs_piece, executor, input_pieces(executor->layer.op));
}

/* The work on the dense layer of index i, between the two gradient buffers. */
static mcnn_dense_work work_on(const mcnn_executor *executor, size_t i, int turn) {
  return (mcnn_dense_work){.op = &executor->net->ops[i],
                           .index = i,
                           .dy = executor->dense_gradients[turn],
                           .dx = i > 0 ? executor->dense_gradients[!turn] : NULL};
}

/* The gradient at the features, in one of the two dense gradient buffers. */
static const float *backward_dense_layers(mcnn_executor *executor, mcnn_pool *pool) {
  const mcnn_net *net = executor->net;
  int turn = 0;
  for (size_t i = net->num_ops; i-- > net->num_spatial;) {
    const mcnn_op *op = &net->ops[i];
    const size_t count = executor->images * op->out_floats;
    float *dy = executor->dense_gradients[turn];
    executor->narrow.op = NULL;
    if (mcnn_op_follows(net, i)) {
      executor->narrow = work_on(executor, i, turn);
      backward_bias(executor, &executor->narrow, 0, executor->bias_gradients[1]);
      executor->layer = work_on(executor, --i, turn = !turn);
      dense_backward(executor, pool);
      turn = !turn;
    } else if (op->kind == MCNN_OP_DENSE) {
      executor->layer = work_on(executor, i, turn);
      dense_backward(executor, pool);
      turn = !turn;
    } else if (op->kind == MCNN_OP_DROPOUT) {
      mcnn_dropout_backward(op, executor->chosen[i], count, dy, dy);
    } else {
      net->kernels->relu_backward(count, executor->outputs[i], dy, dy);
    }
  }
  return executor->dense_gradients[turn];
}

/* --- the spatial part --------------------------------------------------------------------------
 */

/* Op i of the spatial part over the images [begin, end): dy and dx are of these images only. Where
 * grad or dx is NULL, nobody needs it; grad is added to where `accumulate`. */
static void backward_images(mcnn_executor *executor, size_t i, size_t begin, size_t end,
                            int accumulate, float *grad, const float *dy, float *dx,
                            const float *packed, float *scratch) {
  const mcnn_net *net = executor->net;
  const mcnn_op *op = &net->ops[i];
  const size_t at = begin * op->out_floats;
  const size_t images = end - begin;
  const uint8_t *chosen = executor->chosen[i] ? executor->chosen[i] + at : NULL;
  if (!dx && op->kind != MCNN_OP_CONV2D)
    return;
  switch (op->kind) {
  case MCNN_OP_CONV2D:
    mcnn_conv2d_backward(
        net->kernels, op, packed, mcnn_op_input(executor, i) + begin * op->in_floats,
        executor->outputs[i] + at, chosen, dy, images, accumulate, grad, dx, scratch);
    break;
  case MCNN_OP_MAXPOOL2D:
    net->kernels->maxpool_backward(&op->pool, chosen, dy, images, dx);
    break;
  case MCNN_OP_DROPOUT:
    mcnn_dropout_backward(op, chosen, images * op->out_floats, dy, dx);
    break;
  default:
    net->kernels->relu_backward(images * op->out_floats, executor->outputs[i] + at, dy, dx);
    break;
  }
}

/* What a piece of the job works on. Where the spatial part ends in a convolution, and that is not
 * all of it, its gradient of the weights is a piece by itself, of twice as many images: the more
 * pieces, the less a thread waits for another's last one, and the fewer partial sums of the many
 * weights there are, the less one processor core fetches from another to add them up. */
typedef enum backward_share { SHARE_ALL, SHARE_LAST_DW, SHARE_REST } backward_share;

/* Pieces of the images in one such gradient, and pieces of the job for so many. */
enum { LAST_DW_PIECES = 2, GROUP_PIECES = LAST_DW_PIECES + 1 };

static int is_shared_out(const mcnn_net *net) {
  return net->num_spatial > 1 && net->ops[net->num_spatial - 1].kind == MCNN_OP_CONV2D;
}

static size_t last_dw_pieces(const mcnn_executor *executor) {
  return (mcnn_image_pieces(executor->images) + LAST_DW_PIECES - 1) / LAST_DW_PIECES;
}

/* The images [begin, end), which are few; partial: the gradients of their piece, added to where
 * `accumulate`. */
static void backward_chunk(mcnn_executor *executor, backward_share share, size_t begin, size_t end,
                           int accumulate, float *partial, mcnn_executor_worker *own) {
  const mcnn_net *net = executor->net;
  const float *packed = mcnn_executor_packed(executor, own);
  const float *dy = executor->feature_gradient + begin * net->feature_floats;
  int turn = 0;
  for (size_t i = net->num_spatial; i-- > 0;) {
    const int last = i + 1 == net->num_spatial;
    float *dx = own->scratch + executor->op_scratch + (size_t)turn * executor->spatial_side;
    backward_images(executor, i, begin, end, accumulate,
                    last && share == SHARE_REST ? NULL : partial + executor->partial_offset[i], dy,
                    i == 0 || share == SHARE_LAST_DW ? NULL : dx, packed, own->scratch);
    if (share == SHARE_LAST_DW)
      return;
    dy = dx;
    turn = !turn;
  }
}

/* Pieces of the images [piece, piece + pieces), as far as there are so many, if any. */
static void backward_share_of(mcnn_executor *executor, backward_share share, size_t piece,
                              size_t pieces, size_t worker) {
  float *partial = executor->partial + piece * executor->partial_floats;
  const size_t all = mcnn_image_pieces(executor->images);
  size_t begin, end, ignored;
  mcnn_task_range(executor->images, all, piece, &begin, &ignored);
  mcnn_task_range(executor->images, all, mcnn_min(piece + pieces, all), &end, &ignored);
  for (size_t at = begin; at < end; at += executor->chunk) {
    backward_chunk(executor, share, at, mcnn_min(at + executor->chunk, end), at > begin, partial,
                   &executor->workers[worker]);
  }
}

static void all_backward_piece(void *context, size_t piece, size_t worker) {
  backward_share_of(context, SHARE_ALL, piece, 1, worker);
}

static void shared_backward_piece(void *context, size_t piece, size_t worker) {
  const size_t first = piece / GROUP_PIECES * LAST_DW_PIECES, place = piece % GROUP_PIECES;
  if (place == LAST_DW_PIECES)
    backward_share_of(context, SHARE_LAST_DW, first, LAST_DW_PIECES, worker);
  else
    backward_share_of(context, SHARE_REST, first + place, 1, worker);
}

/* Adds up the partial gradients of one slice and hands them on. */
static void finish_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_slice *slice = &executor->to_finish.list[piece];
  const mcnn_op *op = &executor->net->ops[slice->op];
  const mcnn_layer *layer = op->layer;
  const size_t at = slice->begin * layer->bias_count;
  float *dw = executor->kernel_gradients[slice->op];
  float *db = dw + mcnn_round_up_cache_line(layer->kernel_count);
  (void)worker;
  const int is_last_dw =
      is_shared_out(executor->net) && slice->op + 1 == executor->net->num_spatial;
  mcnn_conv2d_finish(executor->net->kernels, op,
                     executor->partial + executor->partial_offset[slice->op],
                     is_last_dw ? last_dw_pieces(executor) : mcnn_image_pieces(executor->images),
                     (is_last_dw ? LAST_DW_PIECES : 1) * executor->partial_floats, dw, db,
                     slice->begin, slice->end);
  executor->receive(executor->receive_context, layer, 0, layer->kernel_offset + at, dw + at,
                    (slice->end - slice->begin) * layer->bias_count);
  if (slice->begin == 0)
    executor->receive(executor->receive_context, layer, 1, layer->bias_offset, db,
                      layer->bias_count);
}

void mcnn_executor_backward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                            mcnn_gradient_fn receive, void *context) {
  executor->weights = weights;
  executor->receive = receive;
  executor->receive_context = context;
  executor->feature_gradient = backward_dense_layers(executor, pool);
  if (executor->to_finish.count == 0)
    return;
  if (is_shared_out(executor->net))
    mcnn_pool_run(pool, shared_backward_piece, executor, GROUP_PIECES * last_dw_pieces(executor));
  else
    mcnn_pool_run(pool, all_backward_piece, executor, mcnn_image_pieces(executor->images));
  mcnn_pool_run(pool, finish_piece, executor, executor->to_finish.count);
}
