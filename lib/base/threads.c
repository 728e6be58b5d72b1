/* Workers sleep on a condition variable. A job is open while its pieces are handed out; a worker
 * that wakes up too late finds it closed and goes back to sleep, so nobody waits for it. */
#include "base/threads.h"

#include "base/status.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Within a training step jobs follow each other within some 20 us, less than falling asleep and
 * waking up takes, so both sides look this often before they sleep: 30 to 60 us. A pool without
 * work sleeps. */
enum { SPINS_BEFORE_SLEEP = 2000 };

/* The job's state: how many workers are in it, and this bit once no more may enter. */
static const uint32_t job_closed = 1u << 31;

/* How many pieces of a worker's share are taken, on a cache line of its own. */
typedef struct worker_share {
  _Alignas(64) atomic_size_t taken;
} worker_share;

typedef struct worker_start {
  mcnn_pool *pool;
  size_t index;
  uint64_t generation; /* of the last job before this worker */
} worker_start;

struct mcnn_pool {
  mcnn_alloc alloc;
  uint32_t threads;
  uint32_t started; /* workers running in this process, the caller not among them */
  pid_t process;    /* where they run: a forked child has none of them */
  pthread_t handles[MCNN_MAX_THREADS];
  worker_start starts[MCNN_MAX_THREADS];

  pthread_mutex_t mutex;
  pthread_cond_t work;         /* a job was opened, or stop */
  pthread_cond_t done;         /* the last worker left a closed job */
  atomic_uint_fast64_t number; /* of the newest job; changed under the mutex */
  int stop;                    /* guarded by the mutex */

  mcnn_task_fn fn; /* the job; written before it is opened */
  void *context;
  size_t pieces;
  mcnn_task_order order;
  worker_share *shares; /* of each thread */
  _Atomic uint32_t state;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/* The pieces [*begin, *begin + the result) are worker `owner`'s. Later workers get the larger
 * shares, because the last piece of all is often a small one. */
static size_t share_of(const mcnn_pool *pool, size_t owner, size_t *begin) {
  *begin = owner * pool->pieces / pool->threads;
  return (owner + 1) * pool->pieces / pool->threads - *begin;
}

static void work_off_share(mcnn_pool *pool, size_t owner, size_t worker) {
  atomic_size_t *const taken = &pool->shares[owner].taken;
  size_t begin;
  const size_t count = share_of(pool, owner, &begin);

  while (atomic_load_explicit(taken, memory_order_relaxed) < count) {
    const size_t next = atomic_fetch_add_explicit(taken, 1, memory_order_relaxed);
    if (next < count) {
      const size_t place = pool->order == MCNN_ORDER_DESCENDING ? count - 1 - next : next;
      pool->fn(pool->context, begin + place, worker);
    }
  }
}

/* Its own share first, then what others have left of theirs. */
static void work_off_pieces(mcnn_pool *pool, size_t worker) {
  for (size_t i = 0; i < pool->threads; i++)
    work_off_share(pool, (worker + i) % pool->threads, worker);
}

static int enter_job(mcnn_pool *pool) {
  uint32_t state = atomic_load_explicit(&pool->state, memory_order_relaxed);

  do {
    if ((state & job_closed) != 0)
      return 0;
  } while (!atomic_compare_exchange_weak_explicit(&pool->state, &state, state + 1,
                                                  memory_order_acquire, memory_order_relaxed));
  return 1;
}

static void leave_job(mcnn_pool *pool) {
  const uint32_t before = atomic_fetch_sub_explicit(&pool->state, 1, memory_order_release);

  if (before == job_closed + 1) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->mutex);
  }
}

/* Waits for a job newer than *seen, or 0 to stop. */
static int wait_for_job(mcnn_pool *pool, uint64_t *seen) {
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    const uint64_t number = atomic_load_explicit(&pool->number, memory_order_relaxed);
    if (number != *seen) {
      *seen = number;
      return 1;
    }
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  while (atomic_load_explicit(&pool->number, memory_order_relaxed) == *seen && !pool->stop)
    pthread_cond_wait(&pool->work, &pool->mutex);
  const int stop = pool->stop;
  *seen = atomic_load_explicit(&pool->number, memory_order_relaxed);
  pthread_mutex_unlock(&pool->mutex);
  return !stop;
}

static void *run_worker(void *argument) {
  const worker_start *const start = argument;
  uint64_t seen = start->generation;

  while (wait_for_job(start->pool, &seen)) {
    if (enter_job(start->pool)) {
      work_off_pieces(start->pool, start->index);
      leave_job(start->pool);
    }
  }
  return NULL;
}

static void stop_workers(mcnn_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->stop = 1;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  while (pool->started > 0) {
    pool->started--;
    pthread_join(pool->handles[pool->started], NULL);
  }
}

static int start_workers(mcnn_pool *pool) {
  sigset_t all, before;

  /* Threads inherit the mask. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool->started < pool->threads - 1) {
    worker_start *const start = &pool->starts[pool->started];
    start->pool = pool;
    start->index = (size_t)pool->started + 1;
    start->generation = atomic_load(&pool->number);
    if (pthread_create(&pool->handles[pool->started], NULL, run_worker, start) != 0)
      break;
    pool->started++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return pool->started == pool->threads - 1;
}

static int init_locks(mcnn_pool *pool) {
  if (pthread_mutex_init(&pool->mutex, NULL) != 0)
    return 0;
  if (pthread_cond_init(&pool->work, NULL) != 0) {
    pthread_mutex_destroy(&pool->mutex);
    return 0;
  }
  if (pthread_cond_init(&pool->done, NULL) != 0) {
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    return 0;
  }
  return 1;
}

static void destroy_locks(mcnn_pool *pool) {
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->work);
  pthread_mutex_destroy(&pool->mutex);
}

mnistcnn_status mcnn_pool_create(const mcnn_alloc *alloc, uint32_t threads, mcnn_pool **out) {
  if (threads < 1 || threads > MCNN_MAX_THREADS) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "%u threads: must be 1 to %u", (unsigned)threads,
                     MCNN_MAX_THREADS);
  }
  mcnn_pool *const pool = mcnn_alloc_zeroed(alloc, 1, sizeof *pool);
  if (!pool)
    return MNISTCNN_OUT_OF_MEMORY;
  pool->alloc = *alloc;
  pool->threads = threads;
  pool->process = getpid();
  atomic_store(&pool->state, job_closed);
  pool->shares = mcnn_alloc_zeroed(alloc, threads, sizeof *pool->shares);
  if (!pool->shares) {
    mcnn_free(alloc, pool);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  if (threads > 1 && !init_locks(pool)) {
    mcnn_free(alloc, pool->shares);
    mcnn_free(alloc, pool);
    return mcnn_fail(MNISTCNN_THREADS, "the locks for %u threads could not be made",
                     (unsigned)threads);
  }
  if (threads > 1 && !start_workers(pool)) {
    mcnn_pool_free(pool);
    return mcnn_fail(MNISTCNN_THREADS, "%u threads could not be started", (unsigned)threads);
  }
  *out = pool;
  return MNISTCNN_OK;
}

void mcnn_pool_free(mcnn_pool *pool) {
  if (!pool)
    return;
  /* In a forked child there are no threads to join, and the locks may be in any state. */
  if (pool->threads > 1 && pool->process == getpid()) {
    stop_workers(pool);
    destroy_locks(pool);
  }
  const mcnn_alloc alloc = pool->alloc;
  mcnn_free(&alloc, pool->shares);
  mcnn_free(&alloc, pool);
}

uint32_t mcnn_pool_threads(const mcnn_pool *pool) {
  return !pool ? 1 : pool->threads;
}

/* After fork() the child starts over. Where it gets fewer threads the work is still done, by those
 * there are. */
static void revive_in_child(mcnn_pool *pool) {
  const pid_t process = getpid();

  if (pool->process != process) {
    pool->process = process;
    pool->started = 0;
    pool->stop = 0;
    if (init_locks(pool))
      (void)start_workers(pool);
    else
      pool->threads = 1;
  }
}

static void open_job(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                     size_t pieces) {
  pool->fn = fn;
  pool->context = context;
  pool->pieces = pieces;
  pool->order = order;
  for (uint32_t i = 0; i < pool->threads; i++)
    atomic_store_explicit(&pool->shares[i].taken, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->state, 0, memory_order_release);
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add_explicit(&pool->number, 1, memory_order_relaxed);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

static int job_is_left(mcnn_pool *pool) {
  return atomic_load_explicit(&pool->state, memory_order_acquire) == job_closed;
}

static void close_job(mcnn_pool *pool) {
  atomic_fetch_or_explicit(&pool->state, job_closed, memory_order_acquire);
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (job_is_left(pool))
      return;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  while (!job_is_left(pool))
    pthread_cond_wait(&pool->done, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

void mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                           size_t pieces) {
  if (pool && pool->threads > 1 && pieces > 1)
    revive_in_child(pool);
  if (!pool || pool->threads == 1 || pieces <= 1) {
    for (size_t piece = 0; piece < pieces; piece++)
      fn(context, order == MCNN_ORDER_DESCENDING ? pieces - 1 - piece : piece, 0);
    return;
  }
  open_job(pool, order, fn, context, pieces);
  work_off_pieces(pool, 0);
  close_job(pool);
}

void mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t pieces) {
  mcnn_pool_run_ordered(pool, MCNN_ORDER_ASCENDING, fn, context, pieces);
}

void mcnn_task_range(size_t count, size_t pieces, size_t piece, size_t *begin, size_t *end) {
  /* The first count % pieces pieces get one item more. */
  const size_t share = count / pieces, rest = count % pieces;

  *begin = piece * share + (piece < rest ? piece : rest);
  *end = *begin + share + (piece < rest ? 1 : 0);
}

double mcnn_seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
