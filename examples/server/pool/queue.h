/* Jobs that wait, first come, first served. Not locked: the pool does that. */
#ifndef SERVER_POOL_QUEUE_H
#define SERVER_POOL_QUEUE_H

#include "pool/job.h"

typedef struct queue {
  job *first;
  job **end;
  size_t count;
} queue;

void queue_init(queue *q);
void queue_add(queue *q, job *j);

/* Takes what can be done together: a page by itself; else jobs of at most max_images images, but at
 * least one, and at most max_jobs. Returns them linked by `next`. */
job *queue_take(queue *q, size_t max_jobs, size_t max_images);

/* Takes all whose deadline has passed. */
job *queue_take_late(queue *q, int64_t now);

#endif
