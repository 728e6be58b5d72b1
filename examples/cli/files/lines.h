/* Reads a list of names, one a line or each with a NUL behind it, as it comes: what a pipe has is
 * there before its end. */
#ifndef CLI_FILES_LINES_H
#define CLI_FILES_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct line_reader {
  int file;
  char separator; /* '\n' or '\0' */
  char *buffer;
  size_t begin, end, capacity; /* of what has been read and not been taken yet */
  size_t searched;             /* bytes from `begin` without a separator */
  bool started;                /* something has been read */
  bool at_end;
} line_reader;

typedef enum lines_result {
  LINES_ONE,
  LINES_NONE_YET, /* reading on would wait */
  LINES_END,
  LINES_FAILED /* errno says why; ENOMEM, and EMSGSIZE for a line without an end, too */
} lines_result;

line_reader lines_of(int file, char separator);

/* The next line, which the caller may change, valid until the next call. Empty ones are left out,
 * and so is the "\r" of "\r\n" and a byte order mark. wait false: LINES_NONE_YET instead of waiting
 * for a pipe. *length: the line may have NUL bytes in it. */
lines_result lines_next(line_reader *l, bool wait, char **line, size_t *length);

/* Frees the memory; the file stays open. */
void lines_free(line_reader *l);

#endif
