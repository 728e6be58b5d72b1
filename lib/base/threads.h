/* A pool of threads that runs a fixed number of tasks.
 *
 * Results must not depend on the number of threads: a task depends on its index alone, and whoever
 * adds up the results of tasks does so in the order of their indices. Idle threads sleep. A pool
 * belongs to one thread at a time, survives fork() (the child starts threads of its own when it
 * first uses the pool) and blocks all signals in its threads, so that the program's handlers never
 * run there. */
#ifndef MCNN_BASE_THREADS_H
#define MCNN_BASE_THREADS_H

#include "base/alloc.h"
#include "base/limits.h"

typedef struct mcnn_pool mcnn_pool;

/* `task` is the task's index; `worker` is 0..threads-1, for per-thread scratch only. */
typedef void (*mcnn_task_fn)(void *context, size_t task, size_t worker);

/* A pool of `threads` workers, the caller being one of them: threads == 1 starts nothing. */
mnistcnn_status mcnn_pool_create(const mcnn_alloc *alloc, uint32_t threads, mcnn_pool **out);
void mcnn_pool_free(mcnn_pool *pool);
/* What creating one asks the allocator for; its threads' stacks are the system's. */
uint64_t mcnn_pool_bytes(uint32_t threads);

/* NULL is a pool of one. */
uint32_t mcnn_pool_threads(const mcnn_pool *pool);

/* Runs fn for every task in 0..tasks-1 and returns when all are done. NULL: in the caller.
 * Every worker has a range of tasks of its own, the same in every job of so many tasks, so that it
 * finds in its cache what it left there; then it helps the others. */
void mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t tasks);

/* The same, each worker's range in this order. A job that goes back over the same memory in the
 * other direction begins with what the job before touched last. */
typedef enum mcnn_task_order { MCNN_ORDER_ASCENDING, MCNN_ORDER_DESCENDING } mcnn_task_order;
void mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                           size_t tasks);

/* The range [*begin, *end) of items that task `task` takes when `count` items are divided among
 * `tasks` tasks. For task == tasks, one past the last, *begin is `count`. */
void mcnn_task_range(size_t count, size_t tasks, size_t task, size_t *begin, size_t *end);

#endif
