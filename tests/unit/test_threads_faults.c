/* Threads that cannot be started: an error where a pool is made, no obstacle in a forked child. */
// link: -Wl,--wrap=pthread_create
// labels: threads
#include "base/threads.h"
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

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument) {
  if (creations_left == 0)
    return EAGAIN;
  creations_left--;
  return __real_pthread_create(thread, attributes, run, argument);
}

static void a_pool_without_its_threads_is_an_error(void **state) {
  (void)state;
  for (int started = 0; started < 4; started++) {
    test_memory memory = {0};
    const mcnn_alloc alloc = test_alloc(&memory);
    mcnn_pool *pool = NULL;
    creations_left = started;
    assert_int_equal(mcnn_pool_create(&alloc, 5, &pool), MNISTCNN_THREADS);
    assert_null(pool);
    assert_int_equal(memory.live, 0);
  }
}

static void count_task(void *context, size_t task, size_t worker) {
  int *const done = context;
  (void)worker;
  done[task]++;
}

static void a_child_does_the_work_with_what_threads_there_are(void **state) {
  const mcnn_alloc alloc = mcnn_alloc_default();
  mcnn_pool *pool = NULL;
  int status = 0;
  (void)state;
  creations_left = 2;
  assert_int_equal(mcnn_pool_create(&alloc, 3, &pool), MNISTCNN_OK);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    int done[50] = {0}, right = 0;
    alarm(20);
    mcnn_pool_run(pool, count_task, done, 50);
    for (int i = 0; i < 50; i++)
      right += done[i] == 1;
    mcnn_pool_free(pool);
    _exit(right);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 50);
  mcnn_pool_free(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pool_without_its_threads_is_an_error),
      cmocka_unit_test(a_child_does_the_work_with_what_threads_there_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
