/* A worker process, as the server sees it. */
#ifndef SERVER_POOL_CHILD_H
#define SERVER_POOL_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pool/model_info.h"
#include "sandbox/sandbox.h"
#include "text/buffer.h"

typedef struct child_options {
  sandbox_mode sandbox;
  uint64_t memory_mebibytes; /* 0: no limit */
  uint64_t max_pixels;
  int64_t start_ms; /* the time to load a model in */
} child_options;

typedef struct child {
  pid_t pid;
  int socket;
  model_info *model;
} child;

/* Starts a process and has it load and test a model file (size 0: the one that is built in). NULL,
 * and the reason, where that fails. */
child *child_start(const child_options *options, const uint8_t *file, size_t size, char *reason,
                   size_t capacity);

/* Sends a batch and receives the answers to it by `deadline` of clock_ms(). False where the process
 * is gone or too late: it must be ended then. */
bool child_ask(const child *c, const buffer *batch, buffer *answers, int64_t deadline);

/* Ends the process, at once if it is busy. NULL is accepted. */
void child_end(child *c);

#endif
