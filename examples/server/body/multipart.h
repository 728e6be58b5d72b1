/* Bodies of forms, multipart/form-data (RFC 7578), that are in memory as a whole. */
#ifndef SERVER_BODY_MULTIPART_H
#define SERVER_BODY_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/problem.h"

enum { MULTIPART_NAME_CAPACITY = 128, MULTIPART_MAX_BOUNDARY = 70 };

typedef struct multipart_part {
  char name[MULTIPART_NAME_CAPACITY]; /* of the field, "" if it has none */
  bool has_file_name;
  const uint8_t *data; /* in the body */
  size_t size;
} multipart_part;

typedef struct multipart {
  const uint8_t *body;
  size_t size;
  size_t at;                                  /* behind a delimiter */
  char delimiter[MULTIPART_MAX_BOUNDARY + 4]; /* "\r\n--" and the boundary */
  size_t delimiter_length;
} multipart;

/* content_type: the value of the header. */
bool multipart_start(multipart *m, const char *content_type, const void *body, size_t size,
                     problem *p);

/* 1: *part is the next part; 0: there are no more; -1: the body is malformed, which the problem
 * says. */
int multipart_next(multipart *m, multipart_part *part, problem *p);

#endif
