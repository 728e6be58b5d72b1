/* Tells models apart, also those that no longer are. What remembers a model by its address takes
 * another model, later made at the same address, for the first one. So a model owns an identity,
 * and what remembers the model holds on to that: as long as it does, no other can have its address.
 */
#ifndef MCNN_MODEL_MODEL_ID_H
#define MCNN_MODEL_MODEL_ID_H

#include "base/alloc.h"

typedef struct mcnn_model_id mcnn_model_id;

/* Held once; NULL with the message set. */
mcnn_model_id *mcnn_model_id_create(const mcnn_alloc *alloc);
/* Threads may hold and release one identity at the same time. Returns `identity`. */
mcnn_model_id *mcnn_model_id_hold(mcnn_model_id *identity);
void mcnn_model_id_release(mcnn_model_id *identity); /* NULL is fine */

#endif
