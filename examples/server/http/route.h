/* Which path is answered by what. */
#ifndef SERVER_HTTP_ROUTE_H
#define SERVER_HTTP_ROUTE_H

#include "service/call.h"

typedef struct route {
  const char *pattern; /* also its label in logs and metrics; {model} and {version} stand for any */
  const char *method;  /* GET, which includes HEAD, or POST */
  bool is_open;        /* also without a token */
  void (*begin)(call *c);
  void (*finish)(call *c); /* NULL: there are no jobs */
} route;

extern const route routes[];
extern const size_t num_routes;

/* A label, also of route_page() and route_other(); their number. */
const char *route_label(size_t number);
size_t route_num_labels(void);

/* The number of the path's route, or num_routes. Fills the names of the call. A slash at the end is
 * of no account. */
size_t route_find(const char *path, call *c);

size_t route_page(void);
size_t route_other(void);

#endif
