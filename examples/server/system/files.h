#ifndef SERVER_SYSTEM_FILES_H
#define SERVER_SYSTEM_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "text/buffer.h"

/* Reads a regular file of at most `most` bytes as a whole. On failure, `error` (of error_capacity
 * bytes) names the file and the reason, and the buffer is freed. */
bool file_read(const char *path, size_t most, buffer *content, char *error, size_t error_capacity);

/* The path of what lies at `relative` to the folder of this program. */
bool file_beside_program(const char *relative, char *path, size_t capacity);

#endif
