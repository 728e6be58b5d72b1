/* Strings: a length with a limit, and many short strings in one block of memory. */
#ifndef MCNN_BASE_STRINGS_H
#define MCNN_BASE_STRINGS_H

#include "base/alloc.h"

/* Bytes before the NUL, of which `limit` are looked at; `limit` where none of them is the NUL. */
size_t mcnn_strnlen(const char *text, size_t limit);

typedef struct mcnn_strings {
  char *text;      /* the strings one after the other, each with its NUL */
  size_t *offsets; /* of each string in `text` */
  size_t count, used_bytes;
  size_t text_capacity, offsets_capacity;
} mcnn_strings;

/* Appends prefix + text. An mcnn_strings of zeros is an empty one. */
mnistcnn_status mcnn_strings_add(mcnn_strings *strings, const mcnn_alloc *alloc, const char *prefix,
                                 const char *text);
const char *mcnn_strings_at(const mcnn_strings *strings, size_t index);

/* Sorts strings first..count-1 by their bytes. */
mnistcnn_status mcnn_strings_sort(mcnn_strings *strings, const mcnn_alloc *alloc, size_t first);

void mcnn_strings_free(mcnn_strings *strings, const mcnn_alloc *alloc);

#endif
