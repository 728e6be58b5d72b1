/* The forward half of a executor. */
#include "nn/executor_work.h"

#include "kernels/softmax.h"

#include <string.h>

/* Images of a narrow dense layer in one piece: what its tiles of rows take at once. */
enum { DENSE_IMAGES = 8 };

static void dropout_images(mcnn_executor *executor, size_t i, size_t begin, size_t end) {
  const mcnn_op *op = &executor->net->ops[i];
  for (size_t image = begin; image < end; image++) {
    const size_t at = image * op->out_floats;
    mcnn_dropout_forward(op, executor->batch->seed, executor->batch->step, image,
                         mcnn_op_input(executor, i) + at, executor->outputs[i] + at,
                         executor->chosen[i] + at);
  }
}

/* Op i over the images [begin, end). */
static void forward_images(mcnn_executor *executor, size_t i, size_t begin, size_t end,
                           const float *packed, float *scratch) {
  const mcnn_op *op = &executor->net->ops[i];
  if (op->kind == MCNN_OP_DROPOUT) {
    dropout_images(executor, i, begin, end);
    return;
  }
  uint8_t *chosen = executor->chosen[i] ? executor->chosen[i] + begin * op->out_floats : NULL;
  mcnn_op_forward(executor->net, op, executor->weights, packed, MCNN_FOR_TRAINING,
                  mcnn_op_input(executor, i) + begin * op->in_floats, end - begin,
                  executor->outputs[i] + begin * op->out_floats, chosen, scratch);
}

/* Images of the spatial part in one piece: what Winograd's way takes at once where an image has
 * four tiles. The last piece of a group of images, which is half of a usual batch, is a small one,
 * so that two threads end together. */
enum { SPATIAL_IMAGES = 3, SPATIAL_GROUP = 16, GROUP_PIECES = 6 };

static size_t spatial_pieces(size_t images) {
  return (images + SPATIAL_GROUP - 1) / SPATIAL_GROUP * GROUP_PIECES;
}

/* None where the batch ends within a group. */
static void spatial_range(size_t images, size_t piece, size_t *begin, size_t *end) {
  const size_t group = piece / GROUP_PIECES * SPATIAL_GROUP;
  *begin = group + piece % GROUP_PIECES * SPATIAL_IMAGES;
  *end = mcnn_min(images, mcnn_min(*begin + SPATIAL_IMAGES, group + SPATIAL_GROUP));
}

static void spatial_forward_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  mcnn_executor_worker *own = &executor->workers[worker];
  size_t begin, end;
  spatial_range(executor->images, piece, &begin, &end);
  if (begin >= end)
    return;
  const float *packed = mcnn_executor_packed(executor, own);
  for (size_t at = begin; at < end; at += executor->chunk) {
    const size_t stop = at + executor->chunk < end ? at + executor->chunk : end;
    for (size_t image = at; image < stop; image++) {
      executor->batch->fill(executor->batch->context, image, worker,
                            executor->inputs + image * executor->net->input_floats);
    }
    for (size_t i = 0; i < executor->net->num_spatial; i++)
      forward_images(executor, i, at, stop, packed, own->scratch);
  }
}

/* What `outputs` outputs of the wide layer, from `begin` on, give to the outputs of the narrow one;
 * its bias goes with the first part. */
static void narrow_forward(mcnn_executor *executor, size_t part, size_t begin, size_t outputs) {
  const mcnn_op *op = executor->narrow.op;
  mcnn_dense_geometry g = mcnn_dense_rectangle(op, outputs, op->out_floats);
  g.activation = MCNN_ACTIVATION_LINEAR;
  executor->net->kernels->dense_forward(
      &g, executor->weights + op->layer->kernel_offset + begin * op->out_floats,
      part == 0 ? executor->weights + op->layer->bias_offset : executor->zeros,
      mcnn_op_input(executor, executor->narrow.index) + begin, executor->images,
      executor->partial_y + part * executor->images * op->out_floats);
}

/* What the parts have given to the outputs of the images [begin, end), added up. */
static void finish_narrow(mcnn_executor *executor, size_t begin, size_t end) {
  const mcnn_kernels *kernels = executor->net->kernels;
  const mcnn_op *op = executor->narrow.op;
  const size_t floats = (end - begin) * op->out_floats, at = begin * op->out_floats;
  const float *partial = executor->partial_y + at;
  float *y = executor->outputs[executor->narrow.index] + at;
  memcpy(y, partial, floats * sizeof *y);
  for (size_t part = 1; part < mcnn_op_parts(executor->layer.op); part++)
    kernels->add(floats, partial + part * executor->images * op->out_floats, y);
  if (op->dense.activation == MCNN_ACTIVATION_RELU)
    kernels->relu_forward(floats, y, y);
}

static void dense_part_piece(void *context, size_t part, size_t worker) {
  mcnn_executor *executor = context;
  const mcnn_op *op = executor->layer.op;
  const size_t begin = part * op->part;
  const size_t outputs = mcnn_op_part_outputs(op, begin);
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, op->in_floats, outputs);
  (void)worker;
  executor->net->kernels->dense_forward(
      &g, executor->weights + op->layer->kernel_offset + begin * op->in_floats,
      executor->weights + op->layer->bias_offset + begin,
      mcnn_op_input(executor, executor->layer.index), executor->images,
      executor->outputs[executor->layer.index] + begin);
  if (executor->narrow.op)
    narrow_forward(executor, part, begin, outputs);
}

static void images_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const size_t begin = piece * DENSE_IMAGES;
  const size_t end =
      begin + DENSE_IMAGES < executor->images ? begin + DENSE_IMAGES : executor->images;
  (void)worker;
  forward_images(executor, executor->layer.index, begin, end, NULL, NULL);
}

/* Op i behind the spatial part. Returns how many ops that was. */
static size_t dense_forward(mcnn_executor *executor, mcnn_pool *pool, size_t i) {
  const mcnn_op *op = &executor->net->ops[i];
  const int followed = mcnn_op_follows(executor->net, i + 1);
  executor->layer = (mcnn_dense_work){.op = op, .index = i};
  executor->narrow = (mcnn_dense_work){.op = followed ? op + 1 : NULL, .index = i + 1};
  if (op->kind == MCNN_OP_DENSE && mcnn_op_parts(op) > 1)
    mcnn_pool_run(pool, dense_part_piece, executor, mcnn_op_parts(op));
  else
    mcnn_pool_run(pool, images_piece, executor,
                  (executor->images + DENSE_IMAGES - 1) / DENSE_IMAGES);
  if (followed && i + 2 < executor->net->num_ops)
    finish_narrow(executor, 0, executor->images);
  return followed ? 2 : 1;
}

/* The last op's outputs become probabilities; their loss and its gradient. */
static void probabilities_piece(void *context, size_t piece, size_t worker) {
  mcnn_executor *executor = context;
  const size_t classes = executor->net->arch->num_classes;
  mcnn_loss_sums sums = {0};
  size_t begin, end;
  (void)worker;
  mcnn_task_range(executor->images, mcnn_image_pieces(executor->images), piece, &begin, &end);
  if (executor->narrow.op)
    finish_narrow(executor, begin, end);
  const uint32_t *labels = executor->batch->labels + begin;
  float *p = executor->outputs[executor->net->num_ops - 1] + begin * classes;
  mcnn_softmax_rows(end - begin, classes, p, p);
  mcnn_loss_add(executor->loss, p, labels, end - begin, &sums);
  mcnn_loss_gradient(executor->loss, executor->images, p, labels, end - begin,
                     executor->dense_gradients[0] + begin * classes);
  executor->sums[piece] = sums;
}

void mcnn_executor_forward(mcnn_executor *executor, mcnn_pool *pool, const float *weights,
                           const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums) {
  const mcnn_net *net = executor->net;
  executor->batch = batch;
  executor->images = batch->images;
  executor->weights = weights;
  executor->loss = loss;
  executor->turn++;
  mcnn_pool_run(pool, spatial_forward_piece, executor, spatial_pieces(executor->images));
  for (size_t i = net->num_spatial; i < net->num_ops;)
    i += dense_forward(executor, pool, i);
  mcnn_pool_run(pool, probabilities_piece, executor, mcnn_image_pieces(executor->images));
  for (size_t piece = 0; piece < mcnn_image_pieces(executor->images); piece++)
    mcnn_loss_sums_add(sums, &executor->sums[piece]);
}
