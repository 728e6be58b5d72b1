// The pool with workers that are none: they die, dawdle and lie as the test wants.
// labels: threads
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "metrics/metrics.h"
#include "pool/pool.h"
#include "system/clock.h"

enum { CLASSES = 2, CAPACITY = 256 };

/* Images of one byte, which say what becomes of them. */
static const uint8_t good = 'g', deadly = 'd', liar = 'l';

static atomic_int starts, ends, refused_starts;
static atomic_int held;    /* workers wait while it is set */
static atomic_int waits;   /* workers that do */
static atomic_int largest; /* batch */

/* --- in the place of pool/child.c ------------------------------------------------------------- */

static model_info *describe(void) {
  buffer out = {0};
  const uint32_t numbers[] = {1, 3, 28, 28, 1, CLASSES}; /* sandbox, shape */

  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    pack_u32(&out, numbers[i]);
  for (int c = 0; c < CLASSES; c++)
    pack_text(&out, c ? "one" : "zero");
  pack_u64(&out, 5);
  pack_f32(&out, 1);
  pack_f32(&out, 0);
  pack_i32(&out, 1);
  for (int i = 0; i < 3; i++)
    pack_text(&out, "text");
  cursor in = {.data = out.data, .size = out.size};
  model_info *const info = model_info_read(&in);
  buffer_free(&out);
  return info;
}

child *child_start(const child_options *options, const uint8_t *file, size_t size, char *reason,
                   size_t capacity) {
  (void)options;
  if ((size == 3 && memcmp(file, "bad", 3) == 0) || atomic_load(&refused_starts) > 0) {
    atomic_fetch_sub(&refused_starts, 1);
    (void)snprintf(reason, capacity, "refused");
    return NULL;
  }
  child *const c = calloc(1, sizeof *c);
  assert_non_null(c);
  c->model = describe();
  c->socket = -1;
  atomic_fetch_add(&starts, 1);
  return c;
}

void child_end(child *c) {
  if (!c)
    return;
  model_info_release(c->model);
  free(c);
  atomic_fetch_add(&ends, 1);
}

static void answer_job(cursor *in, buffer *answers, bool *dies) {
  size_t size;

  unpack_u32(in);
  unpack_i32(in);
  unpack_u32(in);
  unpack_f32(in);
  assert_int_equal(unpack_u32(in), 1);
  const uint8_t *const image = unpack_bytes(in, &size);
  assert_int_equal(size, 1);
  *dies |= *image == deadly;
  pack_i32(answers, 0);
  pack_text(answers, "");
  pack_u32(answers, *image == liar ? 1u << 30 : 1);
  pack_u32(answers, CLASSES);
  pack_f32(answers, 0.25f);
  pack_f32(answers, 0.75f);
}

bool child_ask(const child *c, const buffer *batch, buffer *answers, int64_t deadline) {
  cursor in = {.data = batch->data, .size = batch->size};
  const uint32_t count = unpack_u32(&in);
  bool dies = false;

  (void)c;
  (void)deadline;
  if ((int)count > atomic_load(&largest))
    atomic_store(&largest, (int)count);
  atomic_fetch_add(&waits, 1);
  while (atomic_load(&held))
    usleep(100);
  atomic_fetch_sub(&waits, 1);
  buffer_clear(answers);
  pack_u32(answers, count);
  for (uint32_t i = 0; i < count; i++)
    answer_job(&in, answers, &dies);
  assert_int_equal(in.at, in.size);
  return !dies;
}

/* --- the tests -------------------------------------------------------------------------------- */

static atomic_int done;

static void count_done(job *j, void *user) {
  (void)j;
  (void)user;
  atomic_fetch_add(&done, 1);
}

static pool *start(uint32_t workers, size_t queue_limit) {
  const pool_options options = {
      .workers = workers, .queue_limit = queue_limit, .batch_images = 8, .work_ms = 1000};
  char reason[CAPACITY];
  pool *const p = pool_start(&options, (const uint8_t *)"model", 5, reason, sizeof reason);

  assert_non_null(p);
  atomic_store(&done, 0);
  atomic_store(&largest, 0);
  return p;
}

static job *make(const uint8_t *image, int64_t patience_ms) {
  job *const j = job_create(JOB_BYTES, 1);

  assert_non_null(j);
  j->files[0] = (job_file){image, 1};
  j->deadline = clock_ms() + patience_ms;
  j->done = count_done;
  return j;
}

static void wait_until(const atomic_int *counter, int value) {
  const int64_t end = clock_ms() + 60000;

  while (atomic_load(counter) != value && clock_ms() < end)
    usleep(100);
  assert_int_equal(atomic_load(counter), value);
}

static void stop(pool *p) {
  pool_stop(p);
  assert_int_equal(atomic_load(&starts), atomic_load(&ends));
}

/* Those that wait while the workers are busy go together, and no more than a batch takes. */
static void test_batches(void **state) {
  enum { JOBS = 50 };
  job *jobs[JOBS];
  pool *const p = start(1, 100);

  (void)state;
  atomic_store(&held, 1);
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = make(&good, 60000);
    assert_true(pool_add(p, jobs[i]));
  }
  wait_until(&waits, 1);
  atomic_store(&held, 0);
  wait_until(&done, JOBS);
  assert_int_equal(atomic_load(&largest), 8);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(jobs[i]->problem.status, 0);
    assert_true(jobs[i]->values[1] == 0.75f);
    assert_string_equal(jobs[i]->model->class_names[1], "one");
    job_free(jobs[i]);
  }
  stop(p);
}

/* One that kills its worker, or has it lie, fails alone, whatever it was in a batch with. */
static void test_bad_job_fails_alone(void **state) {
  enum { JOBS = 24 };
  job *jobs[JOBS];
  pool *const p = start(2, 100);

  (void)state;
  atomic_store(&held, 1);
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = make(i == 5 ? &deadly : i == 17 ? &liar : &good, 60000);
    assert_true(pool_add(p, jobs[i]));
  }
  atomic_store(&held, 0);
  wait_until(&done, JOBS);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(jobs[i]->problem.status, i == 5 || i == 17 ? 500 : 0);
    assert_int_equal(jobs[i]->values != NULL, i != 5 && i != 17);
    job_free(jobs[i]);
  }
  assert_true(metrics_get(METRIC_WORKER_RESTARTS) >= 2);
  assert_int_equal(pool_alive(p), 2);
  stop(p);
}

static void test_full_and_late(void **state) {
  job *jobs[4];
  pool *const p = start(1, 2);

  (void)state;
  atomic_store(&held, 1);
  jobs[0] = make(&good, 60000);
  assert_true(pool_add(p, jobs[0]));
  wait_until(&waits, 1);
  jobs[1] = make(&good, -1); /* late before it begins */
  jobs[2] = make(&good, 60000);
  jobs[3] = make(&good, 60000);
  assert_true(pool_add(p, jobs[1]));
  assert_true(pool_add(p, jobs[2]));
  assert_false(pool_add(p, jobs[3]));
  atomic_store(&held, 0);
  wait_until(&done, 3);
  assert_int_equal(jobs[0]->problem.status, 0);
  assert_int_equal(jobs[1]->problem.status, 503);
  assert_int_equal(jobs[2]->problem.status, 0);
  for (int i = 0; i < 4; i++)
    job_free(jobs[i]);
  stop(p);
}

/* Where no worker can be started for a while, they are tried again, and nothing hangs. */
static void test_revival(void **state) {
  job *const killer = make(&deadly, 60000), *const after = make(&good, 60000);
  pool *const p = start(1, 10);

  (void)state;
  atomic_store(&refused_starts, 3);
  assert_true(pool_add(p, killer));
  wait_until(&done, 1);
  assert_true(pool_add(p, after));
  wait_until(&done, 2);
  assert_int_equal(killer->problem.status, 503); /* there was nobody to ask again */
  assert_int_equal(after->problem.status, 0);
  job_free(killer);
  job_free(after);
  atomic_store(&refused_starts, 0);
  stop(p);
}

static void test_reload(void **state) {
  enum { JOBS = 200 };
  job *jobs[JOBS];
  char reason[CAPACITY];
  pool *const p = start(2, JOBS);

  (void)state;
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = make(&good, 60000);
    assert_true(pool_add(p, jobs[i]));
    if (i % 20 == 0)
      assert_true(pool_reload(p, (const uint8_t *)"other", 5, reason, sizeof reason));
    if (i % 33 == 0)
      assert_false(pool_reload(p, (const uint8_t *)"bad", 3, reason, sizeof reason));
  }
  wait_until(&done, JOBS);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(jobs[i]->problem.status, 0);
    job_free(jobs[i]);
  }
  atomic_store(&refused_starts, 0);
  stop(p);
}

/* What waits when the pool is stopped is answered. */
static void test_stop(void **state) {
  enum { JOBS = 30 };
  job *jobs[JOBS];
  pool *const p = start(2, JOBS);

  (void)state;
  for (int i = 0; i < JOBS; i++) {
    jobs[i] = make(&good, 60000);
    assert_true(pool_add(p, jobs[i]));
  }
  stop(p);
  assert_int_equal(atomic_load(&done), JOBS);
  for (int i = 0; i < JOBS; i++) {
    assert_int_equal(jobs[i]->problem.status, 0);
    job_free(jobs[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_batches),       cmocka_unit_test(test_bad_job_fails_alone),
      cmocka_unit_test(test_full_and_late), cmocka_unit_test(test_revival),
      cmocka_unit_test(test_reload),        cmocka_unit_test(test_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
