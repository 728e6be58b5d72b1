/* A small pool of threads that works through fixed pieces.
 *
 * Results must not depend on the number of threads: a piece is a function of its index alone, and
 * whoever adds pieces up does so in index order. Idle threads sleep. A pool belongs to one thread
 * at a time, survives fork() (the child starts threads of its own at its first use) and blocks all
 * signals in its threads, so that the host's handlers never run there. */
#ifndef MCNN_BASE_THREADS_H
#define MCNN_BASE_THREADS_H

#include "base/alloc.h"
#include "base/limits.h"

typedef struct mcnn_pool mcnn_pool;

/* `piece` is the piece's index; `worker` is 0..threads-1, for per-thread scratch only. */
typedef void (*mcnn_task_fn)(void *context, size_t piece, size_t worker);

/* A pool of `threads` workers, the caller being one of them: threads == 1 starts nothing. */
mnistcnn_status mcnn_pool_create(const mcnn_alloc *alloc, uint32_t threads, mcnn_pool **out);
void mcnn_pool_free(mcnn_pool *pool);

/* NULL is a pool of one. */
uint32_t mcnn_pool_threads(const mcnn_pool *pool);

/* Runs fn for every piece in 0..pieces-1 and returns when all are done. NULL: in the caller.
 * Every worker has a share of its own, the same in every job of so many pieces, so that it finds in
 * its cache what it left there; when it is done with it, it helps the others. */
void mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t pieces);

/* The same, each share in this order. A job that goes back over the same memory the other way round
 * begins with what the job before has touched last. */
typedef enum mcnn_task_order { MCNN_ORDER_ASCENDING, MCNN_ORDER_DESCENDING } mcnn_task_order;
void mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                           size_t pieces);

/* The range [*begin, *end) of piece `piece` when `count` items are cut into `pieces`. The one that
 * would come behind the last begins at `count`. */
void mcnn_task_range(size_t count, size_t pieces, size_t piece, size_t *begin, size_t *end);

/* Seconds of a clock that only goes forward. */
double mcnn_seconds(void);

#endif
