/* Answers. */
#ifndef SERVER_HTTP_RESPOND_H
#define SERVER_HTTP_RESPOND_H

#include "http/request.h"

/* Queues what the call has: its problem or its output. */
enum MHD_Result respond(request *r);

/* The same for a file of the page, and for a preflight request of a browser. */
enum MHD_Result respond_file(request *r, const page_file *file);
enum MHD_Result respond_options(request *r, const char *allowed);

#endif
