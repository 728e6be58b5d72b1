/* Text into a buffer of the right size: the same calls first measure the text, then write it. */
#ifndef MCNN_BASE_STRBUF_H
#define MCNN_BASE_STRBUF_H

#include "mnistcnn.h"

typedef struct mcnn_strbuf {
  char *target; /* NULL while measuring */
  size_t length;
} mcnn_strbuf;

void mcnn_strbuf_text(mcnn_strbuf *buf, const char *text);
void mcnn_strbuf_number(mcnn_strbuf *buf, uint64_t number);
void mcnn_strbuf_fill(mcnn_strbuf *buf, char c, size_t count);

/* How public functions return text: calls `write` twice, to measure the text and to write it to the
 * caller's buffer with a NUL. *length is its length without the NUL; length may be NULL. With text
 * NULL and capacity 0 only the length is returned. */
typedef void (*mcnn_strbuf_fn)(mcnn_strbuf *buf, const void *context);
mnistcnn_status mcnn_strbuf_copy_out(mcnn_strbuf_fn write, const void *context, char *text,
                                     size_t capacity, size_t *length);

#endif
