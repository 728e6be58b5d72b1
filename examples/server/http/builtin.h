/* What the server says about itself. */
#ifndef SERVER_HTTP_BUILTIN_H
#define SERVER_HTTP_BUILTIN_H

#include "service/call.h"

void builtin_health(call *c);
void builtin_ready(call *c);
void builtin_metrics(call *c);
void builtin_openapi(call *c);

/* The text of openapi.json. */
const unsigned char *openapi_bytes(size_t *size_bytes);

#endif
