/* What the translation of layers shares. */
#ifndef MCNN_EXCHANGE_KERAS_CONTEXT_H
#define MCNN_EXCHANGE_KERAS_CONTEXT_H

#include "exchange/build/layers.h"
#include "exchange/keras/weights.h"

typedef struct mcnn_keras_context {
  mcnn_builder *builder;
  const mcnn_keras_graph *graph;
  mcnn_keras_weights *weights;
  uint32_t version;     /* of Keras: 1, 2 or 3 */
  int flips_kernels;    /* written with Theano, which convolves where others correlate */
  int knows_backend;    /* whether the file says so */
  int channels_first;   /* what the network reads; layers of Keras 1 may not say it again */
  mcnn_tensor *outputs; /* of each layer of the graph */
} mcnn_keras_context;

/* *tensor is the output of the layer's first input and becomes its own. */
typedef mnistcnn_status (*mcnn_keras_translate_fn)(mcnn_keras_context *context,
                                                   const mcnn_keras_layer *layer,
                                                   mcnn_tensor *tensor);

/* By class; NULL for one that is not known. */
mcnn_keras_translate_fn mcnn_keras_translator(const mcnn_keras_context *context,
                                              const mcnn_keras_layer *layer);

/* What would help where a layer cannot be had; never NULL. */
const char *mcnn_keras_advice(const char *class_name);

/* "its SETTING is not what this library reads", MNISTCNN_UNSUPPORTED. */
mnistcnn_status mcnn_keras_fail_setting(mcnn_keras_context *context, const char *setting);

/* --- arrays ----------------------------------------------------------------------------------- */

/* One that a layer has: by its names in any version, or else by its place. */
typedef struct mcnn_keras_role {
  const char *names[3]; /* "kernel", ...; unused ones are NULL */
  uint32_t rank;
  uint64_t shape[4];
  const float **values; /* receives them; they belong to the builder */
} mcnn_keras_role;

/* Exactly these arrays of a layer, in the order in which Keras has them. */
mnistcnn_status mcnn_keras_read_arrays(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                       const mcnn_keras_role *roles, size_t count);

/* --- activations ------------------------------------------------------------------------------ */

/* What "activation" says, in any of its forms; nothing for none. */
mnistcnn_status mcnn_keras_activation(mcnn_keras_context *context, const mcnn_json_value *setting,
                                      mcnn_tensor *tensor);

/* A function by its name, with its settings, if it has some; 0 where it is not known. */
int mcnn_keras_is_function(const char *name);
mnistcnn_status mcnn_keras_apply_function(mcnn_keras_context *context, const char *name,
                                          const mcnn_json_value *config, mcnn_tensor *tensor);

/* Layers that are an activation: ReLU, LeakyReLU, ELU, Softmax, Activation, ... */
mnistcnn_status mcnn_keras_activation_layer(mcnn_keras_context *context, const char *class_name,
                                            const mcnn_json_value *config, mcnn_tensor *tensor);
int mcnn_keras_is_activation_layer(const char *class_name);

/* --- translators by file ---------------------------------------------------------------------- */

mnistcnn_status mcnn_keras_conv2d(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                  mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_depthwise(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_separable(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_max_pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                    mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_average_pool(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                        mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_global_average(mcnn_keras_context *context,
                                          const mcnn_keras_layer *layer, mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_global_max(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                      mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_zero_padding(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                        mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_cropping(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                    mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_dense(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_batch_norm(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                      mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_rescaling(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_normalization(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                         mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_prelu(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                 mcnn_tensor *tensor);

/* --- operations on tensors -------------------------------------------------------------------- */

mnistcnn_status mcnn_keras_operation(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                     mcnn_tensor *tensor);
/* Whether it is an operation of Keras 3 that is read. */
int mcnn_keras_is_operation(const mcnn_keras_context *context, const mcnn_keras_layer *layer);

/* What an operation tells of its input x: the scale and offset that it applies. Returns 0 where it
 * computes something else; 1 and 0 where it changes the shape or type alone. */
int mcnn_keras_operation_affine(const mcnn_keras_layer *layer, double *scale, double *offset);

/* --- shapes ----------------------------------------------------------------------------------- */

mnistcnn_status mcnn_keras_flatten(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_reshape(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_permute(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                                   mcnn_tensor *tensor);
/* Of operations, whose shapes and axes have the batch in front. */
mnistcnn_status mcnn_keras_reshape_batch(mcnn_keras_context *context, const mcnn_json_value *shape,
                                         mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_transpose(mcnn_keras_context *context, const mcnn_json_value *axes,
                                     mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_expand_dims(mcnn_keras_context *context, const mcnn_json_value *axis,
                                       mcnn_tensor *tensor);
mnistcnn_status mcnn_keras_squeeze(mcnn_keras_context *context, const mcnn_json_value *axis,
                                   mcnn_tensor *tensor);
/* word: of the pooling, "globalavgpool" or "globalmaxpool". */
mnistcnn_status mcnn_keras_reduce(mcnn_keras_context *context, const char *word,
                                  const mcnn_json_value *axes, int keep_dims, mcnn_tensor *tensor);

/* The sum of all that the layer reads, each counted once. */
mnistcnn_status mcnn_keras_sum(mcnn_keras_context *context, const mcnn_keras_layer *layer,
                               mcnn_tensor *tensor);

#endif
