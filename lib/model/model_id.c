#include "model/model_id.h"

#include <stdatomic.h>

struct mcnn_model_id {
  mcnn_alloc alloc;
  atomic_size_t references;
};

uint64_t mcnn_model_id_bytes(void) {
  return mcnn_alloc_bytes(1, sizeof(mcnn_model_id));
}

mcnn_model_id *mcnn_model_id_create(const mcnn_alloc *alloc) {
  mcnn_model_id *id = mcnn_alloc_zeroed(alloc, 1, sizeof *id);
  if (!id)
    return NULL;
  id->alloc = *alloc;
  atomic_init(&id->references, 1);
  return id;
}

mcnn_model_id *mcnn_model_id_hold(mcnn_model_id *id) {
  atomic_fetch_add_explicit(&id->references, 1, memory_order_relaxed);
  return id;
}

void mcnn_model_id_release(mcnn_model_id *id) {
  if (!id || atomic_fetch_sub_explicit(&id->references, 1, memory_order_acq_rel) > 1)
    return;
  const mcnn_alloc alloc = id->alloc;
  mcnn_free(&alloc, id);
}
