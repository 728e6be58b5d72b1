/* Threads, the clock and memory of Windows. */
#include "base/platform.h"

#include "base/status.h"

#include <assert.h>
#include <process.h>
#include <windows.h>

/* Several times what the kernels and a host's allocator need (docs/threads-and-determinism.md). */
#define STACK_BYTES (512u * 1024)

typedef struct thread_start {
  mcnn_team *team;
  size_t index;
} thread_start;

struct mcnn_team {
  mcnn_alloc alloc;
  SRWLOCK mutex;
  CONDITION_VARIABLE conditions[MCNN_TEAM_CONDITIONS];

  mcnn_thread_fn run;
  void *context;
  uint32_t count; /* threads started and not joined */
  HANDLE handles[MCNN_MAX_THREADS];
  thread_start starts[MCNN_MAX_THREADS];
};

/* --- memory ----------------------------------------------------------------------------------- */

/* Large pages need a privilege there, and a heap of their own. */
void mcnn_memory_prefer_large_pages(void *memory, size_t bytes) {
  (void)memory, (void)bytes;
}

/* --- the mutex and its conditions ------------------------------------------------------------- */

void mcnn_team_lock(mcnn_team *team) {
  AcquireSRWLockExclusive(&team->mutex);
}

void mcnn_team_unlock(mcnn_team *team) {
  ReleaseSRWLockExclusive(&team->mutex);
}

void mcnn_team_wait(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  (void)SleepConditionVariableSRW(&team->conditions[condition], &team->mutex, INFINITE, 0);
}

void mcnn_team_signal(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  WakeConditionVariable(&team->conditions[condition]);
}

void mcnn_team_broadcast(mcnn_team *team, unsigned condition) {
  assert(condition < MCNN_TEAM_CONDITIONS);
  WakeAllConditionVariable(&team->conditions[condition]);
}

/* --- threads ---------------------------------------------------------------------------------- */

mnistcnn_status mcnn_team_create(const mcnn_alloc *alloc, mcnn_team **out) {
  mcnn_team *const team = mcnn_alloc_zeroed(alloc, 1, sizeof *team);

  if (!team)
    return MNISTCNN_OUT_OF_MEMORY;
  team->alloc = *alloc;
  InitializeSRWLock(&team->mutex);
  for (int i = 0; i < MCNN_TEAM_CONDITIONS; i++)
    InitializeConditionVariable(&team->conditions[i]);
  *out = team;
  return MNISTCNN_OK;
}

uint64_t mcnn_team_bytes(void) {
  return mcnn_alloc_bytes(1, sizeof(mcnn_team));
}

static unsigned __stdcall run_thread(void *argument) {
  const thread_start *const start = argument;

  start->team->run(start->team->context, start->index);
  return 0;
}

uint32_t mcnn_team_start(mcnn_team *team, uint32_t count, mcnn_thread_fn run, void *context) {
  assert(team->count == 0 && count <= MCNN_MAX_THREADS);
  team->run = run;
  team->context = context;
  for (; team->count < count; team->count++) {
    thread_start *const start = &team->starts[team->count];
    *start = (thread_start){team, team->count};
    const uintptr_t handle = _beginthreadex(NULL, STACK_BYTES, run_thread, start,
                                            STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (handle == 0)
      break;
    team->handles[team->count] = (HANDLE)handle;
  }
  return team->count;
}

void mcnn_team_join(mcnn_team *team) {
  while (team->count > 0) {
    team->count--;
    (void)WaitForSingleObject(team->handles[team->count], INFINITE);
    (void)CloseHandle(team->handles[team->count]);
  }
}

void mcnn_team_free(mcnn_team *team) {
  if (!team)
    return;
  assert(team->count == 0);
  const mcnn_alloc alloc = team->alloc;
  mcnn_free(&alloc, team);
}

/* Processes do not fork here. */
int mcnn_team_is_forked(const mcnn_team *team) {
  (void)team;
  return 0;
}

int mcnn_team_reset_after_fork(mcnn_team *team) {
  (void)team;
  return 1;
}

/* --- clock ------------------------------------------------------------------------------------ */

double mcnn_seconds(void) {
  LARGE_INTEGER now, frequency;

  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&frequency);
  return (double)now.QuadPart / (double)frequency.QuadPart;
}
