/* Paths and folders. */
#ifndef CLI_FILES_FILES_H
#define CLI_FILES_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Longest path a command puts together, its NUL included. */
enum { PATH_CAPACITY = 4096 };

/* Puts a path together as printf would; false, with a message, where it is too long. */
__attribute__((format(printf, 2, 3))) bool make_path(char path[PATH_CAPACITY], const char *format,
                                                     ...);

bool is_folder(const char *path);
bool is_file(const char *path);

/* Creates a folder and those above it; fine where it exists. False, with a message, on failure. */
bool make_folders(const char *path);

/* Whether a file can be created or replaced at `path`, asked before hours of work depend on it.
 * False, with a message, where it cannot. */
bool can_write(const char *path);

/* Creates `path` anew through `write_content`: whole or not at all. False, with a message, on
 * failure. */
bool write_text_file(const char *path, void (*write_content)(FILE *stream, const void *user),
                     const void *user);

#endif
