/* Threads and locks that cannot be created: fewer threads do the work; no locks are an error where
 * a pool is made, no obstacle in a forked child. */
// link: -Wl,--wrap=pthread_create,--wrap=pthread_mutex_init,--wrap=pthread_cond_init
// labels: threads
#include "base/threads.h"
#include "forked_child.h"
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int creations_left; /* before pthread_create() fails */
static size_t stack_bytes; /* that the last thread asked for; 0: the system's choice */
static size_t least_stack; /* smaller ones are invalid */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument) {
  if (creations_left == 0)
    return EAGAIN;
  stack_bytes = 0;
  if (attributes)
    pthread_attr_getstacksize(attributes, &stack_bytes);
  if (attributes && stack_bytes < least_stack)
    return EINVAL;
  creations_left--;
  return __real_pthread_create(thread, attributes, run, argument);
}

static int locks_left = 1000; /* before pthread_mutex_init() and pthread_cond_init() fail */

static int lock_fails(void) {
  if (locks_left == 0)
    return 1;
  locks_left--;
  return 0;
}

int __real_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
  return lock_fails() ? EAGAIN : __real_pthread_mutex_init(mutex, attributes);
}

int __real_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
  return lock_fails() ? EAGAIN : __real_pthread_cond_init(condition, attributes);
}

static void count_task(void *context, size_t task, size_t worker) {
  int *const done = context;
  (void)worker;
  done[task]++;
}

static void a_pool_works_with_what_threads_there_are(void **state) {
  (void)state;
  for (int started = 0; started < 4; started++) {
    test_memory memory = {0};
    const mcnn_alloc alloc = test_alloc(&memory);
    mcnn_pool *pool = NULL;
    int done[50] = {0};
    creations_left = started;
    assert_int_equal(mcnn_pool_create(&alloc, 5, &pool), MNISTCNN_OK);
    assert_int_equal(creations_left, 0);
    for (int round = 1; round <= 20; round++) {
      mcnn_pool_run(pool, count_task, done, 50);
      for (int i = 0; i < 50; i++)
        assert_int_equal(done[i], round);
    }
    mcnn_pool_free(pool);
    assert_int_equal(memory.live, 0);
  }
}

static void a_pool_without_its_locks_is_an_error(void **state) {
  (void)state;
  creations_left = 4;
  for (int created = 0; created < 3; created++) {
    test_memory memory = {0};
    const mcnn_alloc alloc = test_alloc(&memory);
    mcnn_pool *pool = NULL;
    locks_left = created;
    assert_int_equal(mcnn_pool_create(&alloc, 5, &pool), MNISTCNN_THREADS);
    assert_null(pool);
    assert_int_equal(memory.live, 0);
  }
  locks_left = 1000;
  assert_int_equal(creations_left, 4);
}

static void threads_have_small_stacks(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;
  (void)state;
  creations_left = 2;
  assert_int_equal(mcnn_pool_create(&alloc, 3, &pool), MNISTCNN_OK);
  assert_int_equal(stack_bytes, 512 * 1024);
  mcnn_pool_free(pool);
}

/* Where thread-local data fill such a stack. */
static void threads_have_the_systems_stacks_instead(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;
  (void)state;
  creations_left = 2;
  least_stack = 1024 * 1024;
  assert_int_equal(mcnn_pool_create(&alloc, 3, &pool), MNISTCNN_OK);
  least_stack = 0;
  assert_int_equal(stack_bytes, 0);
  assert_int_equal(creations_left, 0);
  mcnn_pool_free(pool);
}

/* Forks; the child may create so many threads and locks, and still runs every task once. */
static void child_with(int threads, int locks) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;
  int status = 0;
  if (!FORKED_CHILD_RUNS)
    skip();
  creations_left = 2;
  assert_int_equal(mcnn_pool_create(&alloc, 3, &pool), MNISTCNN_OK);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int done[50] = {0}, right = 0;
    alarm(20);
    creations_left = threads;
    locks_left = locks;
    for (int round = 1; round <= 2; round++)
      mcnn_pool_run(pool, count_task, done, 50);
    for (int i = 0; i < 50; i++)
      right += done[i] == 2;
    mcnn_pool_free(pool);
    _exit(right);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 50);
  mcnn_pool_free(pool);
}

static void a_child_does_the_work_with_what_threads_there_are(void **state) {
  (void)state;
  child_with(0, 3);
}

static void a_child_does_the_work_without_locks(void **state) {
  (void)state;
  for (int locks = 0; locks < 3; locks++)
    child_with(2, locks);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pool_works_with_what_threads_there_are),
      cmocka_unit_test(a_pool_without_its_locks_is_an_error),
      cmocka_unit_test(threads_have_small_stacks),
      cmocka_unit_test(threads_have_the_systems_stacks_instead),
      cmocka_unit_test(a_child_does_the_work_with_what_threads_there_are),
      cmocka_unit_test(a_child_does_the_work_without_locks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
