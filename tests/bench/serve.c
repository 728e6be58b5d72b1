#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_BYTES = 4096 };

static const double warm_up_share = 0.15;    /* as in protocol.py */
static const double seconds_per_look = 1e-3; /* at the clock, which costs up to a microsecond */
static clockid_t timing_clock = CLOCK_MONOTONIC;

const char *bench_text(const bench_request *request, const char *key, const char *fallback) {
  for (size_t i = 0; i < request->count; i++)
    if (strcmp(request->keys[i], key) == 0)
      return request->values[i];
  return fallback;
}

size_t bench_number(const bench_request *request, const char *key, size_t fallback) {
  const char *const text = bench_text(request, key, NULL);
  return text ? (size_t)strtoul(text, NULL, 10) : fallback;
}

double bench_real(const bench_request *request, const char *key, double fallback) {
  const char *const text = bench_text(request, key, NULL);
  return text ? strtod(text, NULL) : fallback;
}

double bench_now(void) {
  struct timespec now;
  clock_gettime(timing_clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Makes runs of `run` calls until `seconds` have passed. */
static double repeat(bench_call_fn call, void *context, size_t run, double seconds) {
  const double start = bench_now();
  double elapsed = 0;
  double calls = 0;
  do {
    for (size_t i = 0; i < run; i++)
      if (!call(context))
        return -1;
    calls += (double)run;
    elapsed = bench_now() - start;
  } while (elapsed < seconds);
  return elapsed / calls;
}

double bench_seconds_per_call(bench_call_fn call, void *context, double seconds) {
  const double estimate = repeat(call, context, 1, seconds * warm_up_share);
  if (estimate < 0)
    return -1;
  return repeat(call, context, 1 + (size_t)(seconds_per_look / estimate), seconds);
}

double bench_seconds_of_calls(bench_call_fn call, void *context, size_t calls) {
  const size_t untimed = (size_t)((double)calls * warm_up_share);
  double start = bench_now();
  for (size_t i = 0; i < untimed + calls; i++) {
    if (i == untimed)
      start = bench_now();
    if (!call(context))
      return -1;
  }
  return (bench_now() - start) / (double)calls;
}

/* Cuts "job key=value key=value" up in place. */
static void parse(char *line, bench_request *request) {
  char *rest = NULL;
  char *word = strtok_r(line, " \n", &rest);
  request->job = word ? word : "";
  request->count = 0;
  while ((word = strtok_r(NULL, " \n", &rest)) && request->count < BENCH_MAX_OPTIONS) {
    char *const sign = strchr(word, '=');
    if (!sign)
      continue;
    *sign = '\0';
    request->keys[request->count] = word;
    request->values[request->count++] = sign + 1;
  }
}

static void respond(int done, const bench_request *request, const bench_answer *answer) {
  if (done > 0)
    printf("ok %.6g %s\n", answer->figure, answer->note);
  else if (done == 0)
    printf("error %s\n", answer->note);
  else
    printf("skip no job %s\n", request->job);
  fflush(stdout);
}

int bench_serve(const char *description, bench_job_fn job, void *context) {
  char line[LINE_BYTES];
  printf("ready %s\n", description);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    bench_request request;
    bench_answer answer = {0};
    parse(line, &request);
    timing_clock = strcmp(bench_text(&request, "clock", "wall"), "cpu") == 0
                       ? CLOCK_PROCESS_CPUTIME_ID
                       : CLOCK_MONOTONIC;
    respond(job(&request, context, &answer), &request, &answer);
  }
  return EXIT_SUCCESS;
}
