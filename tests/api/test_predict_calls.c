/* What predicting with a workspace of one thread asks of others: no memory, no lock, nothing of the
 * system. The C library's own functions are replaced by ones that count. */
#define _GNU_SOURCE /* RTLD_NEXT and syscall() */
#include "api_support.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- functions that count --------------------------------------------------------------------- */

/* Of this thread: those that OpenBLAS starts when it is loaded do as they please meanwhile. */
static _Thread_local struct {
  int armed;
  size_t allocations, locks;
} counted;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  counted.allocations += counted.armed != 0;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  counted.allocations += counted.armed != 0;
  return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
  counted.allocations += counted.armed != 0;
  return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  counted.allocations += counted.armed != 0;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  counted.allocations += counted.armed != 0;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}

typedef int (*lock_function)(pthread_mutex_t *mutex);

/* The one of the C library behind `name`. */
static lock_function next_function(const char *name) {
  lock_function function = NULL;
  void *address = dlsym(RTLD_NEXT, name);
  memcpy(&function, &address, sizeof function);
  return function;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
  static lock_function next;
  counted.locks += counted.armed != 0;
  if (!next)
    next = next_function("pthread_mutex_lock");
  return next(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex) {
  static lock_function next;
  counted.locks += counted.armed != 0;
  if (!next)
    next = next_function("pthread_mutex_trylock");
  return next(mutex);
}

/* --- what is predicted ------------------------------------------------------------------------ */

enum { IMAGES = 40, CLASSES = 10, SIDE = 28, BATCH = 8 };

static const char *const networks[] = {
    MNISTCNN_DEFAULT_ARCHITECTURE,
    "conv 7 4x3 same, maxpool 3x2, relu, conv 9 3x3 relu, flatten, dropout 0.5, dense 300 relu, "
    "dense 10 softmax",
    "conv 7 4x3 same tanh, maxpool 3x2, swish, conv 9 3x3 elu, flatten, dense 300 gelu, "
    "dense 10 softmax",
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };
static const char *const instruction_sets[] = {"portable", "baseline", "neon", "avx2", "avx512"};

typedef struct prediction {
  mnistcnn_model *model;
  mnistcnn_workspace *workspace;
  uint8_t *bytes;
  float *floats;
  int32_t *labels;
  float probabilities[IMAGES * CLASSES];
} prediction;

static void set_up(prediction *p, const char *architecture, const char *isa, uint32_t precision) {
  mnistcnn_model_options options;
  mnistcnn_workspace_options space;
  assert_ok(mnistcnn_model_options_init(&options, sizeof options));
  options.architecture = architecture;
  assert_ok(mnistcnn_model_create(&options, &p->model));
  assert_ok(mnistcnn_model_set_instruction_set(p->model, isa));
  assert_ok(mnistcnn_workspace_options_init(&space, sizeof space));
  space.max_batch = BATCH;
  space.precision = (int32_t)precision;
  assert_ok(mnistcnn_workspace_create(p->model, &space, &p->workspace));
  make_images(IMAGES, SIDE, 3, CLASSES, 7, &p->bytes, &p->labels);
  p->floats = malloc(sizeof(float) * IMAGES * SIDE * SIDE * 3);
  assert_non_null(p->floats);
  for (size_t i = 0; i < (size_t)IMAGES * SIDE * SIDE * 3; i++)
    p->floats[i] = (float)p->bytes[i] / 255.0f;
}

static void tear_down(prediction *p) {
  mnistcnn_workspace_free(p->workspace);
  mnistcnn_model_free(p->model);
  free(p->bytes);
  free(p->floats);
  free(p->labels);
}

/* Batches that fill the workspace, single images, and what is left over. */
static int predict_all(prediction *p) {
  return mnistcnn_predict(p->model, p->workspace, p->floats,
                          (IMAGES - 3) * mnistcnn_model_num_inputs(p->model), p->probabilities,
                          IMAGES * CLASSES) == MNISTCNN_OK &&
         mnistcnn_predict(p->model, p->workspace, p->floats, mnistcnn_model_num_inputs(p->model),
                          p->probabilities, CLASSES) == MNISTCNN_OK &&
         mnistcnn_predict_u8(p->model, p->workspace, p->bytes,
                             IMAGES * mnistcnn_model_num_inputs(p->model), p->probabilities,
                             IMAGES * CLASSES) == MNISTCNN_OK;
}

/* Every network on every instruction set and precision there is. */
static void for_each_prediction(void (*check)(prediction *p)) {
  for (size_t network = 0; network < NETWORKS; network++) {
    for (size_t isa = 0; isa < 3; isa++) {
      for (uint32_t precision = 0; precision <= MNISTCNN_PRECISION_INT8; precision++) {
        prediction p;
        if (!mnistcnn_has_feature(instruction_sets[isa]))
          continue;
        set_up(&p, networks[network], instruction_sets[isa], precision);
        check(&p);
        tear_down(&p);
      }
    }
  }
}

/* --- the tests -------------------------------------------------------------------------------- */

/* OpenBLAS locks its table of buffers, and its kernels for Cooper Lake (which it takes on Zen 4,
 * too) allocate for small products. Predictions call it for the baseline only. */
static int calls_openblas(const mnistcnn_model *model) {
  return strcmp(mnistcnn_model_instruction_set(model), "baseline") == 0 &&
         mnistcnn_has_feature("openblas");
}

static void counts_nothing(prediction *p) {
  counted.allocations = counted.locks = 0;
  counted.armed = 1;
  const int predicted = predict_all(p);
  counted.armed = 0;
  assert_true(predicted);
  if (calls_openblas(p->model))
    return;
  assert_int_equal(counted.allocations, 0);
  assert_int_equal(counted.locks, 0);
}

static void allocates_and_locks_nothing(void **state) {
  (void)state;
  for_each_prediction(counts_nothing);
}

static void the_counters_count(void **state) {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  (void)state;
  counted.allocations = counted.locks = 0;
  counted.armed = 1;
  mnistcnn_model *model = make_small_model(1, NULL);
  pthread_mutex_lock(&mutex);
  counted.armed = 0;
  pthread_mutex_unlock(&mutex);
  mnistcnn_model_free(model);
  assert_true(counted.allocations > 1);
  assert_int_equal(counted.locks, 1);
}

enum { NOT_ALLOWED_HERE = 77 };

/* From here on every call of the system but the one that ends this thread ends it at once. */
static int forbid_system_calls(void) {
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL),
  };
  const struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* How a child ends that may not call the system and does what `work` does. */
static int status_of_child(int (*work)(prediction *p), prediction *p) {
  int status = 0;
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    long code = NOT_ALLOWED_HERE;
    if (forbid_system_calls())
      code = work(p) ? 0 : 1;
    syscall(SYS_exit, code);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static int ask_for_the_parent(prediction *p) {
  (void)p;
  return syscall(SYS_getppid) > 0;
}

static void needs_no_system(prediction *p) {
  const int status = status_of_child(predict_all, p);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void calls_no_system(void **state) {
  (void)state;
  const int status = status_of_child(ask_for_the_parent, NULL);
  if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ALLOWED_HERE)
    skip(); /* calls cannot be forbidden here */
  assert_true(WIFSIGNALED(status));
  for_each_prediction(needs_no_system);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_counters_count),
      cmocka_unit_test(allocates_and_locks_nothing),
      cmocka_unit_test(calls_no_system),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
  puts("the C library's functions cannot be replaced in this build");
  return 77;
}

#endif
