#include "pool/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system/clock.h"
#include "wire/frame.h"
#include "worker/worker.h"

enum { MAX_DESCRIPTION = 4 << 20, MAX_ANSWERS = 256 << 20, END_STEPS = 100, END_STEP_US = 2000 };

/* This program, even if its file has been replaced meanwhile. */
static const char program[] = "/proc/self/exe";

/* The child gets its socket, standard error and nothing else. */
static int add_files(posix_spawn_file_actions_t *files, int socket) {
  int failure = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!failure)
    failure = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  return failure ? failure : posix_spawn_file_actions_adddup2(files, socket, WORKER_SOCKET);
}

/* Signals that the server blocks are not blocked in the child. */
static int add_signals(posix_spawnattr_t *attributes) {
  sigset_t none, defaults;

  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  int failure = posix_spawnattr_setsigmask(attributes, &none);
  if (!failure)
    failure = posix_spawnattr_setsigdefault(attributes, &defaults);
  return failure
             ? failure
             : posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const child_options *options, int socket, pid_t *pid) {
  char memory[24], name[] = "mnistcnn-server", role[] = WORKER_ARGUMENT;
  char off[] = "off", on[] = "on";
  char *const arguments[] = {name, role, options->sandbox == SANDBOX_OFF ? off : on, memory, NULL};
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  (void)snprintf(memory, sizeof memory, "%llu", (unsigned long long)options->memory_mebibytes);
  int failure = posix_spawn_file_actions_init(&files);
  if (failure)
    return failure;
  failure = posix_spawnattr_init(&attributes);
  if (!failure) {
    failure = add_files(&files, socket);
    if (!failure)
      failure = add_signals(&attributes);
    if (!failure)
      failure = posix_spawn(pid, program, &files, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&files);
  return failure;
}

static bool open_process(child *c, const child_options *options, char *reason, size_t capacity) {
  int sockets[2];

  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) {
    (void)snprintf(reason, capacity, "socketpair: %s", strerror(errno));
    return false;
  }
  const int failure = spawn(options, sockets[1], &c->pid);
  close(sockets[1]);
  c->socket = sockets[0];
  if (failure) {
    c->pid = 0;
    (void)snprintf(reason, capacity, "a worker process cannot be started: %s", strerror(failure));
  }
  return failure == 0;
}

static bool read_reply(child *c, uint32_t kind, const buffer *reply, char *reason,
                       size_t capacity) {
  cursor in = {.data = reply->data, .size = reply->size};

  if (kind == FRAME_REFUSED) {
    unpack_text(&in, reason, capacity);
    return false;
  }
  c->model = kind == FRAME_READY ? model_info_read(&in) : NULL;
  if (!c->model)
    (void)snprintf(reason, capacity, "a worker sent a malformed description");
  return c->model;
}

static bool load(child *c, const child_options *options, const uint8_t *file, size_t size,
                 char *reason, size_t capacity) {
  const int64_t deadline = clock_ms() + options->start_ms;
  buffer content = {0};
  uint32_t kind = 0;

  pack_u64(&content, options->max_pixels);
  pack_bytes(&content, file, size);
  bool done = !content.failed && frame_send(c->socket, FRAME_LOAD, &content, deadline) &&
              frame_receive(c->socket, &kind, &content, MAX_DESCRIPTION, deadline);
  if (!done)
    (void)snprintf(reason, capacity, "a worker died, or took too long, while it loaded the model");
  else
    done = read_reply(c, kind, &content, reason, capacity);
  buffer_free(&content);
  return done;
}

static bool is_confined(const child *c, const child_options *options, char *reason,
                        size_t capacity) {
  const sandbox_state *const state = &c->model->sandbox;

  if (options->sandbox != SANDBOX_REQUIRE || (state->seccomp && state->landlock > 0))
    return true;
  (void)snprintf(reason, capacity,
                 "the sandbox is required, but this kernel does not have all of it (seccomp: %s, "
                 "Landlock: %s)",
                 state->seccomp ? "yes" : "no", state->landlock > 0 ? "yes" : "no");
  return false;
}

child *child_start(const child_options *options, const uint8_t *file, size_t size, char *reason,
                   size_t capacity) {
  child *const c = calloc(1, sizeof *c);
  if (!c) {
    (void)snprintf(reason, capacity, "out of memory");
    return NULL;
  }
  c->socket = -1;
  if (open_process(c, options, reason, capacity) &&
      load(c, options, file, size, reason, capacity) && is_confined(c, options, reason, capacity))
    return c;
  child_end(c);
  return NULL;
}

bool child_ask(const child *c, const buffer *batch, buffer *answers, int64_t deadline) {
  uint32_t kind = 0;

  return frame_send(c->socket, FRAME_BATCH, batch, deadline) &&
         frame_receive(c->socket, &kind, answers, MAX_ANSWERS, deadline) && kind == FRAME_ANSWERS;
}

/* A worker without work ends when its socket is closed; any other is killed. */
static void reap(pid_t pid) {
  for (int step = 0; step < END_STEPS; step++) {
    if (waitpid(pid, NULL, WNOHANG) != 0)
      return;
    usleep(END_STEP_US);
  }
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}

void child_end(child *c) {
  if (!c)
    return;
  if (c->socket >= 0)
    close(c->socket);
  if (c->pid > 0)
    reap(c->pid);
  model_info_release(c->model);
  free(c);
}
