/* JSON texts that grow while they are written. A failed allocation is remembered until the end. */
#ifndef MCNN_EXCHANGE_JSON_WRITER_H
#define MCNN_EXCHANGE_JSON_WRITER_H

#include "base/alloc.h"

typedef struct mcnn_json_writer {
  mcnn_alloc alloc;
  char *text; /* with a NUL behind it; NULL while empty */
  size_t length, capacity;
  int failed;
} mcnn_json_writer;

/* As printf(); no floats, which depend on the locale. */
void mcnn_json_format(mcnn_json_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A string, quoted. */
void mcnn_json_quoted(mcnn_json_writer *writer, const char *text);
/* The name of a file, quoted, with its ending. */
void mcnn_json_quoted_file(mcnn_json_writer *writer, const char *stem, const char *ending);

mnistcnn_status mcnn_json_written(const mcnn_json_writer *writer);
void mcnn_json_writer_free(mcnn_json_writer *writer);

#endif
