#include "pool/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "metrics/metrics.h"
#include "pool/queue.h"
#include "system/clock.h"
#include "system/message.h"

enum { REASON_CAPACITY = 1024, FIRST_PAUSE_MS = 50, LONGEST_PAUSE_MS = 5000, START_ATTEMPTS = 3 };

typedef struct slot {
  pool *owner;
  pthread_t thread;
  child *current; /* of the slot's thread only */
  child *next;    /* what to go on with: under the lock */
  buffer batch;
  buffer answers;
  bool timed_out; /* the last batch, rather than that its worker was lost */
} slot;

struct pool {
  pool_options options;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  queue waiting;
  uint32_t idle;  /* slots that wait for jobs */
  uint32_t alive; /* slots with a worker */
  bool stops;
  buffer file; /* of the current model, for workers that are started again */
  model_info *model;
  slot *slots;
  uint32_t started; /* threads */
};

static void finish(job *j) {
  j->done(j, j->user);
}

static void finish_all(job *jobs, int status, const char *detail) {
  while (jobs) {
    job *const next = jobs->next;
    problem_set(&jobs->problem, status, "%s", detail);
    finish(jobs);
    jobs = next;
  }
}

static void finish_late(job *jobs) {
  for (const job *j = jobs; j; j = j->next)
    metrics_add(METRIC_REJECTED_LATE, 1);
  finish_all(jobs, 503, "the request waited too long for a worker");
}

static void set_alive(pool *p, int change) {
  pthread_mutex_lock(&p->lock);
  p->alive = (uint32_t)((int)p->alive + change);
  metrics_set(METRIC_WORKERS, p->alive);
  pthread_mutex_unlock(&p->lock);
}

/* Waits until `deadline` or a change. */
static void wait_changed(pool *p, int64_t until_us) {
  const struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};

  (void)pthread_cond_timedwait(&p->changed, &p->lock, &until);
}

/* --- asking ----------------------------------------------------------------------------------- */

static bool read_answers(const slot *s, job *jobs) {
  cursor in = {.data = s->answers.data, .size = s->answers.size};
  uint32_t count = unpack_u32(&in);

  for (job *j = jobs; j; j = j->next, count--)
    if (count == 0 || !job_read_answer(j, s->current->model, &in))
      return false;
  return count == 0 && in.at == in.size;
}

static bool ask(slot *s, job *jobs) {
  const int64_t deadline = clock_ms() + s->owner->options.work_ms;
  uint32_t count = 0;

  for (const job *j = jobs; j; j = j->next)
    count++;
  buffer_clear(&s->batch);
  pack_u32(&s->batch, count);
  for (const job *j = jobs; j; j = j->next)
    job_pack(j, &s->batch);
  const bool done = !s->batch.failed && child_ask(s->current, &s->batch, &s->answers, deadline) &&
                    read_answers(s, jobs);
  s->timed_out = !done && clock_ms() >= deadline;
  return done;
}

/* A copy of the model's file, so that a reload may replace it meanwhile. */
static bool copy_file(pool *p, buffer *file) {
  pthread_mutex_lock(&p->lock);
  buffer_add(file, p->file.data, p->file.size);
  pthread_mutex_unlock(&p->lock);
  return !file->failed;
}

static child *start_again(slot *s) {
  char reason[REASON_CAPACITY] = "out of memory";
  buffer file = {0};
  child *c = NULL;

  if (copy_file(s->owner, &file))
    c = child_start(&s->owner->options.child, file.data, file.size, reason, sizeof reason);
  buffer_free(&file);
  if (!c)
    message_error("a worker could not be started again: %s", reason);
  return c;
}

static void end_current(slot *s) {
  if (!s->current)
    return;
  child_end(s->current);
  s->current = NULL;
  set_alive(s->owner, -1);
}

static void set_current(slot *s, child *c) {
  s->current = c;
  if (c)
    set_alive(s->owner, 1);
}

static void replace_dead(slot *s) {
  metrics_add(METRIC_WORKER_RESTARTS, 1);
  message_error("worker %d died or took too long; it is started again", (int)s->current->pid);
  end_current(s);
  for (int attempt = 0; attempt < START_ATTEMPTS && !s->current; attempt++)
    set_current(s, start_again(s));
}

static const char lost[] =
    "the process that reads images was lost, or ran out of time, over this request";

/* One job by itself, after the worker has died of a batch. */
static void ask_again(slot *s, job *j) {
  j->next = NULL;
  job_clear_answer(j);
  if (!s->current) {
    problem_set(&j->problem, 503, "no worker can be started");
  } else if (!ask(s, j)) {
    job_clear_answer(j);
    problem_set(&j->problem, 500, "%s", lost);
    replace_dead(s);
  }
  finish(j);
}

static void run_batch(slot *s, job *jobs) {
  size_t images = 0;

  for (const job *j = jobs; j; j = j->next)
    images += j->images;
  metrics_batch(images);
  if (ask(s, jobs)) {
    while (jobs) {
      job *const next = jobs->next;
      finish(jobs);
      jobs = next;
    }
    return;
  }
  /* What has run out of time by itself would do so again. */
  const bool is_hopeless = !jobs->next && s->timed_out;
  replace_dead(s);
  if (is_hopeless) {
    job_clear_answer(jobs);
    finish_all(jobs, 500, lost);
    return;
  }
  while (jobs) {
    job *const next = jobs->next;
    ask_again(s, jobs);
    jobs = next;
  }
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* A fair share of what waits, so that no slot is idle while another has a long batch. */
static job *take_share(pool *p) {
  const size_t share = (p->waiting.count + p->idle) / (p->idle + 1);
  job *const jobs = queue_take(&p->waiting, share ? share : 1, p->options.batch_images);

  metrics_set(METRIC_QUEUED, (int64_t)p->waiting.count);
  return jobs;
}

/* With the lock held. NULL: the pool stops, or there is another child to go on with. */
static job *wait_for_jobs(slot *s) {
  pool *const p = s->owner;

  while (!p->waiting.first && !p->stops && !s->next) {
    p->idle++;
    pthread_cond_wait(&p->changed, &p->lock);
    p->idle--;
  }
  if (s->next || !p->waiting.first)
    return NULL;
  const int64_t until = clock_us() + p->options.batch_wait_us;
  while (p->waiting.count < p->options.batch_images && !p->stops && clock_us() < until)
    wait_changed(p, until);
  return take_share(p);
}

/* Where a worker could not be started, it is tried again, later and later. */
static void start_later(slot *s) {
  pool *const p = s->owner;
  int64_t pause = FIRST_PAUSE_MS;

  while (!s->current) {
    pthread_mutex_lock(&p->lock);
    if (!p->stops && !s->next)
      wait_changed(p, clock_us() + pause * 1000);
    job *const late = queue_take_late(&p->waiting, clock_ms());
    const bool goes_on = !p->stops && !s->next;
    pthread_mutex_unlock(&p->lock);
    finish_late(late);
    if (!goes_on)
      return;
    set_current(s, start_again(s));
    pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;
  }
}

static void take_next(slot *s) {
  pool *const p = s->owner;

  pthread_mutex_lock(&p->lock);
  child *const next = s->next;
  s->next = NULL;
  pthread_mutex_unlock(&p->lock);
  if (!next)
    return;
  end_current(s);
  set_current(s, next);
}

/* Those that are late are not begun. */
static void run_jobs(slot *s, job *jobs) {
  queue waiting;

  queue_init(&waiting);
  while (jobs) {
    job *const next = jobs->next;
    queue_add(&waiting, jobs);
    jobs = next;
  }
  finish_late(queue_take_late(&waiting, clock_ms()));
  if (waiting.first)
    run_batch(s, waiting.first);
}

static void *run_slot(void *argument) {
  slot *const s = argument;
  pool *const p = s->owner;

  for (;;) {
    take_next(s);
    if (!s->current)
      start_later(s);
    pthread_mutex_lock(&p->lock);
    job *const jobs = s->current ? wait_for_jobs(s) : NULL;
    const bool ends = p->stops && !jobs && (!p->waiting.first || !s->current);
    pthread_mutex_unlock(&p->lock);
    if (jobs)
      run_jobs(s, jobs);
    else if (ends)
      break;
  }
  end_current(s);
  return NULL;
}

bool pool_add(pool *p, job *j) {
  pthread_mutex_lock(&p->lock);
  const bool taken = !p->stops && p->waiting.count < p->options.queue_limit;
  if (taken) {
    queue_add(&p->waiting, j);
    metrics_set(METRIC_QUEUED, (int64_t)p->waiting.count);
    if (p->idle > 0)
      pthread_cond_signal(&p->changed);
  }
  pthread_mutex_unlock(&p->lock);
  if (!taken)
    metrics_add(METRIC_REJECTED_FULL, 1);
  return taken;
}

/* --- start, reload, stop ---------------------------------------------------------------------- */

static void end_all(child **children, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    child_end(children[i]);
  free(children);
}

/* One child a slot. */
static child **start_children(const pool_options *options, const uint8_t *file, size_t size,
                              char *reason, size_t capacity) {
  child **const children = calloc(options->workers, sizeof *children);
  if (!children) {
    (void)snprintf(reason, capacity, "out of memory");
    return NULL;
  }
  for (uint32_t i = 0; i < options->workers; i++) {
    children[i] = child_start(&options->child, file, size, reason, capacity);
    if (!children[i]) {
      end_all(children, i);
      return NULL;
    }
  }
  return children;
}

static void set_model(pool *p, const buffer *file, child **children) {
  model_info_release(p->model);
  p->model = model_info_hold(children[0]->model);
  buffer_free(&p->file);
  p->file = *file;
  metrics_set(METRIC_SECCOMP, p->model->sandbox.seccomp);
  metrics_set(METRIC_LANDLOCK, p->model->sandbox.landlock);
}

static void init_locks(pool *p) {
  pthread_condattr_t attributes;

  pthread_mutex_init(&p->lock, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&p->changed, &attributes);
  pthread_condattr_destroy(&attributes);
}

static bool start_threads(pool *p, char *reason, size_t capacity) {
  for (uint32_t i = 0; i < p->options.workers; i++) {
    const int failure = pthread_create(&p->slots[i].thread, NULL, run_slot, &p->slots[i]);
    if (failure) {
      (void)snprintf(reason, capacity, "threads cannot be started: %s", strerror(failure));
      return false;
    }
    p->started++;
  }
  return true;
}

pool *pool_start(const pool_options *options, const uint8_t *file, size_t size, char *reason,
                 size_t capacity) {
  child **const children = start_children(options, file, size, reason, capacity);
  if (!children)
    return NULL;
  pool *const p = calloc(1, sizeof *p);
  slot *const slots = calloc(options->workers, sizeof *slots);
  buffer copy = {0};
  buffer_add(&copy, file, size);
  if (!p || !slots || copy.failed) {
    (void)snprintf(reason, capacity, "out of memory");
    end_all(children, options->workers);
    buffer_free(&copy);
    free(slots);
    free(p);
    return NULL;
  }
  p->options = *options;
  p->slots = slots;
  queue_init(&p->waiting);
  init_locks(p);
  set_model(p, &copy, children);
  for (uint32_t i = 0; i < options->workers; i++) {
    slots[i].owner = p;
    set_current(&slots[i], children[i]);
  }
  free(children);
  if (start_threads(p, reason, capacity))
    return p;
  pool_stop(p);
  return NULL;
}

bool pool_reload(pool *p, const uint8_t *file, size_t size, char *reason, size_t capacity) {
  buffer copy = {0};
  child **const children = start_children(&p->options, file, size, reason, capacity);
  if (!children)
    return false;
  buffer_add(&copy, file, size);
  if (copy.failed) {
    (void)snprintf(reason, capacity, "out of memory");
    end_all(children, p->options.workers);
    return false;
  }
  pthread_mutex_lock(&p->lock);
  set_model(p, &copy, children);
  for (uint32_t i = 0; i < p->options.workers; i++) {
    child *const unused = p->slots[i].next;
    p->slots[i].next = children[i];
    children[i] = unused;
  }
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
  end_all(children, p->options.workers);
  return true;
}

model_info *pool_model(pool *p) {
  pthread_mutex_lock(&p->lock);
  model_info *const model = model_info_hold(p->model);
  pthread_mutex_unlock(&p->lock);
  return model;
}

uint32_t pool_alive(pool *p) {
  pthread_mutex_lock(&p->lock);
  const uint32_t alive = p->alive;
  pthread_mutex_unlock(&p->lock);
  return alive;
}

static void free_slot(slot *s) {
  child_end(s->current);
  child_end(s->next);
  buffer_free(&s->batch);
  buffer_free(&s->answers);
}

void pool_stop(pool *p) {
  pthread_mutex_lock(&p->lock);
  p->stops = true;
  pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
  for (uint32_t i = 0; i < p->started; i++)
    pthread_join(p->slots[i].thread, NULL);
  finish_all(queue_take_late(&p->waiting, INT64_MAX), 503, "the server stops");
  for (uint32_t i = 0; i < p->options.workers; i++)
    free_slot(&p->slots[i]);
  model_info_release(p->model);
  buffer_free(&p->file);
  free(p->slots);
  pthread_mutex_destroy(&p->lock);
  pthread_cond_destroy(&p->changed);
  free(p);
}
