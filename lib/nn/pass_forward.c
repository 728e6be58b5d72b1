/* The forward half of a pass. */
#include "nn/pass_work.h"

#include "kernels/softmax.h"

#include <string.h>

/* Images of a narrow dense layer in one piece: what its tiles of rows take at once. */
enum { DENSE_IMAGES = 8 };

static void dropout_images(mcnn_pass *pass, size_t i, size_t begin, size_t end) {
  const mcnn_op *op = &pass->net->ops[i];
  for (size_t image = begin; image < end; image++) {
    const size_t at = image * op->out_floats;
    mcnn_dropout_forward(op, pass->batch->seed, pass->batch->step, image,
                         mcnn_op_input(pass, i) + at, pass->outputs[i] + at, pass->chosen[i] + at);
  }
}

/* Op i over the images [begin, end). */
static void forward_images(mcnn_pass *pass, size_t i, size_t begin, size_t end, const float *packed,
                           float *scratch) {
  const mcnn_op *op = &pass->net->ops[i];
  if (op->kind == MCNN_OP_DROPOUT) {
    dropout_images(pass, i, begin, end);
    return;
  }
  uint8_t *chosen = pass->chosen[i] ? pass->chosen[i] + begin * op->out_floats : NULL;
  mcnn_op_forward(pass->net, op, pass->weights, packed, MCNN_FOR_TRAINING,
                  mcnn_op_input(pass, i) + begin * op->in_floats, end - begin,
                  pass->outputs[i] + begin * op->out_floats, chosen, scratch);
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
  *end = mcnn_smaller(images, mcnn_smaller(*begin + SPATIAL_IMAGES, group + SPATIAL_GROUP));
}

static void spatial_forward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  mcnn_pass_worker *own = &pass->workers[worker];
  size_t begin, end;
  spatial_range(pass->images, piece, &begin, &end);
  if (begin >= end)
    return;
  const float *packed = mcnn_pass_packed(pass, own);
  for (size_t at = begin; at < end; at += pass->chunk) {
    const size_t stop = at + pass->chunk < end ? at + pass->chunk : end;
    for (size_t image = at; image < stop; image++) {
      pass->batch->fill(pass->batch->context, image, worker,
                        pass->inputs + image * pass->net->input_floats);
    }
    for (size_t i = 0; i < pass->net->num_spatial; i++)
      forward_images(pass, i, at, stop, packed, own->scratch);
  }
}

/* What `outputs` outputs of the wide layer, from `begin` on, give to the outputs of the narrow one;
 * its bias goes with the first part. */
static void narrow_forward(mcnn_pass *pass, size_t part, size_t begin, size_t outputs) {
  const mcnn_op *op = pass->narrow.op;
  mcnn_dense_geometry g = mcnn_dense_rectangle(op, outputs, op->out_floats);
  g.relu = 0;
  pass->net->kernels->dense_forward(
      &g, pass->weights + op->layer->kernel_offset + begin * op->out_floats,
      part == 0 ? pass->weights + op->layer->bias_offset : pass->zeros,
      mcnn_op_input(pass, pass->narrow.index) + begin, pass->images,
      pass->partial_y + part * pass->images * op->out_floats);
}

/* What the parts have given to the outputs of the images [begin, end), added up. */
static void finish_narrow(mcnn_pass *pass, size_t begin, size_t end) {
  const mcnn_kernels *kernels = pass->net->kernels;
  const mcnn_op *op = pass->narrow.op;
  const size_t floats = (end - begin) * op->out_floats, at = begin * op->out_floats;
  const float *partial = pass->partial_y + at;
  float *y = pass->outputs[pass->narrow.index] + at;
  memcpy(y, partial, floats * sizeof *y);
  for (size_t part = 1; part < mcnn_op_parts(pass->layer.op); part++)
    kernels->add(floats, partial + part * pass->images * op->out_floats, y);
  if (op->dense.relu)
    kernels->relu_forward(floats, y, y);
}

static void dense_part_piece(void *context, size_t part, size_t worker) {
  mcnn_pass *pass = context;
  const mcnn_op *op = pass->layer.op;
  const size_t begin = part * op->part;
  const size_t outputs = mcnn_op_part_outputs(op, begin);
  const mcnn_dense_geometry g = mcnn_dense_rectangle(op, op->in_floats, outputs);
  (void)worker;
  pass->net->kernels->dense_forward(
      &g, pass->weights + op->layer->kernel_offset + begin * op->in_floats,
      pass->weights + op->layer->bias_offset + begin, mcnn_op_input(pass, pass->layer.index),
      pass->images, pass->outputs[pass->layer.index] + begin);
  if (pass->narrow.op)
    narrow_forward(pass, part, begin, outputs);
}

static void images_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  const size_t begin = piece * DENSE_IMAGES;
  const size_t end = begin + DENSE_IMAGES < pass->images ? begin + DENSE_IMAGES : pass->images;
  (void)worker;
  forward_images(pass, pass->layer.index, begin, end, NULL, NULL);
}

/* Op i behind the spatial part. Returns how many ops that was. */
static size_t dense_forward(mcnn_pass *pass, mcnn_pool *pool, size_t i) {
  const mcnn_op *op = &pass->net->ops[i];
  const int followed = mcnn_op_follows(pass->net, i + 1);
  pass->layer = (mcnn_dense_work){.op = op, .index = i};
  pass->narrow = (mcnn_dense_work){.op = followed ? op + 1 : NULL, .index = i + 1};
  if (op->kind == MCNN_OP_DENSE && mcnn_op_parts(op) > 1)
    mcnn_pool_run(pool, dense_part_piece, pass, mcnn_op_parts(op));
  else
    mcnn_pool_run(pool, images_piece, pass, (pass->images + DENSE_IMAGES - 1) / DENSE_IMAGES);
  if (followed && i + 2 < pass->net->num_ops)
    finish_narrow(pass, 0, pass->images);
  return followed ? 2 : 1;
}

/* The last op's outputs become probabilities; their loss and its gradient. */
static void probabilities_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  const size_t classes = pass->net->arch->num_classes;
  mcnn_loss_sums sums = {0};
  size_t begin, end;
  (void)worker;
  mcnn_piece_range(pass->images, mcnn_image_pieces(pass->images), piece, &begin, &end);
  if (pass->narrow.op)
    finish_narrow(pass, begin, end);
  const uint32_t *labels = pass->batch->labels + begin;
  float *p = pass->outputs[pass->net->num_ops - 1] + begin * classes;
  mcnn_softmax_rows(end - begin, classes, p, p);
  mcnn_loss_add(pass->loss, p, labels, end - begin, &sums);
  mcnn_loss_gradient(pass->loss, pass->images, p, labels, end - begin,
                     pass->dense_gradients[0] + begin * classes);
  pass->sums[piece] = sums;
}

void mcnn_pass_forward(mcnn_pass *pass, mcnn_pool *pool, const float *weights,
                       const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums) {
  const mcnn_net *net = pass->net;
  pass->batch = batch;
  pass->images = batch->images;
  pass->weights = weights;
  pass->loss = loss;
  pass->turn++;
  mcnn_pool_run(pool, spatial_forward_piece, pass, spatial_pieces(pass->images));
  for (size_t i = net->num_spatial; i < net->num_ops;)
    i += dense_forward(pass, pool, i);
  mcnn_pool_run(pool, probabilities_piece, pass, mcnn_image_pieces(pass->images));
  for (size_t piece = 0; piece < mcnn_image_pieces(pass->images); piece++)
    mcnn_loss_sums_add(sums, &pass->sums[piece]);
}
