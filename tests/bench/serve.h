/* The line protocol of the benchmark's participants (protocol.py) and its timing loop, in C. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <stddef.h>

enum { BENCH_MAX_OPTIONS = 16, BENCH_NOTE_BYTES = 4096 };

typedef struct bench_request {
  const char *job;
  size_t count;
  const char *keys[BENCH_MAX_OPTIONS];
  const char *values[BENCH_MAX_OPTIONS];
} bench_request;

/* The figure is the time of one image, or what the job's description says. */
typedef struct bench_answer {
  double figure;
  char note[BENCH_NOTE_BYTES];
} bench_answer;

/* Returns 1 when done, 0 when it failed and the note says why, -1 when there is no such job. */
typedef int (*bench_job_fn)(const bench_request *request, void *context, bench_answer *answer);

/* The value of an option, or the fallback where the request has none. */
const char *bench_text(const bench_request *request, const char *key, const char *fallback);
size_t bench_number(const bench_request *request, const char *key, size_t fallback);
double bench_real(const bench_request *request, const char *key, double fallback);

/* Seconds of a clock that only goes forward: the wall's, or with clock=cpu in the request the time
 * this process has had on processors. */
double bench_now(void);

/* One unit of the work that is timed; 0 stops the measurement. */
typedef int (*bench_call_fn)(void *context);

/* Mean time of a call over at least `seconds` of work after a short warm-up; negative where a call
 * failed. */
double bench_seconds_per_call(bench_call_fn call, void *context, double seconds);

/* The same over exactly `calls` of them, after a share of them that is not timed. */
double bench_seconds_of_calls(bench_call_fn call, void *context, size_t calls);

/* Says that it is ready and answers requests from stdin until its end. Returns the exit status. */
int bench_serve(const char *description, bench_job_fn job, void *context);

#endif
