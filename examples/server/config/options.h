/* The command line. */
#ifndef SERVER_CONFIG_OPTIONS_H
#define SERVER_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"

enum { OPTIONS_MAX_LISTEN = 8, OPTIONS_MAX_ORIGINS = 16 };

typedef struct options {
  const char *listen[OPTIONS_MAX_LISTEN]; /* HOST:PORT */
  size_t num_listen;
  const char *model; /* NULL: the one that is built in */
  const char *name;
  const char *version;
  const char *page;       /* NULL: the installed one, if there is one; "": none */
  const char *token_file; /* NULL: none */
  const char *origins[OPTIONS_MAX_ORIGINS];
  size_t num_origins;
  sandbox_mode sandbox;
  bool access_log;
  uint64_t workers;
  uint64_t threads;
  uint64_t batch;
  uint64_t batch_wait_us;
  uint64_t queue;
  uint64_t connections;
  uint64_t connections_per_address;
  uint64_t max_body;
  uint64_t max_body_memory_mib;
  uint64_t max_pixels;
  uint64_t max_images;
  uint64_t worker_memory_mib;
  uint64_t idle_seconds;
  uint64_t body_seconds;
  uint64_t send_seconds;
  uint64_t queue_seconds;
  uint64_t work_seconds;
  uint64_t grace_seconds;
} options;

typedef enum options_outcome { OPTIONS_GO_ON, OPTIONS_SHOWN, OPTIONS_WRONG } options_outcome;

/* Prints help, version and what is wrong. */
options_outcome options_read(options *o, int argc, char **argv);

#endif
