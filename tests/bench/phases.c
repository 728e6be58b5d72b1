/* What a training step makes of several threads: mnistcnn_bench_phases DATA_FOLDER
 *
 *   train   as in ours.h; the note splits the figure: phaseN=SPAN/WORK ..., microseconds an image,
 *           in the order the jobs were first given in
 *
 * A step is a row of jobs for the thread pool, and what the calling thread does between them. SPAN
 * is how long a job takes, WORK what its pieces take, all threads added up. With n threads SPAN
 * would be WORK / n if they never waited for each other, and WORK the same as with one thread if
 * they did not get into each other's way. The program is the library's own participant linked with
 * the internal static library, in which the linker (--wrap) hands the pool's jobs to this file. */
#include "base/threads.h"
#include "ours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PHASES_MAX = 32 };

void __real_mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn,
                                  void *context, size_t pieces);
void __wrap_mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn,
                                  void *context, size_t pieces);
void __wrap_mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t pieces);

typedef struct worker_time {
  _Alignas(64) double seconds;
} worker_time;

/* A job in hand. */
typedef struct timed_job {
  mcnn_task_fn fn;
  void *context;
  worker_time work[MCNN_MAX_THREADS];
} timed_job;

typedef struct phase {
  mcnn_task_fn fn;
  double span, work;
} phase;

static phase phases[PHASES_MAX];
static size_t num_phases;

static phase *phase_of(mcnn_task_fn fn) {
  size_t i = 0;
  while (i < num_phases && phases[i].fn != fn)
    i++;
  if (i == num_phases && num_phases < PHASES_MAX - 1)
    phases[num_phases++].fn = fn;
  return &phases[i];
}

static void timed_piece(void *context, size_t piece, size_t worker) {
  timed_job *const job = context;
  const double start = bench_now();
  job->fn(job->context, piece, worker);
  job->work[worker].seconds += bench_now() - start;
}

void __wrap_mcnn_pool_run_ordered(mcnn_pool *pool, mcnn_task_order order, mcnn_task_fn fn,
                                  void *context, size_t pieces) {
  phase *const p = phase_of(fn);
  timed_job job = {.fn = fn, .context = context};
  const double start = bench_now();
  __real_mcnn_pool_run_ordered(pool, order, timed_piece, &job, pieces);
  p->span += bench_now() - start;
  for (size_t worker = 0; worker < mcnn_pool_threads(pool); worker++)
    p->work += job.work[worker].seconds;
}

void __wrap_mcnn_pool_run(mcnn_pool *pool, mcnn_task_fn fn, void *context, size_t pieces) {
  __wrap_mcnn_pool_run_ordered(pool, MCNN_ORDER_ASCENDING, fn, context, pieces);
}

static void describe(double microseconds, double seconds, char *note, size_t capacity) {
  const double scale = microseconds / seconds;
  size_t length = 0;
  for (size_t i = 0; i < num_phases && length < capacity; i++)
    length += (size_t)snprintf(note + length, capacity - length, "phase%zu=%.4g/%.4g ", i + 1,
                               phases[i].span * scale, phases[i].work * scale);
}

static void start_anew(void) {
  for (size_t i = 0; i < num_phases; i++)
    phases[i].span = phases[i].work = 0;
}

static int split_request(const bench_request *request, void *context, bench_answer *answer) {
  return ours_split(request, context, answer, start_anew, describe);
}

int main(int argc, char **argv) {
  return ours_serve_split(argc, argv, "jobs of the thread pool timed one by one", split_request);
}
