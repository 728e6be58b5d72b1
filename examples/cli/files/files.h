/* Paths and folders. */
#ifndef CLI_FILES_FILES_H
#define CLI_FILES_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The longest path that a command constructs, including the NUL. */
enum { PATH_CAPACITY = 4096 };

/* Formats a path; false, with a message, if it is too long. */
__attribute__((format(printf, 2, 3))) bool make_path(char path[PATH_CAPACITY], const char *format,
                                                     ...);

bool is_folder(const char *path);
bool is_file(const char *path);

/* Splits MNIST's two IDX files, "IMAGES,LABELS", at the first comma; false: `source` is no such
 * pair, or longer than a path. */
bool split_idx_pair(const char *source, char images[PATH_CAPACITY], const char **labels);

/* Creates a folder and its parents, unless they exist. False, with a message, on failure. */
bool make_folders(const char *path);

/* Whether a file can be created or replaced at `path`; checked before hours of work depend on it.
 * False, with a message, if not. */
bool can_write(const char *path);

/* Writes `path` atomically, with the output of `write_content`. False, with a message, on failure.
 */
bool write_text_file(const char *path, void (*write_content)(FILE *stream, const void *user),
                     const void *user);

#endif
