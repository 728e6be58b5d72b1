/* Messages over a socket between the server and a worker. */
#ifndef SERVER_WIRE_FRAME_H
#define SERVER_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/buffer.h"

enum frame_kind {
  FRAME_LOAD = 1, /* to the worker: limits and a model file */
  FRAME_READY,    /* from it: a description of the model */
  FRAME_REFUSED,  /* from it: why it is no usable model */
  FRAME_BATCH,    /* to the worker: jobs */
  FRAME_ANSWERS   /* from it: what became of each */
};

/* Both return false where the other side is gone, has sent more than `most` bytes, or has not come
 * to an end by `deadline` of clock_ms() (0: none). */
bool frame_send(int socket, uint32_t kind, const buffer *content, int64_t deadline);
bool frame_receive(int socket, uint32_t *kind, buffer *content, size_t most, int64_t deadline);

#endif
