#include "files/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "system/os.h"

/* A longer line is no path, but most likely not a list either. */
enum { FIRST_CAPACITY = 1 << 16, MAX_LINE = 1 << 20 };

line_reader lines_of(int file, char separator) {
  return (line_reader){.file = file, .separator = separator};
}

void lines_free(line_reader *l) {
  free(l->buffer);
  *l = (line_reader){.file = -1};
}

/* Room for more bytes, and for the NUL behind the last line. */
static bool make_room(line_reader *l) {
  if (l->begin > 0) {
    memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
    l->end -= l->begin;
    l->begin = 0;
  }
  if (l->end + 1 < l->capacity)
    return true;
  if (l->end >= MAX_LINE) {
    errno = EMSGSIZE;
    return false;
  }
  const size_t capacity = l->capacity == 0 ? FIRST_CAPACITY : 2 * l->capacity;
  char *const buffer = realloc(l->buffer, capacity);
  if (!buffer)
    return false;
  l->buffer = buffer;
  l->capacity = capacity;
  return true;
}

static lines_result read_more(line_reader *l, bool wait) {
  ssize_t got;

  if (!make_room(l))
    return LINES_FAILED;
  do {
    if (!os_is_readable(l->file, wait))
      return LINES_NONE_YET;
    got = read(l->file, l->buffer + l->end, (unsigned)(l->capacity - l->end - 1));
  } while (got < 0 && (errno == EINTR || errno == EAGAIN));
  if (got < 0)
    return LINES_FAILED;
  l->at_end = got == 0;
  l->end += (size_t)got;
  return LINES_ONE;
}

/* A byte order mark, as editors on Windows leave at the beginning. */
static void pass_over_mark(line_reader *l) {
  static const char mark[] = "\xef\xbb\xbf";

  l->started = true;
  if (l->separator == '\n' && l->end - l->begin >= 3 && memcmp(l->buffer + l->begin, mark, 3) == 0)
    l->begin += 3;
}

/* The line that ends at `end`, where the separator is or the file ends. False: it is empty. */
static bool take_line(line_reader *l, size_t end, char **line, size_t *length) {
  *line = l->buffer + l->begin;
  *length = end - l->begin;
  if (l->separator == '\n' && *length > 0 && (*line)[*length - 1] == '\r')
    --*length;
  (*line)[*length] = '\0';
  l->begin = end < l->end ? end + 1 : end;
  l->searched = 0;
  return *length > 0;
}

lines_result lines_next(line_reader *l, bool wait, char **line, size_t *length) {
  for (;;) {
    const size_t from = l->begin + l->searched;
    const char *const found =
        from < l->end ? memchr(l->buffer + from, l->separator, l->end - from) : NULL;
    if (found || (l->at_end && l->begin < l->end)) {
      if (!l->started)
        pass_over_mark(l);
      if (take_line(l, found ? (size_t)(found - l->buffer) : l->end, line, length))
        return LINES_ONE;
      continue;
    }
    if (l->at_end)
      return LINES_END;
    l->searched = l->end - l->begin;
    const lines_result result = read_more(l, wait);
    if (result != LINES_ONE)
      return result;
  }
}
