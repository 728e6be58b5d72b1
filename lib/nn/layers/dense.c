/* Dense layer, bias and activation.
 *   x [images][in] -> y [images][out], y = activation(x w + bias); kernel w [in][out], bias [out]
 * or none dw = x^T dz, db = sum of dz over the images, dx = dz w^T, dz = dy where y > 0 (ReLU),
 * else 0
 *
 * A wide layer is trained in blocks of outputs (mcnn_op.block_n), and its kernel kept as [output
 * block][in][outputs of the block] meanwhile: each block is a run of memory that one thread reads
 * and changes step after step, so that it stays in that thread's cache, and panels of it need not
 * be gathered from rows as long as the layer is wide. A layer that is not wide is cut by its
 * inputs instead.
 *
 * A narrow layer right behind a wide one is fused with it (plan.c): it is worked on block by block
 * together with the wide layer's outputs, which are its inputs, while they are in the cache. */
#include "nn/layers/layers.h"

#include "base/threads.h"
#include "kernels/dense/dense.h"
#include "nn/executor_work.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Inputs whose gradient is made at once, and blocks of outputs. Two blocks at once take less than
 * one by one; more do not fit in a first-level cache. */
enum { INPUT_BLOCK = 64, BLOCKS_AT_ONCE = 2 };

/* --- the architecture ------------------------------------------------------------------------- */

static mnistcnn_status read_text(mcnn_layer_reader *reader, mcnn_layer *layer) {
  layer->out = (mcnn_shape){1, 1, reader->num_classes};
  if (!mcnn_layer_text_take(&reader->text, "classes") &&
      !mcnn_layer_text_count(&reader->text, &layer->out.channels))
    return mcnn_layer_reader_fail_syntax(reader, layer->kind);
  layer->no_bias = mcnn_layer_text_take(&reader->text, "nobias") ? 1 : 0;
  return MNISTCNN_OK;
}

static void write_text(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]) {
  (void)snprintf(text, MCNN_LAYER_TEXT_CAPACITY, "dense %u%s", layer->out.channels,
                 layer->no_bias ? " nobias" : "");
}

static mnistcnn_status infer(const mcnn_layer_reader *reader, mcnn_layer *layer) {
  const uint32_t shape[4] = {layer->in.channels, layer->out.channels};
  (void)reader;
  mcnn_layer_add_weights(layer, 2, shape, layer->in.channels, layer->out.channels);
  return MNISTCNN_OK;
}

/* --- geometry --------------------------------------------------------------------------------- */

static void prepare(const mcnn_net *net, mcnn_op *op) {
  const mcnn_layer *layer = op->layer;
  const size_t block_n = net->kernels->dense_block_n;
  op->dense = (mcnn_dense_geometry){.inputs = layer->in.channels,
                                    .outputs = layer->out.channels,
                                    .x_step = layer->in.channels,
                                    .y_step = layer->out.channels,
                                    .dz_step = layer->out.channels,
                                    .activation = op->activation,
                                    .input_is_relu = op->input_is_relu};
  /* Two blocks are not worth it. */
  op->block_n = op->out_floats > 2 * block_n ? block_n : op->out_floats;
  assert(layer->num_parameters == (layer->no_bias ? 1 : 2) && op->in_floats == layer->in.channels);
}

static size_t output_blocks(const mcnn_op *op) {
  return mcnn_ceil_div(op->out_floats, op->block_n);
}

/* Outputs of the block that begins at output `begin`. */
static size_t block_outputs(const mcnn_op *op, size_t begin) {
  return mcnn_min(op->out_floats - begin, op->block_n);
}

static size_t input_blocks(const mcnn_op *op) {
  return mcnn_ceil_div(op->in_floats, INPUT_BLOCK);
}

/* The output blocks are worked on by so many at once. */
static size_t block_pairs(const mcnn_op *op) {
  return mcnn_ceil_div(output_blocks(op), BLOCKS_AT_ONCE);
}

/* Some inputs and outputs of a layer as a layer of its own. */
static mcnn_dense_geometry rectangle(const mcnn_op *op, size_t inputs, size_t outputs) {
  mcnn_dense_geometry g = op->dense;
  g.inputs = (uint32_t)inputs;
  g.outputs = (uint32_t)outputs;
  return g;
}

/* Of the outputs from `output` on; NULL: there is none. */
static const float *bias_of(const mcnn_op *op, const float *weights, size_t output) {
  return op->layer->no_bias ? NULL : weights + op->layer->parameters[MCNN_BIAS].offset + output;
}

static size_t kernel_offset(const mcnn_op *op) {
  return op->layer->parameters[MCNN_KERNEL].offset;
}

static uint64_t macs(const mcnn_op *op) {
  return (uint64_t)op->in_floats * op->out_floats;
}

/* --- the kernel's order in training ----------------------------------------------------------- */

static void to_training(const mcnn_op *op, const float *from, float *to) {
  const float *kernel = from + kernel_offset(op);
  float *blocks = to + kernel_offset(op);
  for (size_t begin = 0; begin < op->out_floats; begin += op->block_n) {
    const size_t outputs = block_outputs(op, begin);
    for (size_t i = 0; i < op->in_floats; i++, blocks += outputs)
      memcpy(blocks, kernel + i * op->out_floats + begin, outputs * sizeof *blocks);
  }
}

static void from_training(const mcnn_op *op, const float *from, float *to) {
  const float *blocks = from + kernel_offset(op);
  float *kernel = to + kernel_offset(op);
  for (size_t begin = 0; begin < op->out_floats; begin += op->block_n) {
    const size_t outputs = block_outputs(op, begin);
    for (size_t i = 0; i < op->in_floats; i++, blocks += outputs)
      memcpy(kernel + i * op->out_floats + begin, blocks, outputs * sizeof *blocks);
  }
}

/* --- memory of training ----------------------------------------------------------------------- */

static size_t dx_floats(const mcnn_net *net, const mcnn_op *op, size_t images) {
  const mcnn_dense_geometry g = rectangle(op, INPUT_BLOCK, op->block_n);
  return mcnn_round_up_cache_line(mcnn_dense_dx_floats(net->kernels, &g, images));
}

/* A thread's scratch: gradients of the kernel, then a partial gradient of the inputs. */
static size_t dw_scratch_floats(const mcnn_op *op) {
  const size_t blocks = mcnn_min(output_blocks(op), BLOCKS_AT_ONCE);
  const size_t own = blocks * mcnn_round_up_cache_line(INPUT_BLOCK * op->block_n);
  const size_t next = op->fused_with_next ? op->block_n * op[1].out_floats : 0;
  return mcnn_round_up_cache_line(mcnn_max(own, next));
}

static size_t batch_scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t max_batch) {
  return dw_scratch_floats(op) + dx_floats(net, op, max_batch);
}

/* Where everything lies in the executor's work memory, in floats. */
typedef struct work_layout {
  size_t db, next_db; /* gradients of the biases */
  size_t masked;      /* dz of a layer of several blocks: [block][images][outputs] */
  size_t partial_dx;  /* [pair of blocks][block of inputs] */
  size_t partial_y;   /* of the narrow layer behind it: [block][images][out floats] */
  size_t end;
} work_layout;

static size_t reserve(work_layout *layout, size_t floats) {
  const size_t at = layout->end;
  layout->end += mcnn_round_up_cache_line(floats);
  return at;
}

static work_layout layout_of(const mcnn_net *net, const mcnn_op *op, size_t max_batch) {
  work_layout layout = {0};
  layout.db = reserve(&layout, op->out_floats);
  if (output_blocks(op) > 1) {
    layout.masked = reserve(&layout, max_batch * op->out_floats);
    layout.partial_dx =
        reserve(&layout, block_pairs(op) * input_blocks(op) * dx_floats(net, op, max_batch));
  }
  if (op->fused_with_next) {
    layout.next_db = reserve(&layout, op[1].out_floats);
    layout.partial_y = reserve(&layout, output_blocks(op) * max_batch * op[1].out_floats);
  }
  return layout;
}

static size_t batch_work_floats(const mcnn_net *net, const mcnn_op *op, size_t max_batch) {
  return layout_of(net, op, max_batch).end;
}

/* --- forward ---------------------------------------------------------------------------------- */

static void forward(const mcnn_forward *call) {
  const mcnn_op *op = call->op;
  mcnn_dense_forward(call->net->kernels, &op->dense, call->weights + kernel_offset(op),
                     bias_of(op, call->weights, 0), call->x, call->images, call->y);
}

/* Whole vectors, and runs of the kernel's rows that are read from memory as fast as long ones. */
static size_t part_floats(const mcnn_net *net, const mcnn_op *op) {
  (void)net;
  (void)op;
  return 64;
}

static void forward_part(const mcnn_forward *call, size_t begin, size_t end) {
  const mcnn_op *op = call->op;
  mcnn_dense_forward_outputs(call->net->kernels, &op->dense, call->weights + kernel_offset(op),
                             bias_of(op, call->weights, 0), call->x, begin, end, call->y);
}

/* A layer that runs on the whole batch, and the narrow one that is fused with it. */
typedef struct dense_run {
  mcnn_executor *executor;
  const mcnn_kernels *kernels;
  size_t index;
  const mcnn_op *op, *next; /* next: NULL where nothing is fused */
  float *dy, *dx;           /* gradients of op's output and input; dx NULL: nobody needs it */
  float *next_dy;
  float *db, *next_db, *masked, *partial_dx, *partial_y;
} dense_run;

static dense_run run_of(mcnn_executor *executor, size_t index) {
  const mcnn_op *op = &mcnn_executor_plan(executor)->ops[index];
  const work_layout layout = layout_of(executor->net, op, executor->max_batch);
  return (dense_run){.executor = executor,
                     .kernels = executor->net->kernels,
                     .index = index,
                     .op = op,
                     .next = op->fused_with_next ? op + 1 : NULL,
                     .db = executor->work + layout.db,
                     .next_db = executor->work + layout.next_db,
                     .masked = executor->work + layout.masked,
                     .partial_dx = executor->work + layout.partial_dx,
                     .partial_y = executor->work + layout.partial_y};
}

/* What `outputs` outputs of the wide layer, from `begin` on, give to the outputs of the narrow one;
 * its bias goes with the first block. */
static void next_forward(const dense_run *run, size_t block, size_t begin, size_t outputs) {
  const mcnn_executor *executor = run->executor;
  const mcnn_op *next = run->next;
  mcnn_dense_geometry g = rectangle(next, outputs, next->out_floats);
  g.activation = MCNN_ACTIVATION_LINEAR;
  mcnn_dense_forward(run->kernels, &g,
                     executor->weights + kernel_offset(next) + begin * next->out_floats,
                     block == 0 ? bias_of(next, executor->weights, 0) : NULL,
                     executor->outputs[run->index] + begin, executor->images,
                     run->partial_y + block * executor->images * next->out_floats);
}

static void block_forward_task(void *context, size_t block, size_t worker) {
  const dense_run *run = context;
  mcnn_executor *executor = run->executor;
  const mcnn_op *op = run->op;
  const size_t begin = block * op->block_n;
  const size_t outputs = block_outputs(op, begin);
  const mcnn_dense_geometry g = rectangle(op, op->in_floats, outputs);
  (void)worker;
  mcnn_dense_forward(run->kernels, &g,
                     executor->weights + kernel_offset(op) + begin * op->in_floats,
                     bias_of(op, executor->weights, begin), mcnn_op_input(executor, run->index),
                     executor->images, executor->outputs[run->index] + begin);
  if (run->next)
    next_forward(run, block, begin, outputs);
}

static void batch_forward(mcnn_executor *executor, mcnn_pool *pool, size_t index) {
  dense_run run = run_of(executor, index);
  if (output_blocks(run.op) == 1) {
    mcnn_executor_forward_batch(executor, pool, index);
    return;
  }
  mcnn_pool_run(pool, block_forward_task, &run, output_blocks(run.op));
}

/* Adds up what the blocks have given to the narrow layer's outputs. */
static void batch_finish(mcnn_executor *executor, size_t index, size_t begin, size_t end) {
  const dense_run run = run_of(executor, index);
  if (!run.next)
    return;
  const size_t outputs = run.next->out_floats;
  const size_t first = begin * outputs, floats = (end - begin) * outputs;
  const float *partial = run.partial_y + first;
  float *y = executor->outputs[index + 1] + first;
  memcpy(y, partial, floats * sizeof *y);
  for (size_t block = 1; block < output_blocks(run.op); block++)
    run.kernels->add(floats, partial + block * executor->images * outputs, y);
  if (run.next->dense.activation == MCNN_ACTIVATION_RELU)
    run.kernels->relu_forward(floats, y, y);
}

/* --- backward: one layer ---------------------------------------------------------------------- */

/* A layer in the backward pass: the wide one of a run, or its narrow one. */
typedef struct dense_gradient {
  const dense_run *run;
  const mcnn_op *op;
  size_t index;
  float *dy, *dx;
} dense_gradient;

static dense_gradient own_gradient(const dense_run *run) {
  return (dense_gradient){run, run->op, run->index, run->dy, run->dx};
}

/* The narrow layer's input is the wide layer's output. */
static dense_gradient next_gradient(const dense_run *run) {
  return (dense_gradient){run, run->next, run->index + 1, run->next_dy, run->dy};
}

/* A rectangle with the outputs of the block that begins at `output`, and its dz: in place of dy,
 * but that of one of several blocks lies together. */
static mcnn_dense_geometry masked_rectangle(const dense_gradient *gradient, size_t inputs,
                                            size_t output, float **dz) {
  const mcnn_op *op = gradient->op;
  mcnn_dense_geometry g = rectangle(op, inputs, block_outputs(op, output));
  *dz = gradient->dy + output;
  if (output_blocks(op) > 1) {
    *dz = gradient->run->masked + output * gradient->run->executor->images;
    g.dz_step = g.outputs;
  }
  return g;
}

static void receive(const dense_run *run, const mcnn_op *op, int which, size_t offset,
                    const float *gradient, size_t count) {
  const mcnn_executor *executor = run->executor;
  executor->receive(executor->receive_context, &op->layer->parameters[which], offset, gradient,
                    count);
}

static void receive_bias(const dense_run *run, const mcnn_op *op, size_t output, const float *db,
                         size_t outputs) {
  if (!op->layer->no_bias) {
    receive(run, op, MCNN_BIAS, op->layer->parameters[MCNN_BIAS].offset + output, db + output,
            outputs);
  }
}

/* `inputs` inputs from `input` on, all outputs of the blocks [block, block + blocks). The gradient
 * of few rows of the kernel at a time is made in scratch and handed on while it is in the cache.
 * partial_dx: of this rectangle; NULL when nobody needs it. */
static void backward_rectangle(const dense_gradient *gradient, size_t input, size_t inputs,
                               size_t block, size_t blocks, float *partial_dx, float *scratch) {
  const dense_run *run = gradient->run;
  const mcnn_executor *executor = run->executor;
  const mcnn_op *op = gradient->op;
  const mcnn_dense_geometry g = rectangle(op, inputs, op->block_n);
  mcnn_dense_block list[BLOCKS_AT_ONCE];
  for (size_t i = 0; i < blocks; i++) {
    const size_t output = (block + i) * op->block_n, outputs = block_outputs(op, output);
    float *dz;
    const mcnn_dense_geometry own = masked_rectangle(gradient, inputs, output, &dz);
    const size_t offset = kernel_offset(op) + output * op->in_floats + input * outputs;
    list[i] = (mcnn_dense_block){.w = executor->weights + offset,
                                 .dz = dz,
                                 .dw = scratch,
                                 .outputs = outputs,
                                 .dz_step = own.dz_step};
    scratch += mcnn_round_up_cache_line(inputs * outputs);
  }
  mcnn_dense_backward(run->kernels, &g, list, blocks,
                      mcnn_op_input(executor, gradient->index) + input, executor->images,
                      partial_dx);
  for (size_t i = 0; i < blocks; i++) {
    receive(run, op, MCNN_KERNEL, (size_t)(list[i].w - executor->weights), list[i].dw,
            inputs * list[i].outputs);
  }
}

/* Of the block that begins at `output`: dz, and the gradient of the bias, which is made in db. */
static void backward_bias(const dense_gradient *gradient, size_t output, float *db) {
  const dense_run *run = gradient->run;
  const mcnn_op *op = gradient->op;
  float *dz;
  const mcnn_dense_geometry g = masked_rectangle(gradient, op->in_floats, output, &dz);
  run->kernels->dense_mask(&g, run->executor->outputs[gradient->index] + output,
                           gradient->dy + output, run->executor->images, dz, db + output);
  receive_bias(run, op, output, db, g.outputs);
}

/* dx of `inputs` inputs from `first` on, from `count` partial ones, `stride` floats apart. */
static void finish_dx(const dense_gradient *gradient, size_t first, size_t inputs,
                      const float *partial_dx, size_t count, size_t stride) {
  const mcnn_executor *executor = gradient->run->executor;
  const mcnn_dense_geometry g = rectangle(gradient->op, inputs, gradient->op->block_n);
  mcnn_dense_dx_finish(gradient->run->kernels, &g, mcnn_op_input(executor, gradient->index) + first,
                       executor->images, partial_dx, count, stride, gradient->dx + first);
}

/* The inputs [begin, end) of a layer of one block. */
static void backward_inputs(const dense_gradient *gradient, size_t begin, size_t end,
                            size_t worker) {
  float *scratch = gradient->run->executor->workers[worker].scratch;
  float *dx = gradient->dx ? scratch + dw_scratch_floats(gradient->op) : NULL;
  for (size_t first = begin; first < end; first += INPUT_BLOCK) {
    const size_t inputs = mcnn_min(end - first, INPUT_BLOCK);
    backward_rectangle(gradient, first, inputs, 0, 1, dx, scratch);
    if (dx)
      finish_dx(gradient, first, inputs, dx, 1, 0);
  }
}

static void inputs_task(void *context, size_t task, size_t worker) {
  const dense_run *run = context;
  const dense_gradient own = own_gradient(run);
  const size_t begin = task * INPUT_BLOCK;
  backward_inputs(&own, begin, mcnn_min(begin + INPUT_BLOCK, run->op->in_floats), worker);
}

/* --- backward: a wide layer, and the narrow one behind it ------------------------------------- */

static int has_small_n_kernel(const dense_run *run) {
  return run->kernels->dense_small_n_backward && run->next->out_floats <= MCNN_SMALL_N_OUTPUTS &&
         run->op->block_n <= MCNN_SMALL_N_INPUTS;
}

/* The outputs of one block, which are inputs of the narrow layer, through both layers' gradients of
 * weights but the wide layer's kernel. */
static void backward_small_n(const dense_run *run, size_t output, size_t outputs, size_t worker) {
  const mcnn_executor *executor = run->executor;
  const mcnn_op *op = run->op, *next = run->next;
  const mcnn_dense_geometry g = rectangle(next, outputs, next->out_floats);
  const dense_gradient own = own_gradient(run);
  const size_t offset = kernel_offset(next) + output * next->out_floats;
  float *dw = executor->workers[worker].scratch, *dz;
  (void)masked_rectangle(&own, 0, output, &dz);
  run->kernels->dense_small_n_backward(&g, executor->weights + offset,
                                       executor->outputs[run->index] + output, run->next_dy,
                                       executor->images, dw, dz, run->db + output);
  receive(run, next, MCNN_KERNEL, offset, dw, outputs * next->out_floats);
  receive_bias(run, op, output, run->db, outputs);
}

/* One block's outputs: dz and the gradient of the bias, and before it the same outputs as inputs of
 * the narrow layer. */
static void block_outputs_task(void *context, size_t block, size_t worker) {
  const dense_run *run = context;
  const size_t output = block * run->op->block_n;
  const size_t outputs = block_outputs(run->op, output);
  const dense_gradient own = own_gradient(run);
  if (run->next && has_small_n_kernel(run)) {
    backward_small_n(run, output, outputs, worker);
    return;
  }
  if (run->next) {
    const dense_gradient next = next_gradient(run);
    backward_inputs(&next, output, output + outputs, worker);
  }
  backward_bias(&own, output, run->db);
}

/* A block of the inputs with a pair of output blocks: small tasks, so that a thread that is done
 * early finds something to do. */
static void block_inputs_task(void *context, size_t task, size_t worker) {
  const dense_run *run = context;
  const mcnn_op *op = run->op;
  const size_t block = task / input_blocks(op) * BLOCKS_AT_ONCE;
  const size_t first = task % input_blocks(op) * INPUT_BLOCK;
  const size_t inputs = mcnn_min(op->in_floats - first, INPUT_BLOCK);
  const size_t blocks = mcnn_min(output_blocks(op) - block, BLOCKS_AT_ONCE);
  const dense_gradient own = own_gradient(run);
  float *dx =
      run->dx ? run->partial_dx + task * dx_floats(run->executor->net, op, run->executor->images)
              : NULL;
  backward_rectangle(&own, first, inputs, block, blocks, dx,
                     run->executor->workers[worker].scratch);
}

static void add_dx_task(void *context, size_t task, size_t worker) {
  const dense_run *run = context;
  const mcnn_op *op = run->op;
  const size_t step = dx_floats(run->executor->net, op, run->executor->images);
  const size_t first = task * INPUT_BLOCK;
  const dense_gradient own = own_gradient(run);
  (void)worker;
  finish_dx(&own, first, mcnn_min(op->in_floats - first, INPUT_BLOCK),
            run->partial_dx + task * step, block_pairs(op), input_blocks(op) * step);
}

/* In the other direction than the forward pass: what that read last is still in the cache. */
static void backward_blocks(dense_run *run, mcnn_pool *pool) {
  const mcnn_op *op = run->op;
  mcnn_pool_run(pool, block_outputs_task, run, output_blocks(op));
  mcnn_pool_run_ordered(pool, MCNN_ORDER_DESCENDING, block_inputs_task, run,
                        block_pairs(op) * input_blocks(op));
  if (run->dx)
    mcnn_pool_run(pool, add_dx_task, run, input_blocks(op));
}

static void batch_backward(mcnn_executor *executor, mcnn_pool *pool, size_t index, float *dy,
                           float *other) {
  dense_run run = run_of(executor, index);
  assert(dy != other);
  run.dy = run.next ? other : dy;
  run.next_dy = dy;
  run.dx = index == 0 ? NULL : run.next ? dy : other;
  if (run.next) {
    const dense_gradient next = next_gradient(&run);
    backward_bias(&next, 0, run.next_db);
  }
  if (output_blocks(run.op) > 1) {
    backward_blocks(&run, pool);
    return;
  }
  const dense_gradient own = own_gradient(&run);
  backward_bias(&own, 0, run.db);
  mcnn_pool_run(pool, inputs_task, &run, input_blocks(run.op));
}

/* --- prediction in 8-bit integers ------------------------------------------------------------- */

/* A narrow layer takes next to nothing in float32, and the last one's sums stay as they are.
 * Products are 255 * 127 at most: the sum of 65536 fits into 32 bits. */
enum { INT8_MIN_OUTPUTS = 64, INT8_MAX_INPUTS = 65536 };

static int int8_supports(const mcnn_op *op) {
  return op->dense.input_is_relu && op->dense.outputs >= INT8_MIN_OUTPUTS &&
         op->dense.inputs <= INT8_MAX_INPUTS;
}

static size_t int8_packed_words(const mcnn_int8_kernels *kernels, const mcnn_op *op) {
  return kernels->dense_packed_words(&op->dense);
}

static size_t int8_scratch_words(const mcnn_int8_kernels *kernels, const mcnn_op *op) {
  return kernels->dense_scratch_words(&op->dense);
}

static void int8_pack(const mcnn_int8_kernels *kernels, const mcnn_op *op, const float *weights,
                      uint32_t *packed) {
  kernels->dense_pack(&op->dense, weights + kernel_offset(op), packed);
}

static void int8_forward(const mcnn_int8_kernels *kernels, const mcnn_forward *call,
                         const uint32_t *packed, uint32_t *scratch) {
  kernels->dense_forward(&call->op->dense, packed, bias_of(call->op, call->weights, 0), call->x,
                         call->images, call->y, scratch);
}

static const mcnn_int8_functions int8 = {.supports = int8_supports,
                                         .packed_words = int8_packed_words,
                                         .scratch_words = int8_scratch_words,
                                         .pack = int8_pack,
                                         .forward = int8_forward};

const mcnn_layer_kind mcnn_layer_dense = {.id = MNISTCNN_LAYER_DENSE,
                                          .word = "dense",
                                          .arguments =
                                              "OUTPUTS [nobias] [l2 L] [ACTIVATION|softmax]",
                                          .keras_name = "dense",
                                          .keras_type = "Dense",
                                          .input = MCNN_INPUT_FLAT,
                                          .takes_activation = 1,
                                          .takes_l2 = 1,
                                          .takes_output = 1,
                                          .read = read_text,
                                          .write = write_text,
                                          .infer = infer,
                                          .prepare = prepare,
                                          .macs = macs,
                                          .forward = forward,
                                          .part_floats = part_floats,
                                          .forward_part = forward_part,
                                          .int8 = &int8,
                                          .batch_work_floats = batch_work_floats,
                                          .batch_scratch_floats = batch_scratch_floats,
                                          .batch_forward = batch_forward,
                                          .batch_finish = batch_finish,
                                          .batch_backward = batch_backward,
                                          .to_training = to_training,
                                          .from_training = from_training};
