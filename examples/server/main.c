/* mnistcnn-server: the model behind HTTP. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "config/options.h"
#include "config/tokens.h"
#include "http/server.h"
#include "log/access_log.h"
#include "metrics/metrics.h"
#include "system/clock.h"
#include "system/files.h"
#include "system/listen.h"
#include "system/message.h"
#include "system/notify.h"
#include "worker/worker.h"

enum {
  REASON_CAPACITY = 1024,
  MOST_MODEL_BYTES = 1 << 30,
  START_MS = 60000,
  OWN_FILES = 256,
  INSTALLED_CAPACITY = 4096
};

typedef struct program {
  options options;
  service service;
  tokens tokens;
  page page;
  server_options http;
  server *server;
  sigset_t signals;
  char reason[REASON_CAPACITY];
} program;

static bool fail(const char *reason) {
  message_error("%s", reason);
  return false;
}

/* --- the model -------------------------------------------------------------------------------- */

static bool read_model(program *p, buffer *file) {
  *file = (buffer){0};
  if (!p->options.model)
    return true;
  if (!file_read(p->options.model, MOST_MODEL_BYTES, file, p->reason, sizeof p->reason))
    return false;
  /* No bytes stand for the model that is built in. */
  if (file->size > 0)
    return true;
  buffer_free(file);
  (void)snprintf(p->reason, sizeof p->reason, "the file is empty");
  return false;
}

static const char *model_label(const program *p) {
  return p->options.model ? p->options.model : "the model that is built in";
}

static void say_sandbox(program *p) {
  model_info *const model = pool_model(p->service.pool);

  message_info(
      "%s is loaded; workers: %llu; enforced in each: seccomp: %s, Landlock: %s (version %d)",
      model_label(p), (unsigned long long)p->options.workers, model->sandbox.seccomp ? "yes" : "no",
      model->sandbox.landlock > 0 ? "yes" : "no", model->sandbox.landlock);
  model_info_release(model);
}

static bool start_pool(program *p) {
  const options *const o = &p->options;
  const pool_options wanted = {
      .child = {o->sandbox, o->worker_memory_mib, o->max_pixels, START_MS},
      .workers = (uint32_t)o->workers,
      .queue_limit = (size_t)o->queue,
      .batch_images = (size_t)o->batch,
      .batch_wait_us = (int64_t)o->batch_wait_us,
      .work_ms = (int64_t)o->work_seconds * 1000,
  };
  buffer file;

  if (!read_model(p, &file))
    return fail(p->reason);
  p->service.pool = pool_start(&wanted, file.data, file.size, p->reason, sizeof p->reason);
  buffer_free(&file);
  if (!p->service.pool) {
    message_error("%s: %s", model_label(p), p->reason);
    return false;
  }
  say_sandbox(p);
  return true;
}

/* Whatever is wrong with the file, the model before goes on. */
static void reload(program *p) {
  buffer file;

  notify_manager("RELOADING=1\n");
  bool done = read_model(p, &file);
  if (done)
    done = pool_reload(p->service.pool, file.data, file.size, p->reason, sizeof p->reason);
  buffer_free(&file);
  metrics_add(done ? METRIC_RELOADS_OK : METRIC_RELOADS_FAILED, 1);
  if (done)
    message_info("%s is loaded anew", model_label(p));
  else
    message_error("%s was not loaded anew, and the model before goes on: %s", model_label(p),
                  p->reason);
  notify_manager("READY=1\n");
}

/* --- files and sockets ------------------------------------------------------------------------ */

/* As many as the connections need, or as many as there may be. */
static void raise_files(options *o) {
  const rlim_t wanted = (rlim_t)o->connections + OWN_FILES;
  struct rlimit limit;

  if (getrlimit(RLIMIT_NOFILE, &limit))
    return;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit))
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    o->connections = limit.rlim_cur > 2 * OWN_FILES ? limit.rlim_cur - OWN_FILES : OWN_FILES;
    message_info("only %llu connections are possible: the limit of open files is %llu",
                 (unsigned long long)o->connections, (unsigned long long)limit.rlim_cur);
  }
}

static bool read_page(program *p) {
  const char *folder = p->options.page;
  char installed[INSTALLED_CAPACITY];

  if (!folder && file_beside_program(SERVER_BIN_TO_PAGE, installed, sizeof installed) &&
      access(installed, R_OK | X_OK) == 0)
    folder = installed;
  if (!folder || !*folder)
    return true;
  if (!page_read(&p->page, folder, p->reason, sizeof p->reason))
    return fail(p->reason);
  p->http.page = &p->page;
  return true;
}

static bool read_tokens(program *p) {
  if (!p->options.token_file)
    return true;
  if (!tokens_read(&p->tokens, p->options.token_file, p->reason, sizeof p->reason))
    return fail(p->reason);
  p->http.tokens = p->tokens.list;
  return true;
}

static bool open_sockets(program *p) {
  static const char standard[] = "127.0.0.1:8080";
  options *const o = &p->options;

  p->http.num_sockets = listen_inherited(p->http.sockets, SERVER_MAX_SOCKETS);
  if (p->http.num_sockets == 0 && o->num_listen == 0)
    o->listen[o->num_listen++] = standard;
  for (size_t i = 0; i < o->num_listen && p->http.num_sockets < SERVER_MAX_SOCKETS; i++) {
    const int socket = listen_at(o->listen[i], p->reason, sizeof p->reason);
    if (socket < 0)
      return fail(p->reason);
    p->http.sockets[p->http.num_sockets++] = socket;
  }
  for (size_t i = 0; i < p->http.num_sockets; i++) {
    listen_name(p->http.sockets[i], p->reason, sizeof p->reason);
    message_info("listens at %s", p->reason);
  }
  return true;
}

static bool start_server(program *p) {
  const options *const o = &p->options;
  const int64_t second = 1000;

  p->http.service = &p->service;
  p->http.threads = (uint32_t)o->threads;
  p->http.max_connections = (uint32_t)o->connections;
  p->http.max_connections_per_address = (uint32_t)o->connections_per_address;
  p->http.max_body = o->max_body;
  p->http.max_body_memory = (int64_t)o->max_body_memory_mib << 20;
  p->http.idle_ms = (int64_t)o->idle_seconds * second;
  p->http.body_ms = (int64_t)o->body_seconds * second;
  p->http.send_ms = (int64_t)o->send_seconds * second;
  p->http.queue_ms = (int64_t)o->queue_seconds * second;
  memcpy(p->http.origins, o->origins, sizeof o->origins);
  p->http.num_origins = o->num_origins;
  p->server = server_start(&p->http, p->reason, sizeof p->reason);
  return p->server || fail(p->reason);
}

/* --- signals ---------------------------------------------------------------------------------- */

/* Blocked in all threads and taken by this one: nothing happens at an inconvenient time. */
static void block_signals(program *p) {
  signal(SIGPIPE, SIG_IGN);
  sigemptyset(&p->signals);
  sigaddset(&p->signals, SIGTERM);
  sigaddset(&p->signals, SIGINT);
  sigaddset(&p->signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &p->signals, NULL);
}

static void wait_for_end(program *p) {
  int number = 0;

  while (number != SIGTERM && number != SIGINT)
    if (sigwait(&p->signals, &number) == 0 && number == SIGHUP)
      reload(p);
}

/* A proxy must see first that the server is not ready any more; until then it is sent requests. */
static void drain(program *p) {
  const int64_t until = clock_ms() + (int64_t)p->options.grace_seconds * 1000;

  atomic_store(&p->service.drains, true);
  notify_manager("STOPPING=1\n");
  message_info("stops in %llu seconds", (unsigned long long)p->options.grace_seconds);
  for (int64_t left = until - clock_ms(); left > 0; left = until - clock_ms()) {
    const struct timespec pause = {left / 1000, left % 1000 * 1000000};
    const int number = sigtimedwait(&p->signals, NULL, &pause);
    if (number == SIGTERM || number == SIGINT)
      break;
  }
}

static void free_program(program *p) {
  if (p->server)
    server_stop(p->server);
  if (p->service.pool)
    pool_stop(p->service.pool);
  page_free(&p->page);
  tokens_free(&p->tokens);
}

static bool start(program *p) {
  block_signals(p);
  raise_files(&p->options);
  access_log_enable(p->options.access_log);
  p->service.model_name = p->options.name;
  p->service.model_version = p->options.version;
  p->service.max_images = (uint32_t)p->options.max_images;
  return read_page(p) && read_tokens(p) && open_sockets(p) && start_pool(p) && start_server(p);
}

static int run(program *p) {
  if (!start(p)) {
    free_program(p);
    return EXIT_FAILURE;
  }
  notify_manager("READY=1\n");
  message_info("ready");
  wait_for_end(p);
  drain(p);
  free_program(p);
  message_info("stopped");
  return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
  static program p;

  if (argc > 1 && strcmp(argv[1], WORKER_ARGUMENT) == 0)
    return worker_run(argc, argv);
  switch (options_read(&p.options, argc, argv)) {
  case OPTIONS_SHOWN:
    return EXIT_SUCCESS;
  case OPTIONS_WRONG:
    return 2;
  default:
    return run(&p);
  }
}
