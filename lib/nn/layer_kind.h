/* What there is to know of a kind of layer: its text, its shapes, and how it runs. Everything that
 * walks over layers goes through this; layers/ has one file a kind, and layers/layers.c the table
 * of all. A function that is NULL stands for what its comment says. */
#ifndef MCNN_NN_LAYER_KIND_H
#define MCNN_NN_LAYER_KIND_H

#include "base/threads.h"
#include "nn/layer.h"
#include "nn/layer_text.h"
#include "nn/op.h"

typedef struct mcnn_executor mcnn_executor;

/* What a layer is read from. */
typedef struct mcnn_layer_reader {
  mcnn_layer_text text;
  const mcnn_arch *arch;    /* so far */
  const mcnn_layer *before; /* the layer before it; NULL: it is the first */
  uint32_t num_classes;
  struct mcnn_references *references; /* what the text may refer to (references.h) */
} mcnn_layer_reader;

typedef enum mcnn_layer_input {
  MCNN_INPUT_ANY,
  MCNN_INPUT_SPATIAL, /* images: before the flatten */
  MCNN_INPUT_FLAT     /* vectors: behind it */
} mcnn_layer_input;

/* Prediction in 8-bit integers. Sizes in 32-bit words; `kernels` need not be the net's own. */
typedef struct mcnn_int8_functions {
  int (*supports)(const mcnn_op *op);
  size_t (*packed_words)(const mcnn_int8_kernels *kernels, const mcnn_op *op);
  size_t (*scratch_words)(const mcnn_int8_kernels *kernels, const mcnn_op *op);
  void (*pack)(const mcnn_int8_kernels *kernels, const mcnn_op *op, const float *weights,
               uint32_t *packed);
  void (*forward)(const mcnn_int8_kernels *kernels, const mcnn_forward *call,
                  const uint32_t *packed, uint32_t *scratch);
} mcnn_int8_functions;

/* "expected ..." and what there is to write for this kind. */
mnistcnn_status mcnn_layer_reader_fail_syntax(const mcnn_layer_reader *reader,
                                              const mcnn_layer_kind *kind);
/* Fails where a word is left that is none of the kind's. */
mnistcnn_status mcnn_layer_reader_expect_end(const mcnn_layer_reader *reader,
                                             const mcnn_layer_kind *kind);

/* A layer whose output depends on statistics of the whole batch: in training, ops before it are run
 * over all images first. `sums` are image_doubles() for each image, `step` doubles apart; `state`
 * is kept from forward to backward. */
typedef struct mcnn_reduce {
  const mcnn_net *net;
  const mcnn_op *op;
  const float *weights;
  const double *sums; /* of the images, `step` doubles apart */
  size_t step, images;
  float *state;
  mcnn_gradient_fn receive; /* backward */
  void *context;
} mcnn_reduce;

typedef struct mcnn_statistics_functions {
  size_t (*state_floats)(const mcnn_net *net, const mcnn_op *op);
  size_t (*image_doubles)(const mcnn_op *op);
  /* The sums of each of the call's images, of which x is there and y is not. */
  void (*measure)(const mcnn_forward *call, double *sums, size_t step);
  void (*reduce)(const mcnn_reduce *call);
  /* The same of the gradients: dy is there, dx is not; the reduction hands on those of the layer's
   * parameters, and the statistics themselves. */
  void (*measure_gradient)(const mcnn_backward *call, double *sums, size_t step);
  void (*reduce_gradient)(const mcnn_reduce *call);
} mcnn_statistics_functions;

struct mcnn_layer_kind {
  int32_t id;            /* MNISTCNN_LAYER_... */
  const char *word;      /* in architecture texts; one of them where is_named is set */
  const char *arguments; /* those behind the word, for messages; NULL: they tell it themselves */
  const char *keras_name, *keras_type; /* "max_pooling2d", "MaxPooling2D" */
  mcnn_layer_input input;
  uint32_t takes_activation; /* one may stand behind its arguments, or follow as a layer */
  uint32_t takes_l2;         /* has kernels, whose own L2 penalty may stand behind its arguments */
  uint32_t takes_output;     /* an output layer may stand behind its arguments */
  uint32_t flattens;         /* computes vectors of images, which a flatten may follow */
  uint32_t is_output;        /* the network ends in it; no row of its own in Keras' summary */
  uint32_t keeps_relu;       /* the ReLU of a ReLU's output, if this is between, changes nothing */
  uint32_t takes_gray;       /* can be given one channel that stands for three equal ones */
  uint32_t only_in_training; /* prediction passes x on as it is */

  /* --- the architecture ------------------------------------------------------------------------
   * is_named (NULL: `word` is the only one): whether the word names a layer of this kind, which
   * read is then given with its arguments. read: the arguments behind the word (NULL: none); write:
   * the text of it all, without the activation; infer: in -> out, the parameters and the limits of
   * its own (NULL: out = in). */
  int (*is_named)(const mcnn_word *word);
  mnistcnn_status (*read)(mcnn_layer_reader *reader, mcnn_layer *layer);
  void (*write)(const mcnn_layer *layer, char text[MCNN_LAYER_TEXT_CAPACITY]);
  mnistcnn_status (*infer)(const mcnn_layer_reader *reader, mcnn_layer *layer);

  /* The batch normalisation behind this layer may become part of its packed weights. */
  uint32_t folds_norm;

  /* Multiply-adds of one image forward; NULL: next to none. The gradient of the parameters takes as
   * many again, and so does that of the input. */
  uint64_t (*macs)(const mcnn_op *op);

  /* --- running it over some images -------------------------------------------------------------
   * forward NULL: there is nothing to compute. prepare (NULL: nothing to prepare) fills the op's
   * geometry, after the plan has set everything else. */
  void (*prepare)(const mcnn_net *net, mcnn_op *op);
  void (*forward)(const mcnn_forward *call);
  void (*backward)(const mcnn_backward *call);
  size_t (*scratch_floats)(const mcnn_net *net, const mcnn_op *op, size_t images, int training);
  /* Bytes of one image that backward finds as forward left them. */
  size_t (*saved_bytes)(const mcnn_op *op);

  /* Prediction: several threads may compute one image's y in parts, the same bytes as forward, cut
   * at multiples of part_floats() of it (NULL, or 0: they may not). forward_part: the floats
   * [begin, end) of y. Scratch is as for forward. */
  size_t (*part_floats)(const mcnn_net *net, const mcnn_op *op);
  void (*forward_part)(const mcnn_forward *call, size_t begin, size_t end);

  /* Weights in a layout of the kernels' own. */
  size_t (*packed_floats)(const mcnn_net *net, const mcnn_op *op, int training);
  void (*pack)(const mcnn_net *net, const mcnn_op *op, const float *weights, int training,
               float *packed);
  const mcnn_int8_functions *int8;
  const mcnn_statistics_functions *statistics; /* NULL: it has none */

  /* --- gradients of parameters, before the flatten ---------------------------------------------
   * backward adds up a partial gradient for each block of images; finish adds these up, in so many
   * tasks, and hands the gradient on. */
  size_t (*partial_floats)(const mcnn_net *net, const mcnn_op *op);
  size_t (*finish_tasks)(const mcnn_op *op);
  void (*finish)(const mcnn_finish *call, size_t task);

  /* --- training behind the flatten, over a whole batch -----------------------------------------
   * NULL: forward in tasks of a few images, backward in place. An op that is fused with the next
   * one runs both. `work` floats are shared by all ops, `scratch` ones are of each thread.
   * batch_finish completes the outputs of the images [begin, end), if anything is left to do.
   * batch_backward: dy is the gradient of the (last) op's output; the gradient of the (first) op's
   * input goes to `other`, or where two ops run, back to dy. */
  size_t (*batch_work_floats)(const mcnn_net *net, const mcnn_op *op, size_t max_batch);
  size_t (*batch_scratch_floats)(const mcnn_net *net, const mcnn_op *op, size_t max_batch);
  void (*batch_forward)(mcnn_executor *executor, mcnn_pool *pool, size_t index);
  void (*batch_finish)(mcnn_executor *executor, size_t index, size_t begin, size_t end);
  void (*batch_backward)(mcnn_executor *executor, mcnn_pool *pool, size_t index, float *dy,
                         float *other);

  /* The kernel between the model's order and the one it is trained in (NULL: the same). */
  void (*to_training)(const mcnn_op *op, const float *from, float *to);
  void (*from_training)(const mcnn_op *op, const float *from, float *to);
};

/* Whether the op has parameters and works image by image. */
int mcnn_op_has_partial(const mcnn_op *op);
/* The first op with statistics from `index` on in the spatial part, or where that ends. */
size_t mcnn_next_statistics(const mcnn_plan *plan, size_t index);

/* Bytes of one image that the op keeps from forward to backward. */
size_t mcnn_op_saved_bytes(const mcnn_op *op);

/* Scratch of one op for `images` at once, in floats. */
size_t mcnn_op_scratch_floats(const mcnn_net *net, const mcnn_op *op, size_t images, int training);

/* Prediction: the activation that comes after the op, on the floats [begin, end) of y. */
void mcnn_forward_after(const mcnn_forward *call, size_t begin, size_t end);

/* part_floats() and forward_part() of kinds whose forward works float by float. */
size_t mcnn_elementwise_part_floats(const mcnn_net *net, const mcnn_op *op);
void mcnn_elementwise_forward_part(const mcnn_forward *call, size_t begin, size_t end);

/* The weights of all ops that pack them. */
void mcnn_net_pack_for(const mcnn_net *net, const float *weights, int training, float *packed);

#endif
