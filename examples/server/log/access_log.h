/* One JSON line for every answer, on standard output. */
#ifndef SERVER_LOG_ACCESS_LOG_H
#define SERVER_LOG_ACCESS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct access_entry {
  const char *remote;
  const char *method;
  const char *path;
  const char *route;
  int status;
  uint64_t received;
  uint64_t sent;
  int64_t microseconds;
  bool is_whole; /* the answer was sent to its end */
} access_entry;

void access_log_enable(bool enabled);

/* Lines are gathered until they are flushed. Callable from any thread. */
void access_log_add(const access_entry *entry);

/* Writes what can be written without waiting for a reader; where too much is left, lines are
 * dropped and counted. */
void access_log_flush(void);

#endif
