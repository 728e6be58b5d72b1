/* The image files that a command's operands name: files, folders, lists of files (@list.txt) and
 * names on standard input (-). */
#ifndef CLI_FILES_INPUTS_H
#define CLI_FILES_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "files/input_list.h"
#include "files/lines.h"

typedef struct input_files {
  char *const *operands;
  size_t num_operands, next_operand;
  char separator;     /* of the names in lists */
  bool streams;       /* names come from standard input as well */
  const char *source; /* of `list`, as given; NULL: none is open */
  line_reader list;
  input_list found;
  size_t taken; /* of `found` */
  bool failed;
} input_files;

/* Finds all files, unless names come from standard input: these are read as they come. False, with
 * a message, if memory is lacking. Call inputs_free() in any case. The operands must stay. */
bool inputs_start(input_files *in, char *const *operands, size_t count, char separator);
void inputs_free(input_files *in);

/* Up to `capacity` of the next files, valid until the next call; *batch points at them. Waits for
 * names on standard input only if it has none to return. 0: there are no more, or, if in->failed,
 * memory is lacking. */
size_t inputs_next(input_files *in, size_t capacity, const input_file **batch);

/* How many there are of all; 0: it is not known. */
size_t inputs_total(const input_files *in);

#endif
