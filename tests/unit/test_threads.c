/* The pool: every task once, sleeping and waking, nested lifetimes, fork, blocked signals. */
// labels: threads
#include "base/platform.h"
#include "base/threads.h"
#include "forked_child.h"
#include "support.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_TASKS = 1000 };

typedef struct job {
  unsigned char done[MAX_TASKS]; /* not atomic: each task belongs to one thread */
  uint32_t threads;
  atomic_int bad_worker;
} job;

static void mark(void *context, size_t task, size_t worker) {
  job *const j = context;

  j->done[task]++;
  if (worker >= j->threads)
    atomic_fetch_add(&j->bad_worker, 1);
}

static int is_done_once(const job *j, size_t tasks) {
  for (size_t i = 0; i < MAX_TASKS; i++)
    if (j->done[i] != (i < tasks))
      return 0;
  return atomic_load(&j->bad_worker) == 0;
}

static mcnn_pool *create_pool(uint32_t threads) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;

  assert_int_equal(mcnn_pool_create(&alloc, threads, &pool), MNISTCNN_OK);
  assert_int_equal(mcnn_pool_threads(pool), threads);
  return pool;
}

static void every_task_is_done_once(void **state) {
  static const size_t sizes[] = {0, 1, 2, 3, 8, 100, MAX_TASKS};
  (void)state;
  for (uint32_t threads = 1; threads <= 8; threads++) {
    mcnn_pool *const pool = create_pool(threads);
    for (int round = 0; round < 200; round++) {
      const size_t tasks = sizes[(size_t)round % (sizeof sizes / sizeof sizes[0])];
      job j = {.threads = threads};
      mcnn_pool_run(pool, mark, &j, tasks);
      assert_true(is_done_once(&j, tasks));
    }
    mcnn_pool_free(pool);
  }
}

/* Pauses long enough for the workers to fall asleep between the jobs. */
static void sleepers_wake_up(void **state) {
  const struct timespec pause = {0, 2000000};
  mcnn_pool *const pool = create_pool(4);
  (void)state;
  for (int round = 0; round < 20; round++) {
    job j = {.threads = 4};
    nanosleep(&pause, NULL);
    mcnn_pool_run(pool, mark, &j, 100);
    assert_true(is_done_once(&j, 100));
  }
  mcnn_pool_free(pool);
}

static void no_pool_is_a_pool_of_one(void **state) {
  job j = {.threads = 1};
  (void)state;
  assert_int_equal(mcnn_pool_threads(NULL), 1);
  mcnn_pool_run(NULL, mark, &j, 10);
  assert_true(is_done_once(&j, 10));
  mcnn_pool_free(NULL);
}

typedef struct order {
  size_t tasks[10];
  size_t count;
} order;

static void note_task(void *context, size_t task, size_t worker) {
  order *const o = context;
  (void)worker;
  o->tasks[o->count++] = task;
}

static void one_thread_goes_in_order(void **state) {
  mcnn_pool *const pool = create_pool(1);
  (void)state;
  for (int last_first = 0; last_first <= 1; last_first++) {
    order o = {.count = 0};
    mcnn_pool_run_ordered(pool, last_first ? MCNN_ORDER_DESCENDING : MCNN_ORDER_ASCENDING,
                          note_task, &o, 10);
    assert_int_equal(o.count, 10);
    for (size_t i = 0; i < 10; i++)
      assert_int_equal(o.tasks[i], last_first ? 9 - i : i);
  }
  mcnn_pool_free(pool);
}

static void every_task_is_done_once_backwards(void **state) {
  (void)state;
  for (uint32_t threads = 1; threads <= 5; threads++) {
    mcnn_pool *const pool = create_pool(threads);
    for (size_t tasks = 0; tasks < 100; tasks++) {
      job j = {.threads = threads};
      mcnn_pool_run_ordered(pool, MCNN_ORDER_DESCENDING, mark, &j, tasks);
      assert_true(is_done_once(&j, tasks));
    }
    mcnn_pool_free(pool);
  }
}

typedef struct rendezvous {
  pthread_barrier_t barrier;
  atomic_int own;
} rendezvous;

static void meet(void *context, size_t task, size_t worker) {
  rendezvous *const r = context;
  (void)task;
  (void)worker;
  pthread_barrier_wait(&r->barrier);
}

/* While all are held up by one task each, nobody needs help: each worker runs its own
 * tasks. */
static void note_owner(void *context, size_t task, size_t worker) {
  rendezvous *const r = context;
  if (task / 2 == worker)
    atomic_fetch_add(&r->own, 1);
  pthread_barrier_wait(&r->barrier);
}

static void each_worker_has_tasks_of_its_own(void **state) {
  mcnn_pool *const pool = create_pool(3);
  rendezvous r = {.own = 0};
  (void)state;
  assert_int_equal(pthread_barrier_init(&r.barrier, NULL, 3), 0);
  mcnn_pool_run(pool, note_owner, &r, 6);
  assert_int_equal(atomic_load(&r.own), 6);
  mcnn_pool_free(pool);
  pthread_barrier_destroy(&r.barrier);
}

typedef struct orders {
  pthread_barrier_t barrier;
  order of[2];
} orders;

/* With the barrier the workers keep in step, so that none helps the other. */
static void note_order(void *context, size_t task, size_t worker) {
  orders *const o = context;
  note_task(&o->of[worker], task, 0);
  pthread_barrier_wait(&o->barrier);
}

static void each_worker_keeps_the_order(void **state) {
  mcnn_pool *const pool = create_pool(2);
  (void)state;
  for (int last_first = 0; last_first <= 1; last_first++) {
    orders o = {.of[0].count = 0};
    assert_int_equal(pthread_barrier_init(&o.barrier, NULL, 2), 0);
    mcnn_pool_run_ordered(pool, last_first ? MCNN_ORDER_DESCENDING : MCNN_ORDER_ASCENDING,
                          note_order, &o, 20);
    pthread_barrier_destroy(&o.barrier);
    for (size_t worker = 0; worker < 2; worker++) {
      assert_int_equal(o.of[worker].count, 10);
      for (size_t i = 0; i < 10; i++)
        assert_int_equal(o.of[worker].tasks[i], 10 * worker + (last_first ? 9 - i : i));
    }
  }
  mcnn_pool_free(pool);
}

/* Ends only if three threads are at work at the same time. */
static void tasks_run_at_the_same_time(void **state) {
  mcnn_pool *const pool = create_pool(3);
  rendezvous r;
  (void)state;
  assert_int_equal(pthread_barrier_init(&r.barrier, NULL, 3), 0);
  for (int round = 0; round < 20; round++)
    mcnn_pool_run(pool, meet, &r, 3);
  mcnn_pool_free(pool);
  pthread_barrier_destroy(&r.barrier);
}

static void wrong_numbers_of_threads_are_refused(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;
  (void)state;
  assert_int_equal(mcnn_pool_create(&alloc, 0, &pool), MNISTCNN_INVALID_ARGUMENT);
  assert_int_equal(mcnn_pool_create(&alloc, MCNN_MAX_THREADS + 1, &pool),
                   MNISTCNN_INVALID_ARGUMENT);
  assert_null(pool);
}

/* TSan ends a child that starts threads. */
#if defined(__SANITIZE_THREAD__)
enum { THREADS_AFTER_FORK = 0 };
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { THREADS_AFTER_FORK = 0 };
#else
enum { THREADS_AFTER_FORK = 1 };
#endif
#else
enum { THREADS_AFTER_FORK = 1 };
#endif

static void forked_child_has_threads_again(void **state) {
  mcnn_pool *const pool = create_pool(3);
  job j = {.threads = 3};
  int status = 0;
  (void)state;
  if (!THREADS_AFTER_FORK) {
    mcnn_pool_free(pool);
    skip();
  }
  mcnn_pool_run(pool, mark, &j, 100);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    job in_child = {.threads = 3};
    alarm(20);
    mcnn_pool_run(pool, mark, &in_child, 100);
    mcnn_pool_run(pool, mark, &in_child, 0);
    mcnn_pool_free(pool);
    _exit(is_done_once(&in_child, 100) ? 42 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 42);
  memset(&j.done, 0, sizeof j.done);
  mcnn_pool_run(pool, mark, &j, 100);
  assert_true(is_done_once(&j, 100));
  mcnn_pool_free(pool);
}

typedef struct busy {
  mcnn_pool *pool;
  pthread_barrier_t begun, ended;
} busy;

static void wait_for_the_fork(void *context, size_t task, size_t worker) {
  busy *const b = context;
  (void)task;
  (void)worker;
  pthread_barrier_wait(&b->begun);
  pthread_barrier_wait(&b->ended);
}

static void *run_busy_job(void *context) {
  busy *const b = context;
  mcnn_pool_run(b->pool, wait_for_the_fork, b, 2);
  return NULL;
}

/* In the child the job is open for ever and two workers are in it who do not exist. */
static void child_forked_during_a_job_has_a_pool(void **state) {
  busy b;
  pthread_t thread;
  int status = 0;
  (void)state;
  if (!THREADS_AFTER_FORK)
    skip();
  b.pool = create_pool(2);
  assert_int_equal(pthread_barrier_init(&b.begun, NULL, 3), 0);
  assert_int_equal(pthread_barrier_init(&b.ended, NULL, 3), 0);
  assert_int_equal(pthread_create(&thread, NULL, run_busy_job, &b), 0);
  pthread_barrier_wait(&b.begun);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    job in_child = {.threads = 2};
    alarm(20);
    mcnn_pool_run(b.pool, mark, &in_child, 100);
    mcnn_pool_free(b.pool);
    _exit(is_done_once(&in_child, 100) ? 42 : 1);
  }
  pthread_barrier_wait(&b.ended);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
  mcnn_pool_free(b.pool);
  pthread_barrier_destroy(&b.begun);
  pthread_barrier_destroy(&b.ended);
}

static void child_may_free_a_pool_it_never_used(void **state) {
  mcnn_pool *pool;
  int status = 0;
  (void)state;
  if (!FORKED_CHILD_RUNS)
    skip();
  pool = create_pool(3);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    alarm(20);
    mcnn_pool_free(pool);
    _exit(42);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
  mcnn_pool_free(pool);
}

typedef struct masks {
  pthread_barrier_t barrier;
  sigset_t of[2];
} masks;

static void note_mask(void *context, size_t task, size_t worker) {
  masks *const m = context;
  (void)task;
  pthread_barrier_wait(&m->barrier);
  pthread_sigmask(SIG_SETMASK, NULL, &m->of[worker]);
}

static void workers_block_signals_and_the_caller_keeps_its_mask(void **state) {
  sigset_t before, after;
  masks m;
  (void)state;
  pthread_sigmask(SIG_SETMASK, NULL, &before);
  mcnn_pool *const pool = create_pool(2);
  pthread_sigmask(SIG_SETMASK, NULL, &after);
  assert_int_equal(sigismember(&before, SIGINT), sigismember(&after, SIGINT));
  assert_int_equal(pthread_barrier_init(&m.barrier, NULL, 2), 0);
  mcnn_pool_run(pool, note_mask, &m, 2);
  mcnn_pool_free(pool);
  pthread_barrier_destroy(&m.barrier);
  assert_false(sigismember(&m.of[0], SIGINT));
  assert_true(sigismember(&m.of[1], SIGINT));
  assert_true(sigismember(&m.of[1], SIGTERM));
}

static mnistcnn_status create_and_free(const mcnn_alloc *alloc, void *context) {
  mcnn_pool *pool = NULL;
  const mnistcnn_status status = mcnn_pool_create(alloc, 3, &pool);
  (void)context;
  mcnn_pool_free(pool);
  return status;
}

static void failing_allocations_leave_nothing(void **state) {
  (void)state;
  assert_int_equal(test_every_allocation(create_and_free, NULL), 3);
}

static void ranges_cover_everything_evenly(void **state) {
  (void)state;
  for (size_t count = 0; count < 40; count++) {
    for (size_t tasks = 1; tasks < 12; tasks++) {
      size_t expected = 0;
      for (size_t task = 0; task < tasks; task++) {
        size_t begin, end;
        mcnn_task_range(count, tasks, task, &begin, &end);
        assert_int_equal(begin, expected);
        assert_true(end - begin == count / tasks || end - begin == count / tasks + 1);
        expected = end;
      }
      assert_int_equal(expected, count);
      size_t behind, ignored;
      mcnn_task_range(count, tasks, tasks, &behind, &ignored);
      assert_int_equal(behind, count);
    }
  }
}

static void clock_goes_forward(void **state) {
  const double begin = mcnn_seconds();
  const struct timespec pause = {0, 1000000};
  (void)state;
  nanosleep(&pause, NULL);
  assert_true(mcnn_seconds() >= begin + 0.001);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_task_is_done_once),
      cmocka_unit_test(one_thread_goes_in_order),
      cmocka_unit_test(every_task_is_done_once_backwards),
      cmocka_unit_test(each_worker_has_tasks_of_its_own),
      cmocka_unit_test(each_worker_keeps_the_order),
      cmocka_unit_test(sleepers_wake_up),
      cmocka_unit_test(no_pool_is_a_pool_of_one),
      cmocka_unit_test(tasks_run_at_the_same_time),
      cmocka_unit_test(wrong_numbers_of_threads_are_refused),
      cmocka_unit_test(forked_child_has_threads_again),
      cmocka_unit_test(child_forked_during_a_job_has_a_pool),
      cmocka_unit_test(child_may_free_a_pool_it_never_used),
      cmocka_unit_test(workers_block_signals_and_the_caller_keeps_its_mask),
      cmocka_unit_test(failing_allocations_leave_nothing),
      cmocka_unit_test(ranges_cover_everything_evenly),
      cmocka_unit_test(clock_goes_forward),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
