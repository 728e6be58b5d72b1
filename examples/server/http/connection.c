#include "http/connection.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "metrics/metrics.h"
#include "system/clock.h"

static void write_remote(struct MHD_Connection *mhd, char *text) {
  const union MHD_ConnectionInfo *const info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *const address = info ? info->client_addr : NULL;
  const void *host = NULL;

  if (address && address->sa_family == AF_INET)
    host = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
  else if (address && address->sa_family == AF_INET6)
    host = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
  if (!host || !inet_ntop(address->sa_family, host, text, INET6_ADDRSTRLEN))
    (void)snprintf(text, INET6_ADDRSTRLEN, "local");
}

static connection *open_connection(connection_list *list, struct MHD_Connection *mhd) {
  const union MHD_ConnectionInfo *const info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
  connection *const c = calloc(1, sizeof *c);

  if (!c)
    return NULL;
  c->socket = info ? info->connect_fd : -1;
  write_remote(mhd, c->remote);
  connection_enter(c, CONNECTION_IDLE, list->idle_ms);
  c->next = list->first;
  if (list->first)
    list->first->previous = c;
  list->first = c;
  list->count++;
  metrics_add(METRIC_CONNECTIONS, 1);
  return c;
}

static void close_connection(connection_list *list, connection *c) {
  if (!c)
    return;
  if (c->previous)
    c->previous->next = c->next;
  else
    list->first = c->next;
  if (c->next)
    c->next->previous = c->previous;
  list->count--;
  metrics_add(METRIC_CONNECTIONS, -1);
  free(c);
}

void connection_notify(void *closure, struct MHD_Connection *mhd, void **socket_context,
                       enum MHD_ConnectionNotificationCode code) {
  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    *socket_context = open_connection(closure, mhd);
  else
    close_connection(closure, *socket_context);
}

connection *connection_of(struct MHD_Connection *mhd) {
  const union MHD_ConnectionInfo *const info =
      MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

  return info ? info->socket_context : NULL;
}

void connection_enter(connection *c, connection_phase phase, int64_t milliseconds) {
  if (!c)
    return;
  c->phase = phase;
  c->deadline = phase == CONNECTION_WORKING ? INT64_MAX : clock_ms() + milliseconds;
}

/* libmicrohttpd takes no answer while it receives a body, so this one goes around it: nothing else
 * has been sent since the request began. */
static void send_timeout(int socket) {
  static const char body[] =
      "{\"type\":\"about:blank\",\"title\":\"Request Timeout\",\"status\":408,"
      "\"detail\":\"the body took too long\",\"error\":\"the body took too long\"}";
  char text[512];
  const int length = snprintf(text, sizeof text,
                              "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                              "Content-Type: application/problem+json\r\n"
                              "Content-Length: %zu\r\n\r\n%s",
                              sizeof body - 1, body);

  if (send(socket, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    return; /* who does not read it is cut all the same */
}

/* The socket is closed by libmicrohttpd when it sees the end of the stream. */
static void cut(connection *c) {
  if (c->phase == CONNECTION_BODY)
    send_timeout(c->socket);
  shutdown(c->socket, SHUT_RDWR);
  c->deadline = INT64_MAX;
  metrics_add(METRIC_DEADLINES, 1);
}

void connection_sweep(const connection_list *list, int64_t now, bool idle_too) {
  for (connection *c = list->first; c; c = c->next)
    if (c->deadline < now || (idle_too && c->phase == CONNECTION_IDLE && c->deadline != INT64_MAX))
      cut(c);
}
