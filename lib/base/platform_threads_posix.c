/* Threads and the clock by POSIX. */
#include "base/platform.h"

#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Several times what the kernels and a host's allocator need (docs/threads-and-determinism.md). The
 * usual 8 MiB count where address space is limited. */
#define STACK_BYTES ((size_t)512 * 1024)

typedef struct thread_start {
  mcnn_team *team;
  size_t index;
} thread_start;

struct mcnn_team {
  mcnn_alloc alloc;
  pid_t process; /* where the threads run: a forked child has none of them */
  int has_locks;
  pthread_mutex_t mutex;
  pthread_cond_t conditions[MCNN_TEAM_CONDITIONS];

  mcnn_thread_fn run;
  void *context;
  uint32_t count; /* threads started and not joined */
  pthread_t handles[MCNN_MAX_THREADS];
  thread_start starts[MCNN_MAX_THREADS];
};

/* --- the mutex and its conditions ------------------------------------------------------------- */

static int init_conditions(mcnn_team *team) {
  for (int i = 0; i < MCNN_TEAM_CONDITIONS; i++) {
    if (pthread_cond_init(&team->conditions[i], NULL) != 0) {
      while (i-- > 0)
        pthread_cond_destroy(&team->conditions[i]);
      return 0;
    }
  }
  return 1;
}

static int init_locks(mcnn_team *team) {
  team->has_locks = 0;
  if (pthread_mutex_init(&team->mutex, NULL) != 0)
    return 0;
  if (!init_conditions(team)) {
    pthread_mutex_destroy(&team->mutex);
    return 0;
  }
  team->has_locks = 1;
  return 1;
}

static void destroy_locks(mcnn_team *team) {
  for (int i = 0; i < MCNN_TEAM_CONDITIONS; i++)
    pthread_cond_destroy(&team->conditions[i]);
  pthread_mutex_destroy(&team->mutex);
}

void mcnn_team_lock(mcnn_team *team) {
  pthread_mutex_lock(&team->mutex);
}

void mcnn_team_unlock(mcnn_team *team) {
  pthread_mutex_unlock(&team->mutex);
}

void mcnn_team_wait(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  pthread_cond_wait(&team->conditions[condition], &team->mutex);
}

void mcnn_team_signal(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  pthread_cond_signal(&team->conditions[condition]);
}

void mcnn_team_broadcast(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  pthread_cond_broadcast(&team->conditions[condition]);
}

/* --- threads ---------------------------------------------------------------------------------- */

mnistcnn_status mcnn_team_create(const mcnn_alloc *alloc, mcnn_team **out) {
  mcnn_team *const team = mcnn_alloc_zeroed(alloc, 1, sizeof *team);

  if (!team)
    return MNISTCNN_OUT_OF_MEMORY;
  team->alloc = *alloc;
  team->process = getpid();
  if (!init_locks(team)) {
    mcnn_free(alloc, team);
    return mcnn_fail(MNISTCNN_THREADS, "cannot create a mutex and its condition variables");
  }
  *out = team;
  return MNISTCNN_OK;
}

uint64_t mcnn_team_bytes(void) {
  return mcnn_alloc_bytes(1, sizeof(mcnn_team));
}

static void *run_thread(void *argument) {
  const thread_start *const start = argument;

  start->team->run(start->team->context, start->index);
  return NULL;
}

/* EINVAL: the thread-local data of the program alone are larger than such a stack. */
static int create_thread(pthread_t *thread, void *argument) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);

  if (error != 0)
    return error;
  error = pthread_attr_setstacksize(&attributes, STACK_BYTES);
  if (error == 0)
    error = pthread_create(thread, &attributes, run_thread, argument);
  pthread_attr_destroy(&attributes);
  return error == EINVAL ? pthread_create(thread, NULL, run_thread, argument) : error;
}

uint32_t mcnn_team_start(mcnn_team *team, uint32_t count, mcnn_thread_fn run, void *context) {
  sigset_t all, before;

  assert(team->count == 0 && count <= MCNN_MAX_THREADS && team->has_locks);
  team->run = run;
  team->context = context;
  /* Threads inherit the mask. */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; team->count < count; team->count++) {
    thread_start *const start = &team->starts[team->count];
    *start = (thread_start){team, team->count};
    if (create_thread(&team->handles[team->count], start) != 0)
      break;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return team->count;
}

void mcnn_team_join(mcnn_team *team) {
  assert(!mcnn_team_is_forked(team));
  while (team->count > 0) {
    team->count--;
    pthread_join(team->handles[team->count], NULL);
  }
}

void mcnn_team_free(mcnn_team *team) {
  if (!team)
    return;
  if (!mcnn_team_is_forked(team)) {
    assert(team->count == 0);
    if (team->has_locks)
      destroy_locks(team);
  }
  const mcnn_alloc alloc = team->alloc;
  mcnn_free(&alloc, team);
}

int mcnn_team_is_forked(const mcnn_team *team) {
  return team->process != getpid();
}

int mcnn_team_reset_after_fork(mcnn_team *team) {
  assert(mcnn_team_is_forked(team));
  team->process = getpid();
  team->count = 0;
  return init_locks(team);
}

/* --- clock ------------------------------------------------------------------------------------ */

double mcnn_seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
