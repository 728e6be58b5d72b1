/* The service over HTTP, by libmicrohttpd. */
#ifndef SERVER_HTTP_SERVER_H
#define SERVER_HTTP_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "page/page.h"
#include "service/service.h"

enum { SERVER_MAX_SOCKETS = 8, SERVER_MAX_THREADS = 64, SERVER_MAX_ORIGINS = 16 };

typedef struct server_options {
  service *service;
  int sockets[SERVER_MAX_SOCKETS]; /* that listen */
  size_t num_sockets;
  uint32_t threads; /* that serve each socket */
  uint32_t max_connections;
  uint32_t max_connections_per_address; /* 0: no limit */
  uint64_t max_body;
  int64_t max_body_memory; /* bytes of all bodies */
  int64_t idle_ms;         /* for a connection without a request, and for the headers of one */
  int64_t body_ms;         /* for a body to arrive */
  int64_t send_ms;         /* for an answer to be taken */
  int64_t queue_ms;        /* for a request to wait for a worker */
  const char *origins[SERVER_MAX_ORIGINS]; /* that pages may come from; "*": any */
  size_t num_origins;
  const char *const
      *tokens;      /* of which a request must have one; NULL ends them; NULL: none needed */
  const page *page; /* NULL: none */
} server_options;

typedef struct server server;

/* NULL, and the reason, on failure. The sockets then belong to the server. */
server *server_start(const server_options *options, char *reason, size_t capacity);

/* Takes no further connections, answers all requests that have begun, and ends. */
void server_stop(server *s);

#endif
