/* Tells models apart, also those that no longer are. What remembers a model by its address takes
 * another model, later made at the same address, for the first one. So a model owns an identity,
 * and what remembers the model holds on to that: as long as it does, no other can have its address.
 */
#ifndef MCNN_MODEL_IDENTITY_H
#define MCNN_MODEL_IDENTITY_H

#include "base/alloc.h"

typedef struct mcnn_identity mcnn_identity;

/* Held once; NULL with the message set. */
mcnn_identity *mcnn_identity_create(const mcnn_alloc *alloc);
/* Threads may hold and release one identity at the same time. Returns `identity`. */
mcnn_identity *mcnn_identity_hold(mcnn_identity *identity);
void mcnn_identity_release(mcnn_identity *identity); /* NULL is fine */

#endif
