#include "http/server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/request.h"
#include "log/access_log.h"
#include "system/clock.h"
#include "system/message.h"

enum { CONNECTION_MEMORY = 32 << 10, ROUND_MS = 250, SWEEP_MS = 250, STOP_MS = 15000 };

/* A thread that serves a socket. It runs libmicrohttpd's loop itself, so that nothing but it ever
 * changes the daemon: to stop one that has a thread of its own is a race. */
typedef struct listener {
  request_context context;
  struct MHD_Daemon *daemon;
  int socket;
  pthread_t thread;
  atomic_bool *stops;
  bool quiet; /* takes no further connections */
} listener;

struct server {
  server_options options;
  listener *listeners;
  size_t count;
  atomic_bool stops;
};

/* Whether another message of libmicrohttpd may be logged: clients can cause any number of them. */
static bool may_log(void) {
  enum { MOST_A_SECOND = 5 };
  static _Atomic int64_t second;
  static atomic_int count;
  const int64_t now = clock_ms() / 1000;

  if (atomic_exchange(&second, now) != now)
    atomic_store(&count, 0);
  return atomic_fetch_add(&count, 1) < MOST_A_SECOND;
}

__attribute__((format(printf, 2, 0))) static void log_library(void *closure, const char *format,
                                                              va_list arguments) {
  char text[512];

  (void)closure;
  if (!may_log())
    return;
  (void)vsnprintf(text, sizeof text, format, arguments);
  text[strcspn(text, "\n")] = '\0';
  message_info("libmicrohttpd: %s", text);
}

static void take_no_more(listener *l) {
  const MHD_socket socket = MHD_quiesce_daemon(l->daemon);

  l->quiet = true;
  l->context.stops = true;
  if (socket != MHD_INVALID_SOCKET)
    close(socket);
}

/* Requests in work are always waited for: their connections are suspended, and the daemon must not
 * be stopped with one. */
static bool is_done(const listener *l, int64_t stop_deadline) {
  if (!l->quiet || atomic_load(&l->context.working) > 0)
    return false;
  return l->context.connections.count == 0 || clock_ms() > stop_deadline;
}

/* Until there is something to do. */
static void wait_for_events(listener *l, int descriptor) {
  const int longest = l->quiet ? 10 : ROUND_MS;
  unsigned long long left = ROUND_MS;

  if (MHD_get_timeout(l->daemon, &left) == MHD_YES && left < (unsigned long long)longest)
    wake_wait(&l->context.wake, descriptor, (int)left);
  else
    wake_wait(&l->context.wake, descriptor, longest);
}

static void *serve(void *argument) {
  listener *const l = argument;
  const int descriptor = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  int64_t next_sweep = 0, stop_deadline = 0;

  while (!is_done(l, stop_deadline)) {
    wait_for_events(l, descriptor);
    (void)MHD_run_wait(l->daemon, 0);
    access_log_flush();
    if (atomic_load(l->stops) && !l->quiet) {
      take_no_more(l);
      stop_deadline = clock_ms() + STOP_MS;
      next_sweep = 0;
    }
    if (clock_ms() >= next_sweep) {
      connection_sweep(&l->context.connections, clock_ms(), l->quiet);
      next_sweep = clock_ms() + (l->quiet ? 10 : SWEEP_MS);
    }
  }
  MHD_stop_daemon(l->daemon);
  wake_close(&l->context.wake);
  return NULL;
}

static bool start_listener(server *s, listener *l, int socket, char *reason, size_t capacity) {
  const server_options *const o = &s->options;
  const unsigned share = (unsigned)(o->max_connections / (o->threads * o->num_sockets));

  l->context.options = o;
  l->context.connections.idle_ms = o->idle_ms;
  l->stops = &s->stops;
  l->daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, request_handle,
      &l->context, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET, socket,
      MHD_OPTION_CONNECTION_LIMIT, share > 0 ? share : 1, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      (unsigned)o->max_connections_per_address, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_NOTIFY_COMPLETED,
      request_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_notify,
      &l->context.connections, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (!l->daemon || !wake_open(&l->context.wake)) {
    MHD_stop_daemon(l->daemon);
    (void)snprintf(reason, capacity, "libmicrohttpd cannot serve the socket");
    return false;
  }
  const int failure = pthread_create(&l->thread, NULL, serve, l);
  if (failure == 0)
    return true;
  (void)snprintf(reason, capacity, "threads cannot be started: %s", strerror(failure));
  MHD_stop_daemon(l->daemon);
  wake_close(&l->context.wake);
  return false;
}

static bool start_all(server *s, char *reason, size_t capacity) {
  for (size_t i = 0; i < s->options.num_sockets; i++) {
    for (uint32_t t = 0; t < s->options.threads; t++) {
      /* Each daemon closes its own. */
      const int socket =
          t == 0 ? s->options.sockets[i] : fcntl(s->options.sockets[i], F_DUPFD_CLOEXEC, 0);
      if (socket < 0 || !start_listener(s, &s->listeners[s->count], socket, reason, capacity))
        return false;
      s->count++;
    }
  }
  return true;
}

server *server_start(const server_options *options, char *reason, size_t capacity) {
  server *const s = calloc(1, sizeof *s);
  listener *const listeners = calloc(options->num_sockets * options->threads, sizeof *listeners);

  (void)snprintf(reason, capacity, "out of memory");
  if (!s || !listeners) {
    free(listeners);
    free(s);
    return NULL;
  }
  s->options = *options;
  s->listeners = listeners;
  if (start_all(s, reason, capacity))
    return s;
  server_stop(s);
  return NULL;
}

void server_stop(server *s) {
  atomic_store(&s->stops, true);
  for (size_t i = 0; i < s->count; i++)
    pthread_join(s->listeners[i].thread, NULL);
  access_log_flush();
  free(s->listeners);
  free(s);
}
