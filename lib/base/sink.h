/* Text into memory of the right size: the same calls once to measure it, once to write it. */
#ifndef MCNN_BASE_SINK_H
#define MCNN_BASE_SINK_H

#include "mnistcnn.h"

typedef struct mcnn_sink {
  char *target; /* NULL while measuring */
  size_t length;
} mcnn_sink;

void mcnn_sink_text(mcnn_sink *sink, const char *text);
void mcnn_sink_number(mcnn_sink *sink, uint64_t number);
void mcnn_sink_fill(mcnn_sink *sink, char c, size_t count);

/* The public functions' way to give text: `write` (called twice) to a caller's buffer. The length
 * goes to *length, which may be NULL; text NULL with capacity 0 asks for it only. */
typedef void (*mcnn_sink_fn)(mcnn_sink *sink, const void *context);
mnistcnn_status mcnn_sink_give(mcnn_sink_fn write, const void *context, char *text, size_t capacity,
                               size_t *length);

#endif
