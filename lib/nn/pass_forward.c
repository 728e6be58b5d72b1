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

static void spatial_forward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  mcnn_pass_worker *own = &pass->workers[worker];
  const float *packed = mcnn_pass_packed(pass, own);
  size_t begin, end;
  mcnn_piece_range(pass->images, mcnn_image_pieces(pass->images), piece, &begin, &end);
  for (size_t at = begin; at < end; at += pass->chunk) {
    const size_t stop = at + pass->chunk < end ? at + pass->chunk : end;
    for (size_t image = at; image < stop; image++)
      pass->batch->fill(pass->batch->context, image, worker,
                        pass->inputs + image * pass->net->input_floats);
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

static void finish_narrow(mcnn_pass *pass) {
  const mcnn_kernels *kernels = pass->net->kernels;
  const mcnn_op *op = pass->narrow.op;
  const size_t floats = pass->images * op->out_floats;
  float *y = pass->outputs[pass->narrow.index];
  memcpy(y, pass->partial_y, floats * sizeof *y);
  for (size_t part = 1; part < mcnn_op_parts(pass->layer.op); part++)
    kernels->add(floats, pass->partial_y + part * floats, y);
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
  if (followed)
    finish_narrow(pass);
  return followed ? 2 : 1;
}

void mcnn_pass_forward(mcnn_pass *pass, mcnn_pool *pool, const float *weights,
                       const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums) {
  const mcnn_net *net = pass->net;
  float *probabilities = pass->outputs[net->num_ops - 1];
  pass->batch = batch;
  pass->images = batch->images;
  pass->weights = weights;
  pass->turn++;
  mcnn_pool_run(pool, spatial_forward_piece, pass, mcnn_image_pieces(pass->images));
  for (size_t i = net->num_spatial; i < net->num_ops;)
    i += dense_forward(pass, pool, i);
  mcnn_softmax_rows(pass->images, net->arch->num_classes, probabilities, probabilities);
  mcnn_loss_add(loss, probabilities, batch->labels, pass->images, sums);
  mcnn_loss_gradient(loss, probabilities, batch->labels, pass->images, pass->dense_gradients[0]);
}
