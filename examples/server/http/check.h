/* What the head of a request is refused for, before its body is read. */
#ifndef SERVER_HTTP_CHECK_H
#define SERVER_HTTP_CHECK_H

#include "http/request.h"

/* Finds the route and sets the call's problem, if there is one. announced: the body's length, where
 * the head tells it. */
void check_head(request *r, uint64_t *announced);

/* Whether the client waits for permission to send the body. */
bool check_expects(const request *r);

/* The methods of the request's path: the value of Allow. */
const char *check_allowed(const request *r);

void check_query(request *r);

#endif
