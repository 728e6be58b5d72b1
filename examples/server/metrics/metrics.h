/* What the server counts, in the text format of Prometheus. Every series is there from the start.
 * Callable from any thread; no locks. */
#ifndef SERVER_METRICS_METRICS_H
#define SERVER_METRICS_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "text/buffer.h"

typedef enum metric {
  METRIC_PICTURES_DIGIT,
  METRIC_PICTURES_NO_DIGIT,
  METRIC_PICTURES_REFUSED,
  METRIC_PAGES,
  METRIC_TENSOR_IMAGES,
  METRIC_REJECTED_FULL,
  METRIC_REJECTED_LATE,
  METRIC_DEADLINES,
  METRIC_WORKER_RESTARTS,
  METRIC_RELOADS_OK,
  METRIC_RELOADS_FAILED,
  METRIC_LOG_LINES_DROPPED,
  METRIC_RECEIVED_BYTES,
  METRIC_SENT_BYTES,
  METRIC_QUEUED,
  METRIC_CONNECTIONS,
  METRIC_BODY_BYTES,
  METRIC_WORKERS,
  METRIC_READY,
  METRIC_SECCOMP,
  METRIC_LANDLOCK,
  METRIC_COUNT
} metric;

enum { METRICS_MAX_ROUTES = 24 };

void metrics_add(metric which, int64_t amount);
void metrics_set(metric which, int64_t value);
int64_t metrics_get(metric which);

/* An answer of the route of this number, after so many microseconds. */
void metrics_request(size_t route, int status, int64_t microseconds);

/* A batch of so many images. */
void metrics_batch(size_t images);

/* label: that of a route's number. */
void metrics_write(buffer *out, const char *(*label)(size_t number), size_t count);

/* A label's value with what must be escaped. */
void metrics_label(buffer *out, const char *value);

#endif
