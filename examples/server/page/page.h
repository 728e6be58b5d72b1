/* The files of a folder, read once into memory: no request ever opens a file. */
#ifndef SERVER_PAGE_PAGE_H
#define SERVER_PAGE_PAGE_H

#include "text/buffer.h"

typedef struct page_file {
  char *path; /* "/index.html" */
  const char *type;
  char tag[24]; /* of its content, quoted: an ETag */
  buffer content;
  bool is_named_by_content; /* in a folder "v-" and a hash: such a path never has another content */
} page_file;

typedef struct page {
  page_file *files;
  size_t count;
  size_t bytes;
} page;

/* Reads the regular files of the folder and those below it, but none whose name starts with a dot.
 * False, with the reason, where that fails or they are too many or too large. */
bool page_read(page *p, const char *folder, char *reason, size_t capacity);
void page_free(page *p);

/* The file of a path; "/" is that of /index.html. NULL: there is none. */
const page_file *page_find(const page *p, const char *path);

/* By the end of a file's name. */
const char *page_type(const char *path);

#endif
