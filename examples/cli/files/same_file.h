/* Whether two paths are one file, however they are spelt. */
#ifndef CLI_FILES_SAME_FILE_H
#define CLI_FILES_SAME_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "files/files.h"

/* By device and inode or, for files that do not exist yet, by those of their folder and the name.
 * False if either is NULL or "". */
bool is_same_file(const char *path, const char *other);

/* Whether writing `path` would replace a file of the folder `root` or below it. */
bool is_file_below(const char *root, const char *path);

/* A file that a command reads or writes. */
typedef struct file_role {
  const char *name; /* of the option or argument: "--out" */
  const char *path; /* NULL: not given */
  bool is_output;
} file_role;

/* The files of a command; zeros at first. */
enum { MOST_ROLES = 10, MOST_IDX_SOURCES = 2 };
typedef struct role_list {
  file_role roles[MOST_ROLES];
  size_t count;
  char images[MOST_IDX_SOURCES][PATH_CAPACITY]; /* the first halves of IMAGES,LABELS */
  size_t num_images;
} role_list;

void role_list_add(role_list *list, const char *name, const char *path, bool is_output);

/* Both files of IMAGES,LABELS, as inputs; nothing where `source` is a folder or NULL. */
void role_list_add_idx(role_list *list, const char *name, const char *source);

/* The first output that would replace another of the files; NULL: there is none. *other: the file
 * that it would replace. */
const file_role *find_overwriting(const file_role *files, size_t count, const file_role **other);

#endif
