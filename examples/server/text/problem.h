/* What is wrong with a request: the content of a problem document (RFC 9457). */
#ifndef SERVER_TEXT_PROBLEM_H
#define SERVER_TEXT_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "text/buffer.h"

enum { PROBLEM_DETAIL_CAPACITY = 512 };

typedef struct problem {
  int status; /* 0: nothing is wrong */
  char detail[PROBLEM_DETAIL_CAPACITY];
} problem;

/* Always returns false, so that what finds a problem can return it. The first problem stays. */
__attribute__((format(printf, 3, 4))) bool problem_set(problem *p, int status, const char *format,
                                                       ...);

/* The standard phrase of an HTTP status. */
const char *problem_title(int status);

/* The document. With `error`, which the Open Inference Protocol asks for. */
void problem_write(const problem *p, buffer *out);

#endif
