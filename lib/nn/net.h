/* A network made ready to compute: which kernels run over which layers, and how much memory that
 * takes. Immutable; the weights are passed in.
 *
 * The layers up to the first flatten work image by image (the spatial part), the rest on a whole
 * batch (the dense part). Training cuts a batch into fixed pieces, so that the result does not
 * depend on the number of threads. */
#ifndef MCNN_NN_NET_H
#define MCNN_NN_NET_H

#include "base/threads.h"
#include "kernels/kernels.h"
#include "nn/arch.h"

typedef struct mcnn_net mcnn_net;

/* gray_input: the network has 3 input channels but will be given 1, which stands for three equal
 * ones. The architecture must outlive the net. */
mnistcnn_status mcnn_net_create(const mcnn_arch *arch, mcnn_isa isa, int gray_input,
                                const mcnn_alloc *alloc, mcnn_net **out);
void mcnn_net_free(mcnn_net *net);
mcnn_isa mcnn_net_isa(const mcnn_net *net);
int mcnn_net_gray_input(const mcnn_net *net);
/* Floats of one image as the net is given it. */
size_t mcnn_net_input_floats(const mcnn_net *net);

/* The weights in the kernels' own layout, for prediction. */
size_t mcnn_net_packed_floats(const mcnn_net *net);
void mcnn_net_pack(const mcnn_net *net, const float *weights, float *packed);

/* A flat array of parameters, or of what goes with each of them, in the order of the model and in
 * that in which an executor works on it (layout.c): of the same size, the same runs of floats for
 * every layer's kernel and bias. */
void mcnn_net_to_training(const mcnn_net *net, const float *parameters, float *training);
void mcnn_net_from_training(const mcnn_net *net, const float *training, float *parameters);

/* Floats of one image where the spatial part ends and the dense part begins. */
size_t mcnn_net_feature_floats(const mcnn_net *net);

/* How many images mcnn_net_spatial() should be given at once so that they stay in the cache. */
size_t mcnn_net_chunk(const mcnn_net *net);

/* Prediction by one thread. Spatial part: inputs [images][input floats], normalised, images <=
 * mcnn_net_chunk(); features [images][feature floats]. */
size_t mcnn_net_spatial_scratch_floats(const mcnn_net *net, size_t max_images);
void mcnn_net_spatial(const mcnn_net *net, const float *weights, const float *packed,
                      const float *inputs, size_t images, float *features, float *scratch);

/* Dense part: logits [images][classes], any number of images. */
size_t mcnn_net_dense_scratch_floats(const mcnn_net *net, size_t max_images);
void mcnn_net_dense(const mcnn_net *net, const float *weights, const float *features, size_t images,
                    float *logits, float *scratch);

/* Weights in reduced precision, in 32-bit words. The sizes depend on the architecture
 * and the processor alone, and are 0 where the processor has no reduced precision or no layer gains
 * by it. */
size_t mcnn_net_int8_words(const mcnn_net *net);
size_t mcnn_net_int8_scratch_words(const mcnn_net *net);
/* Whether there is something to reduce and the net's instruction set can. The two below ask for
 * that. */
int mcnn_net_has_int8(const mcnn_net *net);
void mcnn_net_int8_pack(const mcnn_net *net, const float *weights, uint32_t *reduced);
/* mcnn_net_dense() with the weights from mcnn_net_int8_pack(). Images whose two best classes
 * come close to each other are computed in float32 all the same. */
void mcnn_net_dense_int8(const mcnn_net *net, const float *weights, const uint32_t *reduced,
                         const float *features, size_t images, float *logits, float *scratch,
                         uint32_t *reduced_scratch);

#endif
