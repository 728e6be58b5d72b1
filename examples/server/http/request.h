/* A request on its way: headers, body, work, answer. */
#ifndef SERVER_HTTP_REQUEST_H
#define SERVER_HTTP_REQUEST_H

#include <microhttpd.h>

#include "http/connection.h"
#include "http/route.h"
#include "http/server.h"
#include "http/wake.h"

/* What the requests of one thread share. */
typedef struct request_context {
  const server_options *options;
  connection_list connections;
  atomic_size_t working; /* requests that wait for workers */
  wake wake;
  bool stops; /* every answer is the last of its connection */
} request_context;

typedef struct request {
  request_context *context;
  struct MHD_Connection *mhd;
  connection *connection;
  enum { REQUEST_RECEIVING, REQUEST_WORKING, REQUEST_ANSWERED } state;
  size_t route; /* as route_label() numbers them */
  char method[12];
  char *path;
  call call;
  buffer body;
  int64_t body_held;  /* what of the memory for bodies is this one's */
  uint64_t received;  /* bytes of the body, kept or not */
  atomic_size_t left; /* jobs that are not done, and one for who submits them */
  int64_t start_us;
  int status; /* of the answer; 0: none yet */
  size_t sent;
  bool must_close; /* the rest of the body has not been read */
} request;

/* The callbacks of libmicrohttpd; closure: the request_context. */
enum MHD_Result request_handle(void *closure, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **state);
void request_completed(void *closure, struct MHD_Connection *mhd, void **state,
                       enum MHD_RequestTerminationCode code);

#endif
