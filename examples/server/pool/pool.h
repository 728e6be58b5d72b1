/* The workers and the jobs that wait for them. */
#ifndef SERVER_POOL_POOL_H
#define SERVER_POOL_POOL_H

#include "pool/child.h"
#include "pool/job.h"

typedef struct pool_options {
  child_options child;
  uint32_t workers;
  size_t queue_limit;    /* jobs that may wait */
  size_t batch_images;   /* most images of a batch */
  int64_t batch_wait_us; /* how long a batch that is not full waits for more; 0: not at all */
  int64_t work_ms;       /* the longest that a worker may take for a batch */
} pool_options;

typedef struct pool pool;

/* Starts the workers, then a thread for each. NULL, and the reason, where the model cannot be used
 * or nothing can be started. */
pool *pool_start(const pool_options *options, const uint8_t *file, size_t size, char *reason,
                 size_t capacity);

/* False where the queue is full, or the pool is being stopped; then the job was not taken. */
bool pool_add(pool *p, job *j);

/* Loads another model in new workers, and then replaces all of them. On failure everything stays as
 * it was. Jobs go on meanwhile. Called by one thread at a time. */
bool pool_reload(pool *p, const uint8_t *file, size_t size, char *reason, size_t capacity);

/* The model that new jobs are answered by; the caller releases it. */
model_info *pool_model(pool *p);

/* Workers that can be asked. */
uint32_t pool_alive(pool *p);

/* Answers what waits, and ends. */
void pool_stop(pool *p);

#endif
