#include "body/multipart.h"

#include <string.h>
#include <strings.h>

#include "body/media_type.h"

enum { MAX_HEADER_LINE = 1024, MAX_HEADERS = 16 };

static const uint8_t *find(const multipart *m, size_t from, const void *what, size_t length) {
  return from <= m->size ? memmem(m->body + from, m->size - from, what, length) : NULL;
}

bool multipart_start(multipart *m, const char *content_type, const void *body, size_t size,
                     problem *p) {
  char boundary[MULTIPART_MAX_BOUNDARY + 1];

  *m = (multipart){.body = body, .size = size};
  if (!media_type_parameter(content_type, "boundary", boundary, sizeof boundary))
    return problem_set(p, 400, "the Content-Type of a form must name a boundary of 1 to %d bytes",
                       MULTIPART_MAX_BOUNDARY);
  memcpy(m->delimiter, "\r\n--", 4);
  m->delimiter_length = 4 + strlen(boundary);
  memcpy(m->delimiter + 4, boundary, strlen(boundary));
  /* The first delimiter needs no line before it. */
  const size_t first = m->delimiter_length - 2;
  if (size >= first && memcmp(body, m->delimiter + 2, first) == 0) {
    m->at = first;
    return true;
  }
  const uint8_t *const found = find(m, 0, m->delimiter, m->delimiter_length);
  if (!found)
    return problem_set(p, 400, "the boundary of the form is nowhere in its body");
  m->at = (size_t)(found - m->body) + m->delimiter_length;
  return true;
}

static int malformed(problem *p, const char *what) {
  problem_set(p, 400, "malformed form: %s", what);
  return -1;
}

static void read_disposition(const char *value, multipart_part *part) {
  char file_name[2] = "";

  part->has_file_name = media_type_parameter(value, "filename", file_name, sizeof file_name) ||
                        strcasestr(value, "filename");
  if (!media_type_parameter(value, "name", part->name, sizeof part->name))
    part->name[0] = '\0';
}

/* A header of a part. Nothing but its disposition is of account: the first bytes of an image tell
 * what it is. */
static void read_header(const char *line, multipart_part *part) {
  static const char disposition[] = "content-disposition:";

  if (strncasecmp(line, disposition, sizeof disposition - 1) == 0)
    read_disposition(line + sizeof disposition - 1, part);
}

/* Copies a line and moves behind it; false where there is no whole line, or it is too long. */
static bool take_line(multipart *m, char *line) {
  const uint8_t *const end = find(m, m->at, "\r\n", 2);
  if (!end)
    return false;
  const size_t length = (size_t)(end - (m->body + m->at));
  if (length >= MAX_HEADER_LINE || memchr(m->body + m->at, '\0', length))
    return false;
  memcpy(line, m->body + m->at, length);
  line[length] = '\0';
  m->at += length + 2;
  return true;
}

static bool read_headers(multipart *m, multipart_part *part) {
  char line[MAX_HEADER_LINE];

  for (int headers = 0; headers <= MAX_HEADERS; headers++) {
    if (!take_line(m, line))
      return false;
    if (!*line)
      return true;
    read_header(line, part);
  }
  return false;
}

/* Behind a delimiter, white space may stand before the end of the line. */
static void skip_padding(multipart *m) {
  while (m->at < m->size && (m->body[m->at] == ' ' || m->body[m->at] == '\t'))
    m->at++;
}

int multipart_next(multipart *m, multipart_part *part, problem *p) {
  *part = (multipart_part){.has_file_name = false};
  if (m->size - m->at >= 2 && memcmp(m->body + m->at, "--", 2) == 0)
    return 0;
  skip_padding(m);
  if (m->size - m->at < 2 || memcmp(m->body + m->at, "\r\n", 2) != 0)
    return malformed(p, "it ends within a boundary, or without the last one");
  m->at += 2;
  if (!read_headers(m, part))
    return malformed(p, "the header of a part is not complete, too long or of too many lines");
  /* The body of an empty part is its delimiter only, whose line break ended the headers. */
  m->at -= 2;
  const uint8_t *const end = find(m, m->at, m->delimiter, m->delimiter_length);
  if (!end)
    return malformed(p, "a part has no end");
  part->data = m->body + m->at + 2;
  const size_t whole = (size_t)(end - (m->body + m->at));
  part->size = whole < 2 ? 0 : whole - 2;
  m->at += whole + m->delimiter_length;
  return 1;
}
