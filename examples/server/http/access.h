/* Who may ask, and from where. */
#ifndef SERVER_HTTP_ACCESS_H
#define SERVER_HTTP_ACCESS_H

#include <microhttpd.h>
#include <stdbool.h>

#include "http/server.h"

/* Whether the request has one of the tokens, or none is needed. */
bool access_allowed(const server_options *options, struct MHD_Connection *mhd);

/* Takes as long whichever bytes differ. */
bool access_same_secret(const char *given, const char *secret);

/* What Access-Control-Allow-Origin is to say; NULL: nothing. */
const char *access_origin(const server_options *options, struct MHD_Connection *mhd);

#endif
