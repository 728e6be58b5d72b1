#include "model/identity.h"

#include <stdatomic.h>

struct mcnn_identity {
  mcnn_alloc alloc;
  atomic_size_t holders;
};

mcnn_identity *mcnn_identity_create(const mcnn_alloc *alloc) {
  mcnn_identity *identity = mcnn_alloc_zeroed(alloc, 1, sizeof *identity);
  if (!identity)
    return NULL;
  identity->alloc = *alloc;
  atomic_init(&identity->holders, 1);
  return identity;
}

mcnn_identity *mcnn_identity_hold(mcnn_identity *identity) {
  atomic_fetch_add_explicit(&identity->holders, 1, memory_order_relaxed);
  return identity;
}

void mcnn_identity_release(mcnn_identity *identity) {
  if (!identity || atomic_fetch_sub_explicit(&identity->holders, 1, memory_order_acq_rel) > 1)
    return;
  const mcnn_alloc alloc = identity->alloc;
  mcnn_free(&alloc, identity);
}
