/* The files that a command is to read, and what could not be found of them. */
#ifndef CLI_FILES_INPUT_LIST_H
#define CLI_FILES_INPUT_LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct input_file {
  char *path;
  char *error; /* why `path` gives nothing to read; NULL: it is a file */
} input_file;

typedef struct input_list {
  input_file *items;
  size_t count, capacity;
} input_list;

/* Adds copies. False, with a message, if memory is lacking. An input_list of zeros is an empty one.
 */
bool input_list_add(input_list *list, const char *path, const char *error);

/* Sorts items first..count-1 by the bytes of their paths. */
void input_list_sort(input_list *list, size_t first);

/* Makes it an empty one again. */
void input_list_clear(input_list *list);
void input_list_free(input_list *list);

#endif
