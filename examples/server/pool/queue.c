#include "pool/queue.h"

void queue_init(queue *q) {
  *q = (queue){.end = &q->first};
}

void queue_add(queue *q, job *j) {
  j->next = NULL;
  *q->end = j;
  q->end = &j->next;
  q->count++;
}

static job *take_first(queue *q) {
  job *const j = q->first;

  q->first = j->next;
  if (!q->first)
    q->end = &q->first;
  q->count--;
  j->next = NULL;
  return j;
}

job *queue_take(queue *q, size_t max_jobs, size_t max_images) {
  if (!q->first)
    return NULL;
  job *const taken = take_first(q);
  size_t images = taken->images, jobs = 1;
  for (job *last = taken; taken->kind != JOB_PAGE && q->first && jobs < max_jobs; jobs++) {
    if (q->first->kind == JOB_PAGE || images + q->first->images > max_images)
      break;
    images += q->first->images;
    last->next = take_first(q);
    last = last->next;
  }
  return taken;
}

job *queue_take_late(queue *q, int64_t now) {
  queue late, rest;

  queue_init(&late);
  queue_init(&rest);
  while (q->first) {
    job *const j = take_first(q);
    queue_add(j->deadline < now ? &late : &rest, j);
  }
  if (rest.first)
    *q = rest;
  return late.first;
}
