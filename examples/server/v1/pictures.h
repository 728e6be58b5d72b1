/* The image files of a request: the body itself, the parts of a form, or base64 in JSON. */
#ifndef SERVER_V1_PICTURES_H
#define SERVER_V1_PICTURES_H

#include "service/call.h"

typedef struct pictures {
  job_file *files;
  size_t count;
} pictures;

/* The files point into the body or the call's `decoded`. */
bool pictures_take(call *c, pictures *p);
void pictures_free(pictures *p);

/* Reads ?polarity=. */
bool pictures_polarity(call *c, int32_t *polarity);

#endif
