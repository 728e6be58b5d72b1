/* The networks that a model's architecture is computed as. */
#ifndef MCNN_MODEL_NETS_H
#define MCNN_MODEL_NETS_H

#include "nn/net.h"

typedef struct mcnn_nets {
  mcnn_net *net;      /* for images of the model's channels */
  mcnn_net *gray_net; /* 3 channels: for gray images; else NULL */
} mcnn_nets;

/* On failure there are none. The architecture must outlive them. */
mnistcnn_status mcnn_nets_create(const mcnn_arch *arch, mcnn_isa isa, const mcnn_alloc *alloc,
                                 mcnn_nets *nets);
void mcnn_nets_free(mcnn_nets *nets);

/* The one for images of so many channels. */
const mcnn_net *mcnn_nets_for(const mcnn_nets *nets, uint32_t channels);

#endif
