/* Workers sleep on a condition variable. A job is open while its tasks are handed out; a worker
 * that wakes up too late finds it closed and goes back to sleep, so nobody waits for it. */
#include "base/threads.h"

#include "base/platform.h"
#include "base/status.h"

#include <assert.h>
#include <stdatomic.h>

/* Within a training step jobs follow each other within some 20 us, less than falling asleep and
 * waking up takes, so both sides look this often before they sleep: 30 to 60 us. A pool without
 * work sleeps. */
enum { SPINS_BEFORE_SLEEP = 2000 };

/* The team's conditions: a job was opened, or stop; the last worker left a closed job. */
enum { CONDITION_WORK, CONDITION_DONE };

/* The job's state: how many workers are in it, and this bit once no more may enter. */
static const uint32_t job_closed = 1u << 31;

/* How many of a worker's own tasks are taken, on a cache line of its own. */
typedef struct task_counter {
  _Alignas(64) atomic_size_t taken;
} task_counter;

struct mcnn_pool {
  mcnn_alloc alloc;
  uint32_t threads;
  mcnn_team *team;             /* the workers without the caller; NULL: one thread */
  uint64_t number_at_start;    /* of the last job before the workers were started */
  atomic_uint_fast64_t number; /* of the newest job; changed under the mutex */
  int stop;                    /* guarded by the mutex */

  mcnn_task_fn fn; /* the job; written before it is opened */
  void *context;
  size_t tasks;
  mcnn_task_order order;
  task_counter *counters; /* of each thread */
  _Atomic uint32_t state;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); /* about as long; YIELD takes no time on most processors */
#endif
}

/* The tasks [*begin, *begin + the result) are worker `owner`'s. Later workers get more of them,
 * because the last task of all is often a small one. */
static size_t own_tasks(const mcnn_pool *pool, size_t owner, size_t *begin) {
  *begin = owner * pool->tasks / pool->threads;
  return (owner + 1) * pool->tasks / pool->threads - *begin;
}

/* Runs what is left of the tasks of `owner`. */
static void run_tasks_of(mcnn_pool *pool, size_t owner, size_t worker) {
  atomic_size_t *const taken = &pool->counters[owner].taken;
  size_t begin;
  const size_t count = own_tasks(pool, owner, &begin);

  while (atomic_load_explicit(taken, memory_order_relaxed) < count) {
    const size_t next = atomic_fetch_add_explicit(taken, 1, memory_order_relaxed);
    if (next < count) {
      const size_t place = pool->order == MCNN_ORDER_DESCENDING ? count - 1 - next : next;
      pool->fn(pool->context, begin + place, worker);
    }
  }
}

/* The worker's own tasks first, then what is left of the others'. */
static void run_tasks(mcnn_pool *pool, size_t worker) {
  for (size_t i = 0; i < pool->threads; i++)
    run_tasks_of(pool, (worker + i) % pool->threads, worker);
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

  assert((before & ~job_closed) > 0);
  if (before == job_closed + 1) {
    mcnn_team_lock(pool->team);
    mcnn_team_signal(pool->team, CONDITION_DONE);
    mcnn_team_unlock(pool->team);
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
  mcnn_team_lock(pool->team);
  while (atomic_load_explicit(&pool->number, memory_order_relaxed) == *seen && !pool->stop)
    mcnn_team_wait(pool->team, CONDITION_WORK);
  const int stop = pool->stop;
  *seen = atomic_load_explicit(&pool->number, memory_order_relaxed);
  mcnn_team_unlock(pool->team);
  return !stop;
}

/* The team's thread `index`; the caller is worker 0. */
static void run_worker(void *context, size_t index) {
  mcnn_pool *const pool = context;
  uint64_t seen = pool->number_at_start;

  while (wait_for_job(pool, &seen)) {
    if (enter_job(pool)) {
      run_tasks(pool, index + 1);
      leave_job(pool);
    }
  }
}

/* Where the system has fewer threads, those there are do the work of the others, too: results do
 * not depend on who does what. */
static void start_workers(mcnn_pool *pool) {
  pool->number_at_start = atomic_load(&pool->number);
  (void)mcnn_team_start(pool->team, pool->threads - 1, run_worker, pool);
}

static void stop_workers(mcnn_pool *pool) {
  mcnn_team_lock(pool->team);
  pool->stop = 1;
  mcnn_team_broadcast(pool->team, CONDITION_WORK);
  mcnn_team_unlock(pool->team);
  mcnn_team_join(pool->team);
}

/* A failure leaves a pool that mcnn_pool_free() takes. */
static mnistcnn_status set_up(mcnn_pool *pool) {
  atomic_store(&pool->state, job_closed);
  pool->counters = mcnn_alloc_zeroed(&pool->alloc, pool->threads, sizeof *pool->counters);
  if (!pool->counters)
    return MNISTCNN_OUT_OF_MEMORY;
  if (pool->threads == 1)
    return MNISTCNN_OK;
  const mnistcnn_status status = mcnn_team_create(&pool->alloc, &pool->team);
  if (status != MNISTCNN_OK)
    return status;
  start_workers(pool);
  return MNISTCNN_OK;
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
  const mnistcnn_status status = set_up(pool);
  if (status != MNISTCNN_OK) {
    mcnn_pool_free(pool);
    return status;
  }
  *out = pool;
  return MNISTCNN_OK;
}

void mcnn_pool_free(mcnn_pool *pool) {
  if (!pool)
    return;
  /* A forked child has no threads to join. */
  if (pool->team && !mcnn_team_is_forked(pool->team))
    stop_workers(pool);
  mcnn_team_free(pool->team);
  const mcnn_alloc alloc = pool->alloc;
  mcnn_free(&alloc, pool->counters);
  mcnn_free(&alloc, pool);
}

uint64_t mcnn_pool_bytes(uint32_t threads) {
  return mcnn_alloc_bytes(1, sizeof(mcnn_pool)) + mcnn_alloc_bytes(threads, sizeof(task_counter)) +
         (threads > 1 ? mcnn_team_bytes() : 0);
}

uint32_t mcnn_pool_threads(const mcnn_pool *pool) {
  return !pool ? 1 : pool->threads;
}

/* After fork() the child starts over. */
static void restart_after_fork(mcnn_pool *pool) {
  if (mcnn_team_is_forked(pool->team)) {
    pool->stop = 0;
    atomic_store(&pool->state, job_closed); /* whatever it was when another thread forked */
    if (mcnn_team_reset_after_fork(pool->team)) {
      start_workers(pool);
    } else {
      mcnn_team_free(pool->team);
      pool->team = NULL;
      pool->threads = 1;
    }
  }
}

static void open_job(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                     size_t tasks) {
  assert(atomic_load(&pool->state) == job_closed); /* the pool belongs to one thread at a time */
  pool->fn = fn;
  pool->context = context;
  pool->tasks = tasks;
  pool->order = order;
  for (uint32_t i = 0; i < pool->threads; i++)
    atomic_store_explicit(&pool->counters[i].taken, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->state, 0, memory_order_release);
  mcnn_team_lock(pool->team);
  atomic_fetch_add_explicit(&pool->number, 1, memory_order_relaxed);
  mcnn_team_broadcast(pool->team, CONDITION_WORK);
  mcnn_team_unlock(pool->team);
}

static int job_is_left(mcnn_pool *pool) {
  return atomic_load_explicit(&pool->state, memory_order_acquire) == job_closed;
}

static void finish_job(mcnn_pool *pool) {
  atomic_fetch_or_explicit(&pool->state, job_closed, memory_order_acquire);
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (job_is_left(pool))
      return;
    relax();
  }
  mcnn_team_lock(pool->team);
  while (!job_is_left(pool))
    mcnn_team_wait(pool->team, CONDITION_DONE);
  mcnn_team_unlock(pool->team);
}

void mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn, void *context,
                           size_t tasks) {
  assert(fn);
  if (pool && pool->team && tasks > 1)
    restart_after_fork(pool);
  if (!pool || pool->threads == 1 || tasks <= 1) {
    for (size_t task = 0; task < tasks; task++)
      fn(context, order == MCNN_ORDER_DESCENDING ? tasks - 1 - task : task, 0);
    return;
  }
  open_job(pool, order, fn, context, tasks);
  run_tasks(pool, 0);
  finish_job(pool);
}

void mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t tasks) {
  mcnn_pool_run_ordered(pool, MCNN_ORDER_ASCENDING, fn, context, tasks);
}

void mcnn_task_range(size_t count, size_t tasks, size_t task, size_t *begin, size_t *end) {
  assert(tasks > 0 && task <= tasks);
  /* The first count % tasks tasks get one item more. */
  const size_t each = count / tasks, rest = count % tasks;

  *begin = task * each + (task < rest ? task : rest);
  *end = *begin + each + (task < rest ? 1 : 0);
}
