#include "model/model_id.h"

#include <stdatomic.h>

struct mcnn_model_id {
  mcnn_alloc alloc;
  atomic_size_t holders;
};

mcnn_model_id *mcnn_model_id_create(const mcnn_alloc *alloc) {
  mcnn_model_id *identity = mcnn_alloc_zeroed(alloc, 1, sizeof *identity);
  if (!identity)
    return NULL;
  identity->alloc = *alloc;
  atomic_init(&identity->holders, 1);
  return identity;
}

mcnn_model_id *mcnn_model_id_hold(mcnn_model_id *identity) {
  atomic_fetch_add_explicit(&identity->holders, 1, memory_order_relaxed);
  return identity;
}

void mcnn_model_id_release(mcnn_model_id *identity) {
  if (!identity || atomic_fetch_sub_explicit(&identity->holders, 1, memory_order_acq_rel) > 1)
    return;
  const mcnn_alloc alloc = identity->alloc;
  mcnn_free(&alloc, identity);
}
