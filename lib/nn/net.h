/* A network made ready to compute: which kernels run over which layers, and how much memory that
 * takes. Immutable; the weights are passed in.
 *
 * The layers up to the flatten work image by image (the spatial part), the rest on a whole batch
 * (the dense part). Training cuts a batch into fixed blocks, so that the result does not depend on
 * the number of threads. */
#ifndef MCNN_NN_NET_H
#define MCNN_NN_NET_H

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

/* What creating it asked the allocator for. */
uint64_t mcnn_net_bytes(const mcnn_net *net);
/* Multiply-adds of one image: forward, and forward and backward. */
uint64_t mcnn_net_macs(const mcnn_net *net);
uint64_t mcnn_net_training_macs(const mcnn_net *net);

/* The weights in the kernels' own layout, for prediction. */
size_t mcnn_net_packed_floats(const mcnn_net *net);
void mcnn_net_pack(const mcnn_net *net, const float *weights, float *packed);

/* A flat array of parameters, or of what goes with each of them, in the order of the model and in
 * the one that training works on (a kernel may be in blocks, see layers/dense.c): of the same size,
 * each parameter array at the same offset. */
void mcnn_net_to_training(const mcnn_net *net, const float *parameters, float *training);
void mcnn_net_from_training(const mcnn_net *net, const float *training, float *parameters);

/* Floats of one image where the spatial part ends and the dense part begins. */
size_t mcnn_net_feature_floats(const mcnn_net *net);

/* How many images of the spatial part a prediction should take at once, so that they stay in the
 * cache. */
size_t mcnn_net_image_block(const mcnn_net *net);

#endif
