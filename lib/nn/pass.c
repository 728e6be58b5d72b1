#include "nn/pass.h"

#include "base/arena.h"
#include "base/status.h"
#include "nn/op.h"

#include "kernels/softmax.h"

#include <string.h>

/* A batch's images are cut into at most this many pieces, each with partial sums of its own. */
enum { IMAGE_PIECES = 8 };
/* Columns of a dense layer in one piece of its forward pass; rows in one piece of its backward. */
enum { FORWARD_COLUMNS = 128, BACKWARD_ROWS = 64 };

struct mcnn_pass {
  mcnn_alloc alloc;
  const mcnn_net *net;
  size_t max_batch;
  size_t chunk;

  mcnn_arena arena;
  float *inputs;             /* [max_batch][input floats] */
  float **outputs;           /* of each op: [max_batch][out floats] */
  uint8_t **chosen;          /* of each op: pooling's choice, dropout's kept units; else NULL */
  float *dense_gradients[2]; /* [max_batch][widest], used in turns */
  float *bias_gradient;      /* of a dense layer */
  float *kernel_gradient;    /* of a convolution: kernel, then bias */
  float *packed;
  float *partial;         /* [IMAGE_PIECES][partial_floats] */
  size_t *partial_offset; /* of each op */
  size_t partial_floats;
  float **worker_scratch;                        /* of each worker */
  size_t op_scratch, spatial_side, row_gradient; /* floats: the parts of a worker's scratch */

  /* The work in hand, for the pieces. */
  const mcnn_batch *batch;
  size_t images;
  const float *weights;
  const mcnn_op *op;
  size_t op_index;
  const float *dy; /* of the op's output, or of the spatial part's */
  float *dx;
  mcnn_gradient_fn receive;
  void *receive_context;
};

/* --- sizes and memory ---------------------------------------------------------------------------
 */

static size_t aligned(size_t floats) {
  return (floats + 15) / 16 * 16;
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static size_t widest_dense_input(const mcnn_net *net) {
  size_t widest = net->arch->num_classes;
  for (size_t i = net->num_spatial; i < net->num_ops; i++)
    widest = larger(widest, larger(net->ops[i].in_floats, net->ops[i].out_floats));
  return widest;
}

static size_t chosen_bytes(const mcnn_op *op) {
  const int pools = op->kind == MCNN_OP_MAXPOOL2D ||
                    (op->kind == MCNN_OP_CONV2D && op->conv.pool_height * op->conv.pool_width > 1);
  return pools || op->kind == MCNN_OP_DROPOUT ? op->out_floats : 0;
}

/* What the ops need of a worker, and where their partial gradients lie. */
static void measure_ops(mcnn_pass *pass) {
  const mcnn_net *net = pass->net;
  for (size_t i = 0; i < net->num_ops; i++) {
    const mcnn_op *op = &net->ops[i];
    pass->op_scratch =
        larger(pass->op_scratch, mcnn_op_scratch_floats(net, op, pass->chunk, MCNN_FOR_TRAINING));
    if (op->kind == MCNN_OP_CONV2D) {
      pass->partial_offset[i] = pass->partial_floats;
      pass->partial_floats += aligned(net->kernels->conv_grad_floats(&op->conv));
    }
    if (op->kind == MCNN_OP_DENSE)
      pass->row_gradient = larger(pass->row_gradient, BACKWARD_ROWS * op->out_floats);
  }
  pass->op_scratch = aligned(pass->op_scratch);
  pass->spatial_side = aligned(pass->chunk * net->widest_spatial);
  pass->row_gradient = aligned(pass->row_gradient);
}

static size_t largest_kernel_and_bias(const mcnn_net *net) {
  size_t largest = 0;
  for (size_t i = 0; i < net->num_ops; i++)
    if (net->ops[i].kind == MCNN_OP_CONV2D)
      largest =
          larger(largest, aligned(net->ops[i].layer->kernel_count) + net->ops[i].layer->bias_count);
  return largest;
}

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

static void place_all(mcnn_pass *pass, uint32_t workers) {
  const mcnn_net *net = pass->net;
  placer p = {&pass->arena, 0};
  const size_t batch = pass->max_batch;
  pass->inputs = place(&p, batch, net->input_floats, sizeof(float));
  for (size_t i = 0; i < net->num_ops; i++) {
    const size_t bytes = chosen_bytes(&net->ops[i]);
    pass->outputs[i] = place(&p, batch, net->ops[i].out_floats, sizeof(float));
    pass->chosen[i] = bytes ? place(&p, batch, bytes, 1) : NULL;
  }
  for (int turn = 0; turn < 2; turn++)
    pass->dense_gradients[turn] = place(&p, batch, widest_dense_input(net), sizeof(float));
  pass->bias_gradient = place(&p, 1, widest_dense_input(net), sizeof(float));
  pass->kernel_gradient = place(&p, 1, largest_kernel_and_bias(net), sizeof(float));
  pass->packed = place(&p, 1, net->packed_floats[MCNN_FOR_TRAINING], sizeof(float));
  pass->partial = place(&p, IMAGE_PIECES, pass->partial_floats, sizeof(float));
  for (uint32_t w = 0; w < workers; w++)
    pass->worker_scratch[w] =
        place(&p, 1, pass->op_scratch + 2 * pass->spatial_side + pass->row_gradient, sizeof(float));
}

static mnistcnn_status allocate_tables(mcnn_pass *pass, uint32_t workers) {
  const size_t ops = pass->net->num_ops;
  pass->outputs = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->outputs);
  pass->chosen = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->chosen);
  pass->partial_offset = mcnn_alloc_zeroed(&pass->alloc, ops, sizeof *pass->partial_offset);
  pass->worker_scratch = mcnn_alloc_zeroed(&pass->alloc, workers, sizeof *pass->worker_scratch);
  const int ok = pass->outputs && pass->chosen && pass->partial_offset && pass->worker_scratch;
  return ok ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

mnistcnn_status mcnn_pass_create(const mcnn_net *net, size_t max_batch, uint32_t workers,
                                 const mcnn_alloc *alloc, mcnn_pass **out) {
  mnistcnn_status status = MNISTCNN_OUT_OF_MEMORY;
  mcnn_pass *pass = mcnn_alloc_zeroed(alloc, 1, sizeof *pass);
  *out = NULL;
  if (!pass)
    return status;
  pass->alloc = *alloc;
  pass->net = net;
  pass->max_batch = max_batch;
  pass->chunk = mcnn_net_chunk(net);
  status = allocate_tables(pass, workers);
  if (status == MNISTCNN_OK) {
    measure_ops(pass);
    place_all(pass, workers);
    status = mcnn_arena_allocate(&pass->arena, alloc);
  }
  if (status != MNISTCNN_OK) {
    mcnn_pass_free(pass);
    return status;
  }
  place_all(pass, workers);
  *out = pass;
  return MNISTCNN_OK;
}

void mcnn_pass_free(mcnn_pass *pass) {
  if (!pass)
    return;
  const mcnn_alloc alloc = pass->alloc;
  mcnn_arena_free(&pass->arena, &alloc);
  mcnn_free(&alloc, pass->worker_scratch);
  mcnn_free(&alloc, pass->partial_offset);
  mcnn_free(&alloc, pass->chosen);
  mcnn_free(&alloc, pass->outputs);
  mcnn_free(&alloc, pass);
}

const float *mcnn_pass_probabilities(const mcnn_pass *pass) {
  return pass->outputs[pass->net->num_ops - 1];
}

/* --- forward ------------------------------------------------------------------------------------
 */

static const float *op_input(const mcnn_pass *pass, size_t op_index) {
  return op_index == 0 ? pass->inputs : pass->outputs[op_index - 1];
}

static size_t image_pieces(size_t images) {
  return images < IMAGE_PIECES ? images : IMAGE_PIECES;
}

static void dropout_images(mcnn_pass *pass, size_t i, size_t begin, size_t end) {
  const mcnn_op *op = &pass->net->ops[i];
  for (size_t image = begin; image < end; image++) {
    const size_t at = image * op->out_floats;
    mcnn_dropout_forward(op, pass->batch->seed, pass->batch->step, image, op_input(pass, i) + at,
                         pass->outputs[i] + at, pass->chosen[i] + at);
  }
}

/* Op i over the images [begin, end). */
static void forward_images(mcnn_pass *pass, size_t i, size_t begin, size_t end, float *scratch) {
  const mcnn_op *op = &pass->net->ops[i];
  if (op->kind == MCNN_OP_DROPOUT) {
    dropout_images(pass, i, begin, end);
    return;
  }
  uint8_t *chosen = pass->chosen[i] ? pass->chosen[i] + begin * op->out_floats : NULL;
  mcnn_op_forward(pass->net, op, pass->weights, pass->packed, MCNN_FOR_TRAINING,
                  op_input(pass, i) + begin * op->in_floats, end - begin,
                  pass->outputs[i] + begin * op->out_floats, chosen, scratch);
}

static void spatial_forward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  size_t begin, end;
  mcnn_piece_range(pass->images, image_pieces(pass->images), piece, &begin, &end);
  for (size_t at = begin; at < end; at += pass->chunk) {
    const size_t stop = at + pass->chunk < end ? at + pass->chunk : end;
    for (size_t image = at; image < stop; image++)
      pass->batch->fill(pass->batch->context, image, worker,
                        pass->inputs + image * pass->net->input_floats);
    for (size_t i = 0; i < pass->net->num_spatial; i++)
      forward_images(pass, i, at, stop, pass->worker_scratch[worker]);
  }
}

static void dense_forward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  const mcnn_op *op = pass->op;
  const size_t begin = piece * FORWARD_COLUMNS;
  const size_t end = begin + FORWARD_COLUMNS;
  (void)worker;
  pass->net->kernels->dense_forward(
      &op->dense, pass->weights + op->layer->kernel_offset, pass->weights + op->layer->bias_offset,
      op_input(pass, pass->op_index), pass->images, pass->outputs[pass->op_index], begin,
      end < op->out_floats ? end : op->out_floats);
}

static void dense_forward(mcnn_pass *pass, mcnn_pool *pool, size_t i) {
  pass->op = &pass->net->ops[i];
  pass->op_index = i;
  if (pass->op->kind == MCNN_OP_DENSE)
    mcnn_pool_run(pool, dense_forward_piece, pass,
                  (pass->op->out_floats + FORWARD_COLUMNS - 1) / FORWARD_COLUMNS);
  else
    forward_images(pass, i, 0, pass->images, NULL);
}

void mcnn_pass_forward(mcnn_pass *pass, mcnn_pool *pool, const float *weights,
                       const mcnn_batch *batch, const mcnn_loss *loss, mcnn_loss_sums *sums) {
  const mcnn_net *net = pass->net;
  float *probabilities = pass->outputs[net->num_ops - 1];
  pass->batch = batch;
  pass->images = batch->images;
  pass->weights = weights;
  mcnn_net_pack_for(net, weights, MCNN_FOR_TRAINING, pass->packed);
  mcnn_pool_run(pool, spatial_forward_piece, pass, image_pieces(pass->images));
  for (size_t i = net->num_spatial; i < net->num_ops; i++)
    dense_forward(pass, pool, i);
  mcnn_softmax_rows(pass->images, net->arch->num_classes, probabilities, probabilities);
  mcnn_loss_add(loss, probabilities, batch->labels, pass->images, sums);
  mcnn_loss_gradient(loss, probabilities, batch->labels, pass->images, pass->dense_gradients[0]);
}

/* --- backward -----------------------------------------------------------------------------------
 */

static void dense_backward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  const mcnn_op *op = pass->op;
  const size_t begin = piece * BACKWARD_ROWS;
  const size_t end = begin + BACKWARD_ROWS < op->in_floats ? begin + BACKWARD_ROWS : op->in_floats;
  float *dw = pass->worker_scratch[worker] + pass->op_scratch + 2 * pass->spatial_side;
  pass->net->kernels->dense_backward(&op->dense, pass->weights + op->layer->kernel_offset,
                                     op_input(pass, pass->op_index), pass->dy, pass->images, dw,
                                     pass->dx, begin, end);
  pass->receive(pass->receive_context, op->layer, 0,
                op->layer->kernel_offset + begin * op->out_floats, dw,
                (end - begin) * op->out_floats);
}

/* dy comes in and is masked in place; dx goes out unless the op is the network's first. */
static void dense_backward(mcnn_pass *pass, mcnn_pool *pool, size_t i, float *dy, float *dx) {
  const mcnn_op *op = &pass->net->ops[i];
  pass->net->kernels->dense_mask(&op->dense, pass->outputs[i], dy, pass->images, dy,
                                 pass->bias_gradient);
  pass->op = op;
  pass->op_index = i;
  pass->dy = dy;
  pass->dx = i > 0 ? dx : NULL;
  mcnn_pool_run(pool, dense_backward_piece, pass,
                (op->in_floats + BACKWARD_ROWS - 1) / BACKWARD_ROWS);
  pass->receive(pass->receive_context, op->layer, 1, op->layer->bias_offset, pass->bias_gradient,
                op->layer->bias_count);
}

/* The gradient at the features, in one of the two dense gradient buffers. */
static const float *backward_dense_part(mcnn_pass *pass, mcnn_pool *pool) {
  const mcnn_net *net = pass->net;
  int turn = 0;
  for (size_t i = net->num_ops; i-- > net->num_spatial;) {
    const mcnn_op *op = &net->ops[i];
    const size_t count = pass->images * op->out_floats;
    float *dy = pass->dense_gradients[turn];
    if (op->kind == MCNN_OP_DENSE) {
      dense_backward(pass, pool, i, dy, pass->dense_gradients[!turn]);
      turn = !turn;
    } else if (op->kind == MCNN_OP_DROPOUT) {
      mcnn_dropout_backward(op, pass->chosen[i], count, dy, dy);
    } else {
      net->kernels->relu_backward(count, pass->outputs[i], dy, dy);
    }
  }
  return pass->dense_gradients[turn];
}

/* Op i of the spatial part over the images [begin, end): dy and dx are of these images only. */
static void backward_images(mcnn_pass *pass, size_t i, size_t begin, size_t end, size_t piece,
                            const float *dy, float *dx, float *scratch) {
  const mcnn_net *net = pass->net;
  const mcnn_op *op = &net->ops[i];
  const size_t at = begin * op->out_floats;
  const size_t images = end - begin;
  const uint8_t *chosen = pass->chosen[i] ? pass->chosen[i] + at : NULL;
  switch (op->kind) {
  case MCNN_OP_CONV2D:
    mcnn_conv2d_backward(net->kernels, op, pass->packed, op_input(pass, i) + begin * op->in_floats,
                         pass->outputs[i] + at, chosen, dy, images,
                         pass->partial + piece * pass->partial_floats + pass->partial_offset[i],
                         i > 0 ? dx : NULL, scratch);
    break;
  case MCNN_OP_MAXPOOL2D:
    net->kernels->maxpool_backward(&op->pool, chosen, dy, images, dx);
    break;
  case MCNN_OP_DROPOUT:
    mcnn_dropout_backward(op, chosen, images * op->out_floats, dy, dx);
    break;
  default:
    net->kernels->relu_backward(images * op->out_floats, pass->outputs[i] + at, dy, dx);
    break;
  }
}

static void spatial_backward_piece(void *context, size_t piece, size_t worker) {
  mcnn_pass *pass = context;
  const mcnn_net *net = pass->net;
  float *scratch = pass->worker_scratch[worker];
  size_t begin, end;
  mcnn_piece_range(pass->images, image_pieces(pass->images), piece, &begin, &end);
  memset(pass->partial + piece * pass->partial_floats, 0, pass->partial_floats * sizeof(float));
  for (size_t at = begin; at < end; at += pass->chunk) {
    const size_t stop = at + pass->chunk < end ? at + pass->chunk : end;
    const float *dy = pass->dy + at * net->feature_floats;
    int turn = 0;
    for (size_t i = net->num_spatial; i-- > 0;) {
      float *dx = scratch + pass->op_scratch + (size_t)turn * pass->spatial_side;
      backward_images(pass, i, at, stop, piece, dy, dx, scratch);
      dy = dx;
      turn = !turn;
    }
  }
}

static int has_convolution(const mcnn_net *net) {
  for (size_t i = 0; i < net->num_spatial; i++)
    if (net->ops[i].kind == MCNN_OP_CONV2D)
      return 1;
  return 0;
}

static void finish_convolutions(mcnn_pass *pass) {
  const mcnn_net *net = pass->net;
  for (size_t i = 0; i < net->num_spatial; i++) {
    const mcnn_op *op = &net->ops[i];
    const mcnn_layer *layer = op->layer;
    float *dw = pass->kernel_gradient;
    float *db = dw + aligned(layer->kernel_count);
    if (op->kind != MCNN_OP_CONV2D)
      continue;
    mcnn_conv2d_finish(net->kernels, op, pass->partial + pass->partial_offset[i],
                       image_pieces(pass->images), pass->partial_floats, dw, db);
    pass->receive(pass->receive_context, layer, 0, layer->kernel_offset, dw, layer->kernel_count);
    pass->receive(pass->receive_context, layer, 1, layer->bias_offset, db, layer->bias_count);
  }
}

void mcnn_pass_backward(mcnn_pass *pass, mcnn_pool *pool, const float *weights,
                        mcnn_gradient_fn receive, void *context) {
  pass->weights = weights;
  pass->receive = receive;
  pass->receive_context = context;
  pass->dy = backward_dense_part(pass, pool);
  if (!has_convolution(pass->net))
    return;
  mcnn_pool_run(pool, spatial_backward_piece, pass, image_pieces(pass->images));
  finish_convolutions(pass);
}
