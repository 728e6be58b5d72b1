#include "metrics/metrics.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

typedef struct series {
  const char *name;
  const char *labels; /* "" or {...} */
  const char *type;
  const char *help;
} series;

/* Those of one family stand together. */
static const series table[METRIC_COUNT] = {
    [METRIC_PICTURES_DIGIT] = {"mnistcnn_pictures_total", "{result=\"digit\"}", "counter",
                               "Image files asked about as one digit, by what became of them."},
    [METRIC_PICTURES_NO_DIGIT] = {"mnistcnn_pictures_total", "{result=\"no_digit\"}", "", ""},
    [METRIC_PICTURES_REFUSED] = {"mnistcnn_pictures_total", "{result=\"refused\"}", "", ""},
    [METRIC_PAGES] = {"mnistcnn_pages_total", "", "counter", "Image files read as pages."},
    [METRIC_TENSOR_IMAGES] = {"mnistcnn_tensor_images_total", "", "counter",
                              "Images predicted from tensors."},
    [METRIC_REJECTED_FULL] = {"mnistcnn_rejected_total", "{reason=\"full\"}", "counter",
                              "Requests answered with 503, by reason."},
    [METRIC_REJECTED_LATE] = {"mnistcnn_rejected_total", "{reason=\"late\"}", "", ""},
    [METRIC_DEADLINES] = {"mnistcnn_connections_cut_total", "", "counter",
                          "Connections closed because a client was too slow or idle."},
    [METRIC_WORKER_RESTARTS] = {"mnistcnn_worker_restarts_total", "", "counter",
                                "Workers that died or were killed, and were started again."},
    [METRIC_RELOADS_OK] = {"mnistcnn_reloads_total", "{result=\"ok\"}", "counter",
                           "Reloads of the model."},
    [METRIC_RELOADS_FAILED] = {"mnistcnn_reloads_total", "{result=\"failed\"}", "", ""},
    [METRIC_LOG_LINES_DROPPED] = {"mnistcnn_log_lines_dropped_total", "", "counter",
                                  "Lines of the access log that nobody read in time."},
    [METRIC_RECEIVED_BYTES] = {"mnistcnn_received_bytes_total", "", "counter",
                               "Bytes of bodies received."},
    [METRIC_SENT_BYTES] = {"mnistcnn_sent_bytes_total", "", "counter", "Bytes of bodies sent."},
    [METRIC_QUEUED] = {"mnistcnn_queued_requests", "", "gauge", "Requests that wait for a worker."},
    [METRIC_CONNECTIONS] = {"mnistcnn_connections", "", "gauge", "Open connections."},
    [METRIC_BODY_BYTES] = {"mnistcnn_body_bytes", "", "gauge",
                           "Bytes of bodies in memory at this time."},
    [METRIC_WORKERS] = {"mnistcnn_workers", "", "gauge", "Workers that can be asked."},
    [METRIC_READY] = {"mnistcnn_ready", "", "gauge", "Whether /readyz answers 200."},
    [METRIC_SECCOMP] = {"mnistcnn_sandbox_enforced", "{part=\"seccomp\"}", "gauge",
                        "What the workers are confined by; of Landlock its version."},
    [METRIC_LANDLOCK] = {"mnistcnn_sandbox_enforced", "{part=\"landlock\"}", "", ""},
};

static const int statuses[] = {200, 204, 304, 400, 401, 404, 405,
                               408, 413, 415, 417, 422, 500, 503};
enum { STATUSES = sizeof statuses / sizeof *statuses };

static const int64_t duration_limits[] = {500,   1000,   2500,   5000,   10000,   25000,
                                          50000, 100000, 250000, 500000, 1000000, 5000000};
static const char *const duration_names[] = {"0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025",
                                             "0.05",   "0.1",   "0.25",   "0.5",   "1",    "5"};
enum { DURATIONS = sizeof duration_limits / sizeof *duration_limits };

static const size_t batch_limits[] = {1, 2, 4, 8, 16, 32, 64};
enum { BATCHES = sizeof batch_limits / sizeof *batch_limits };

static _Atomic int64_t values[METRIC_COUNT];
static _Atomic uint64_t requests[METRICS_MAX_ROUTES][STATUSES + 1]; /* the last: other statuses */
static _Atomic uint64_t durations[METRICS_MAX_ROUTES][DURATIONS + 1];
static _Atomic uint64_t duration_sum[METRICS_MAX_ROUTES];
static _Atomic uint64_t batches[BATCHES + 1];
static _Atomic uint64_t batch_sum;

void metrics_add(metric which, int64_t amount) {
  atomic_fetch_add_explicit(&values[which], amount, memory_order_relaxed);
}

void metrics_set(metric which, int64_t value) {
  atomic_store_explicit(&values[which], value, memory_order_relaxed);
}

int64_t metrics_get(metric which) {
  return atomic_load_explicit(&values[which], memory_order_relaxed);
}

static void count(_Atomic uint64_t *counter, uint64_t amount) {
  atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

static uint64_t read_count(const _Atomic uint64_t *counter) {
  return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_request(size_t route, int status, int64_t microseconds) {
  size_t s = 0, d = 0;

  while (s < STATUSES && statuses[s] != status)
    s++;
  while (d < DURATIONS && duration_limits[d] < microseconds)
    d++;
  count(&requests[route][s], 1);
  count(&durations[route][d], 1);
  count(&duration_sum[route], microseconds > 0 ? (uint64_t)microseconds : 0);
}

void metrics_batch(size_t images) {
  size_t b = 0;

  while (b < BATCHES && batch_limits[b] < images)
    b++;
  count(&batches[b], 1);
  count(&batch_sum, images);
}

static void head(buffer *out, const char *name, const char *type, const char *help) {
  buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_table(buffer *out) {
  for (size_t i = 0; i < METRIC_COUNT; i++) {
    if (*table[i].type)
      head(out, table[i].name, table[i].type, table[i].help);
    buffer_printf(out, "%s%s %lld\n", table[i].name, table[i].labels,
                  (long long)metrics_get((metric)i));
  }
}

static void write_requests(buffer *out, const char *(*label)(size_t number), size_t count_routes) {
  head(out, "mnistcnn_http_requests_total", "counter", "Answers, by route and status.");
  for (size_t r = 0; r < count_routes; r++) {
    for (size_t s = 0; s <= STATUSES; s++) {
      buffer_printf(out, "mnistcnn_http_requests_total{route=\"%s\",code=\"", label(r));
      if (s < STATUSES)
        buffer_printf(out, "%d", statuses[s]);
      else
        buffer_text(out, "other");
      buffer_printf(out, "\"} %llu\n", (unsigned long long)read_count(&requests[r][s]));
    }
  }
}

static void write_durations_of(buffer *out, const char *route, size_t r) {
  static const char name[] = "mnistcnn_http_request_duration_seconds";
  uint64_t total = 0;

  for (size_t d = 0; d <= DURATIONS; d++) {
    total += read_count(&durations[r][d]);
    buffer_printf(out, "%s_bucket{route=\"%s\",le=\"%s\"} %llu\n", name, route,
                  d < DURATIONS ? duration_names[d] : "+Inf", (unsigned long long)total);
  }
  buffer_printf(out, "%s_sum{route=\"%s\"} %.6f\n%s_count{route=\"%s\"} %llu\n", name, route,
                (double)read_count(&duration_sum[r]) * 1e-6, name, route,
                (unsigned long long)total);
}

static void write_batches(buffer *out) {
  uint64_t total = 0;

  head(out, "mnistcnn_batch_images", "histogram", "Images that were predicted together.");
  for (size_t b = 0; b <= BATCHES; b++) {
    total += read_count(&batches[b]);
    buffer_text(out, "mnistcnn_batch_images_bucket{le=\"");
    if (b < BATCHES)
      buffer_printf(out, "%zu", batch_limits[b]);
    else
      buffer_text(out, "+Inf");
    buffer_printf(out, "\"} %llu\n", (unsigned long long)total);
  }
  buffer_printf(out, "mnistcnn_batch_images_sum %llu\nmnistcnn_batch_images_count %llu\n",
                (unsigned long long)read_count(&batch_sum), (unsigned long long)total);
}

void metrics_write(buffer *out, const char *(*label)(size_t number), size_t count_routes) {
  write_table(out);
  write_batches(out);
  write_requests(out, label, count_routes);
  head(out, "mnistcnn_http_request_duration_seconds", "histogram",
       "From the first byte of a request to its answer.");
  for (size_t r = 0; r < count_routes; r++)
    write_durations_of(out, label(r), r);
}

void metrics_label(buffer *out, const char *value) {
  for (; *value; value++) {
    if (*value == '\\' || *value == '"')
      buffer_byte(out, '\\');
    if (*value == '\n')
      buffer_text(out, "\\n");
    else
      buffer_byte(out, (uint8_t)*value);
  }
}
