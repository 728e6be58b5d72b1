#include "worker/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "text/number.h"
#include "wire/frame.h"
#include "worker/batch.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { MEMORY_CAN_BE_LIMITED = 0 }; /* their shadow takes terabytes of addresses */
#else
enum { MEMORY_CAN_BE_LIMITED = 1 };
#endif

typedef struct worker {
  loaded model;
  rows rows;
  sandbox_state sandbox;
  buffer in;
  buffer out;
} worker;

/* The worker ends with the server, and by its socket, not by the signals that a terminal sends to
 * both. */
static void follow_server(void) {
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
}

static void limit_memory(uint64_t mebibytes) {
  const struct rlimit none = {0, 0};

  (void)setrlimit(RLIMIT_CORE, &none);
  if (MEMORY_CAN_BE_LIMITED && mebibytes > 0) {
    const rlim_t bytes = (rlim_t)mebibytes << 20;
    const struct rlimit limit = {bytes, bytes};
    (void)setrlimit(RLIMIT_AS, &limit);
  }
}

/* What the library would open later: OpenBLAS, which only processors without AVX2 use. */
static void open_ahead(void) {
  if (!mnistcnn_has_feature("avx2"))
    (void)mnistcnn_has_feature("openblas");
}

static bool send_refusal(worker *w, const char *reason) {
  buffer_clear(&w->out);
  pack_text(&w->out, reason);
  return frame_send(WORKER_SOCKET, FRAME_REFUSED, &w->out, 0);
}

/* False: there is nothing more to do. */
static bool load(worker *w, cursor *in) {
  char reason[1024];

  loaded_free(&w->model);
  if (!loaded_read(&w->model, in, reason, sizeof reason)) {
    (void)send_refusal(w, reason);
    return false;
  }
  loaded_describe(&w->model, &w->sandbox, &w->out);
  return !w->out.failed && frame_send(WORKER_SOCKET, FRAME_READY, &w->out, 0);
}

static bool answer(worker *w, uint32_t kind) {
  cursor in = {.data = w->in.data, .size = w->in.size};

  buffer_clear(&w->out);
  if (kind == FRAME_LOAD)
    return load(w, &in);
  return kind == FRAME_BATCH && w->model.model && batch_answer(&w->model, &w->rows, &in, &w->out) &&
         frame_send(WORKER_SOCKET, FRAME_ANSWERS, &w->out, 0);
}

static void free_all(worker *w) {
  loaded_free(&w->model);
  rows_free(&w->rows);
  buffer_free(&w->in);
  buffer_free(&w->out);
}

static void run(worker *w) {
  uint32_t kind;

  while (frame_receive(WORKER_SOCKET, &kind, &w->in, SIZE_MAX / 4, 0) && answer(w, kind))
    continue;
}

int worker_run(int argc, char **argv) {
  static worker w;
  uint64_t mebibytes = 0;

  if (argc != 4 || !number_read(argv[3], UINT32_MAX, &mebibytes))
    return EXIT_FAILURE;
  follow_server();
  if (close_range(WORKER_SOCKET + 1, ~0U, 0) && errno != ENOSYS)
    return EXIT_FAILURE;
  open_ahead();
  limit_memory(mebibytes);
  if (strcmp(argv[2], "off") != 0)
    sandbox_enter(&w.sandbox);
  run(&w);
  free_all(&w);
  if (w.sandbox.seccomp)
    _exit(EXIT_SUCCESS); /* what sanitizers do at the end needs more than is allowed */
  return EXIT_SUCCESS;
}
