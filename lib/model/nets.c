#include "model/nets.h"

enum { COLOUR_CHANNELS = 3 };

mnistcnn_status mcnn_nets_create(const mcnn_arch *arch, mcnn_isa isa, const mcnn_alloc *alloc,
                                 mcnn_nets *nets) {
  *nets = (mcnn_nets){0};
  mnistcnn_status status = mcnn_net_create(arch, isa, 0, alloc, &nets->net);
  if (status == MNISTCNN_OK && arch->input.channels == COLOUR_CHANNELS)
    status = mcnn_net_create(arch, isa, 1, alloc, &nets->gray_net);
  if (status != MNISTCNN_OK)
    mcnn_nets_free(nets);
  return status;
}

void mcnn_nets_free(mcnn_nets *nets) {
  mcnn_net_free(nets->net);
  mcnn_net_free(nets->gray_net);
  *nets = (mcnn_nets){0};
}

const mcnn_net *mcnn_nets_for(const mcnn_nets *nets, uint32_t channels) {
  const int gray = channels == 1 && nets->gray_net && mcnn_net_gray_input(nets->gray_net);
  return gray ? nets->gray_net : nets->net;
}
