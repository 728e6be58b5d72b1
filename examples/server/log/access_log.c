#include "log/access_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "metrics/metrics.h"
#include "system/clock.h"
#include "text/json_out.h"

/* What a pipe takes without blocking if it takes anything: PIPE_BUF of Linux. */
enum { CHUNK = 4096, MOST_HELD = 1 << 20, STAMP_CAPACITY = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static buffer lines;
static bool is_enabled;

void access_log_enable(bool enabled) {
  is_enabled = enabled;
}

static void write_entry(const access_entry *entry, buffer *out) {
  json_out json = {.out = out};
  char stamp[STAMP_CAPACITY];

  clock_stamp(stamp);
  json_begin(&json, '{');
  json_member_text(&json, "time", stamp);
  json_member_text(&json, "remote", entry->remote);
  json_member_text(&json, "method", entry->method);
  json_member_text(&json, "path", entry->path);
  json_member_text(&json, "route", entry->route);
  json_member_integer(&json, "status", entry->status);
  json_member_integer(&json, "received", (int64_t)entry->received);
  json_member_integer(&json, "sent", (int64_t)entry->sent);
  json_member_integer(&json, "microseconds", entry->microseconds);
  json_member_boolean(&json, "complete", entry->is_whole);
  json_end(&json, '}');
  buffer_byte(out, '\n');
}

void access_log_add(const access_entry *entry) {
  if (!is_enabled)
    return;
  pthread_mutex_lock(&lock);
  if (lines.size < MOST_HELD)
    write_entry(entry, &lines);
  else
    metrics_add(METRIC_LOG_LINES_DROPPED, 1);
  pthread_mutex_unlock(&lock);
}

static bool is_writable(void) {
  struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

  return poll(&output, 1, 0) == 1 && (output.revents & POLLOUT);
}

void access_log_flush(void) {
  size_t done = 0;

  pthread_mutex_lock(&lock);
  while (done < lines.size && is_writable()) {
    const size_t left = lines.size - done;
    const ssize_t written = write(STDOUT_FILENO, lines.data + done, left < CHUNK ? left : CHUNK);
    if (written < 0 && errno != EINTR)
      break;
    done += written > 0 ? (size_t)written : 0;
  }
  if (done > 0)
    memmove(lines.data, lines.data + done, lines.size - done);
  lines.size -= done;
  lines.failed = false;
  pthread_mutex_unlock(&lock);
}
