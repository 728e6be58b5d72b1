#include "files/same_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- one path --------------------------------------------------------------------------------- */

/* Where a file is, or would be. */
typedef struct location {
  dev_t device;
  ino_t inode;              /* of the file or, where there is none, of its folder */
  char name[PATH_CAPACITY]; /* in the folder; "" where the file exists */
} location;

static bool copy_text(char *to, const char *from) {
  const size_t length = strlen(from);

  if (length >= PATH_CAPACITY)
    return false;
  memcpy(to, from, length + 1);
  return true;
}

/* Replaces a symbolic link by what it leads to; false: it is none. */
static bool follow_link(char path[PATH_CAPACITY]) {
  char target[PATH_CAPACITY];
  const ssize_t length = readlink(path, target, sizeof target - 1);
  char *const slash = strrchr(path, '/');

  if (length <= 0)
    return false;
  target[length] = '\0';
  if (target[0] == '/' || !slash)
    return copy_text(path, target);
  const size_t folder = (size_t)(slash + 1 - path);
  if (folder + (size_t)length >= PATH_CAPACITY)
    return false;
  memcpy(path + folder, target, (size_t)length + 1);
  return true;
}

static bool locate_in_folder(char path[PATH_CAPACITY], location *where) {
  struct stat status;
  char *const slash = strrchr(path, '/');

  if (!copy_text(where->name, slash ? slash + 1 : path))
    return false;
  if (slash)
    slash[slash == path] = '\0';
  if (stat(slash ? path : ".", &status) != 0)
    return false;
  where->device = status.st_dev;
  where->inode = status.st_ino;
  return true;
}

/* False where neither the file nor its folder exists. */
static bool locate(const char *path, location *where) {
  enum { MOST_LINKS = 40 };
  char text[PATH_CAPACITY];
  struct stat status;

  if (!path || path[0] == '\0' || !copy_text(text, path))
    return false;
  if (stat(path, &status) == 0) {
    where->device = status.st_dev;
    where->inode = status.st_ino;
    where->name[0] = '\0';
    return true;
  }
  for (int links = 0; links < MOST_LINKS && follow_link(text); links++)
    ;
  return locate_in_folder(text, where);
}

bool is_same_file(const char *path, const char *other) {
  location one;
  location two;

  return locate(path, &one) && locate(other, &two) && one.device == two.device &&
         one.inode == two.inode && strcmp(one.name, two.name) == 0;
}

/* --- folders ---------------------------------------------------------------------------------- */

enum { MOST_FOLDERS = 32 };

/* Whether the folder, which is closed, holds the file. */
static bool holds(int folder, const struct stat *file, int depth) {
  DIR *const stream = folder < 0 ? NULL : fdopendir(folder);
  const struct dirent *entry;
  bool found = false;

  if (!stream) {
    if (folder >= 0)
      close(folder);
    return false;
  }
  while (!found && (entry = readdir(stream))) {
    struct stat status;
    if (entry->d_name[0] == '.' || fstatat(dirfd(stream), entry->d_name, &status, 0) != 0)
      continue;
    if (S_ISDIR(status.st_mode) && depth < MOST_FOLDERS)
      found = holds(openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), file,
                    depth + 1);
    else
      found = status.st_dev == file->st_dev && status.st_ino == file->st_ino;
  }
  closedir(stream);
  return found;
}

bool is_file_below(const char *root, const char *path) {
  struct stat status;

  return root && path && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
         holds(open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), &status, 0);
}

/* --- all files of a command ------------------------------------------------------------------- */

void role_list_add(role_list *list, const char *name, const char *path, bool is_output) {
  list->roles[list->count++] = (file_role){name, path, is_output};
}

void role_list_add_idx(role_list *list, const char *name, const char *source) {
  char *const images = list->images[list->num_images];
  const char *labels = NULL;

  if (!source || !split_idx_pair(source, images, &labels))
    return;
  list->num_images++;
  role_list_add(list, name, images, false);
  role_list_add(list, name, labels, false);
}

const file_role *find_overwriting(const file_role *files, size_t count, const file_role **other) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < count; j++) {
      if (!files[i].is_output || i == j || !is_same_file(files[i].path, files[j].path))
        continue;
      *other = &files[j];
      return &files[i];
    }
  }
  return NULL;
}
