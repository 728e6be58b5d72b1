/* A log callback of the library's own. */
#include <string.h>

#include "api/check.h"

static const char TYPE[] = "mnistcnn_log_lines";
enum { FIRST_SIZE = sizeof(mnistcnn_log_lines) };

/* "1 message\n", and a NUL that the next line overwrites. */
static void append(mnistcnn_log_lines *lines, int32_t level, const char *message) {
  const size_t length = strlen(message);
  char *const to = lines->text + lines->length;

  to[0] = level > MNISTCNN_LOG_INFO ? '1' : '0';
  to[1] = ' ';
  memcpy(to + 2, message, length);
  to[length + 2] = '\n';
  to[length + 3] = 0;
  lines->length += length + 3;
}

static int has_room(const mnistcnn_log_lines *lines, const char *message) {
  const size_t needed = strlen(message) + 4;

  return lines->text && lines->length <= lines->capacity &&
         lines->capacity - lines->length >= needed;
}

void mnistcnn_log_collect(int32_t level, const char *message, void *lines) {
  mnistcnn_log_lines *const to = lines;

  if (!message || !to || mcnn_check_output(TYPE, to, FIRST_SIZE) != MNISTCNN_OK)
    return;
  if (has_room(to, message))
    append(to, level, message);
  else if (to->num_lost < UINT32_MAX)
    to->num_lost++;
}
