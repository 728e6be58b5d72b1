/* A reference-counted tag that keeps a model's address unique. What remembers a model by its
 * address would take another model, made later at the same address, for the first one. So a model
 * owns a tag, and what remembers the model holds a reference to it: as long as it does, no other
 * tag can have this address. */
#ifndef MCNN_MODEL_MODEL_ID_H
#define MCNN_MODEL_MODEL_ID_H

#include "base/alloc.h"

typedef struct mcnn_model_id mcnn_model_id;

/* With one reference; NULL with the message set. */
/* What creating one asks the allocator for. */
uint64_t mcnn_model_id_bytes(void);
mcnn_model_id *mcnn_model_id_create(const mcnn_alloc *alloc);
/* Adds a reference and returns `id`. Any threads may call these two for the same tag. */
mcnn_model_id *mcnn_model_id_hold(mcnn_model_id *id);
void mcnn_model_id_release(mcnn_model_id *id); /* NULL is fine */

#endif
