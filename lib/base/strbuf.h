/* Text into memory of the right size: the same calls once to measure it, once to write it. */
#ifndef MCNN_BASE_STRBUF_H
#define MCNN_BASE_STRBUF_H

#include "mnistcnn.h"

typedef struct mcnn_strbuf {
  char *target; /* NULL while measuring */
  size_t length;
} mcnn_strbuf;

void mcnn_strbuf_text(mcnn_strbuf *sink, const char *text);
void mcnn_strbuf_number(mcnn_strbuf *sink, uint64_t number);
void mcnn_strbuf_fill(mcnn_strbuf *sink, char c, size_t count);

/* The public functions' way to give text: `write` (called twice) to a caller's buffer. The length
 * goes to *length, which may be NULL; text NULL with capacity 0 asks for it only. */
typedef void (*mcnn_strbuf_fn)(mcnn_strbuf *sink, const void *context);
mnistcnn_status mcnn_strbuf_copy_out(mcnn_strbuf_fn write, const void *context, char *text,
                                     size_t capacity, size_t *length);

#endif
