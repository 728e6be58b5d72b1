/* Connections and how long each may go on without anything done: libmicrohttpd only measures
 * silence, which a client that sends a byte now and then never keeps. */
#ifndef SERVER_HTTP_CONNECTION_H
#define SERVER_HTTP_CONNECTION_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum connection_phase {
  CONNECTION_IDLE,    /* waits for a request or its headers */
  CONNECTION_BODY,    /* waits for a body */
  CONNECTION_WORKING, /* has no deadline */
  CONNECTION_SENDING  /* waits for the client to take the answer */
} connection_phase;

typedef struct connection {
  struct connection *next;
  struct connection *previous;
  int socket;
  connection_phase phase;
  int64_t deadline; /* of clock_ms() */
  char remote[INET6_ADDRSTRLEN];
} connection;

/* Those of one thread. */
typedef struct connection_list {
  connection *first;
  size_t count;
  int64_t idle_ms; /* how long a new one may wait for a request */
} connection_list;

/* What libmicrohttpd calls for each connection; closure: the connection_list. */
void connection_notify(void *closure, struct MHD_Connection *mhd, void **socket_context,
                       enum MHD_ConnectionNotificationCode code);

/* NULL where there was no memory for it. */
connection *connection_of(struct MHD_Connection *mhd);

void connection_enter(connection *c, connection_phase phase, int64_t milliseconds);

/* Cuts those whose deadline has passed and, with idle_too, all that wait for a request. By the
 * thread that serves them. */
void connection_sweep(const connection_list *list, int64_t now, bool idle_too);

#endif
