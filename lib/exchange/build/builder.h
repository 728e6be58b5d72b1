/* A network that is being put together from a foreign description: layers as architecture text with
 * their arrays, and where each reads from. At the end it becomes a model. */
#ifndef MCNN_EXCHANGE_BUILD_BUILDER_H
#define MCNN_EXCHANGE_BUILD_BUILDER_H

#include "base/alloc.h"

/* The height, width and channels of an image, or of a vector 1, 1 and its length. */
enum mcnn_axis {
  MCNN_AXIS_HEIGHT,
  MCNN_AXIS_WIDTH,
  MCNN_AXIS_CHANNELS,
  MCNN_AXIS_ONE /* a dimension of 1 that may be any of them whose size is 1 */
};
enum { MCNN_NUM_AXES = 3, MCNN_TENSOR_MAX_RANK = 8 };

/* What a layer reads or writes, without the batch: as the other framework sees it, by which of our
 * axes each of its dimensions is. So channels first, transposed images and dimensions of 1 that
 * come and go are bookkeeping, and only the arrays that depend on the order are rearranged. */
typedef struct mcnn_tensor {
  uint32_t op; /* whose output it is, from 1; 0: the network's input */
  uint32_t size[MCNN_NUM_AXES];
  int is_flat;   /* a vector for us: behind our flatten or a global pooling */
  int is_vector; /* a vector for the other framework, in which the axes follow one another */
  uint32_t rank;
  enum mcnn_axis axes[MCNN_TENSOR_MAX_RANK];
} mcnn_tensor;

typedef struct mcnn_builder mcnn_builder;

/* `label` starts each message and must outlive the builder. */
mnistcnn_status mcnn_builder_create(const mcnn_alloc *alloc, const char *label, mcnn_builder **out);
void mcnn_builder_free(mcnn_builder *builder);

const char *mcnn_builder_label(const mcnn_builder *builder);
const mcnn_alloc *mcnn_builder_alloc(const mcnn_builder *builder);

/* What the network reads: its size for us, and the dimensions of the other framework. */
void mcnn_builder_set_input(mcnn_builder *builder, const mcnn_tensor *input);
const mcnn_tensor *mcnn_builder_input(const mcnn_builder *builder);

/* The layer that is being translated, for messages: "layer 3 "conv2d" (Conv2D)". name NULL: none.
 */
void mcnn_builder_set_place(mcnn_builder *builder, uint32_t number, const char *name,
                            const char *kind);

/* That place, kept for later as long as the builder lives; NULL without memory. */
const char *mcnn_builder_keep_place(mcnn_builder *builder);
void mcnn_builder_return_to(mcnn_builder *builder, const char *place);

/* "LABEL: layer 3 "conv2d" (Conv2D): ..." */
mnistcnn_status mcnn_builder_fail(mcnn_builder *builder, mnistcnn_status status, const char *format,
                                  ...) __attribute__((format(printf, 3, 4)));

/* A remark for the user, one line; kept until the import has succeeded. */
mnistcnn_status mcnn_builder_note(mcnn_builder *builder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
size_t mcnn_builder_num_notes(const mcnn_builder *builder);
const char *mcnn_builder_note_at(const mcnn_builder *builder, size_t index);

/* Memory that lives as long as the builder; NULL with the message set. */
float *mcnn_builder_floats(mcnn_builder *builder, size_t count);

/* Appends a layer that reads *tensor, which becomes its output; its size is the caller's to set. */
mnistcnn_status mcnn_builder_layer(mcnn_builder *builder, mcnn_tensor *tensor, const char *format,
                                   ...) __attribute__((format(printf, 3, 4)));
/* The text of the layer whose output a tensor is; "" for the input. */
const char *mcnn_builder_layer_text(const mcnn_builder *builder, const mcnn_tensor *tensor);

/* Takes the layer back if it was appended last and has this text and no weights; *tensor becomes
 * what it reads. */
int mcnn_builder_take_back(mcnn_builder *builder, mcnn_tensor *tensor, const char *text);

/* "add": the sum of both. */
mnistcnn_status mcnn_builder_sum(mcnn_builder *builder, mcnn_tensor *tensor,
                                 const mcnn_tensor *other);

/* x times a function of x as an activation: 1 where `factor`, the last that was appended, is a
 * sigmoid of x, by whatever layers; it becomes x sigmoid(x). */
int mcnn_builder_gate(mcnn_builder *builder, const mcnn_tensor *x, mcnn_tensor *factor);

/* An array of the last layer, which: MNISTCNN_WEIGHTS_...; the values stay where they are. */
void mcnn_builder_array(mcnn_builder *builder, int32_t which, const float *values, size_t count);

/* 1 where layers for vectors are to be written as convolutions of images of 1 x 1, since some of
 * them are added. */
int mcnn_builder_has_image_vectors(const mcnn_builder *builder);
void mcnn_builder_use_image_vectors(mcnn_builder *builder);

/* What a dense layer of one output with a sigmoid says, of two classes: kernels and biases of 0 for
 * the other one, and softmax. *tensor: the output, which becomes that of two. Returns 0 where the
 * network does not end so. */
mnistcnn_status mcnn_builder_two_classes(mcnn_builder *builder, mcnn_tensor *tensor, int *done);

/* The model; output: of mcnn_build_classes(). options: of which the builder sets input, classes and
 * architecture. */
mnistcnn_status mcnn_builder_model(mcnn_builder *builder, const mcnn_tensor *output,
                                   mnistcnn_model_options *options, mnistcnn_model **model);

/* --- parts that layers share ------------------------------------------------------------------ */

uint32_t mcnn_tensor_dim(const mcnn_tensor *tensor, uint32_t index);
/* The product of all sizes. */
uint64_t mcnn_tensor_count(const mcnn_tensor *tensor);

#endif
