#include "files/files.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal/message.h"

bool make_path(char path[PATH_CAPACITY], const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  const int length = vsnprintf(path, PATH_CAPACITY, format, arguments);
  va_end(arguments);
  if (length >= 0 && length < PATH_CAPACITY)
    return true;
  fail("%.60s...: path too long", path);
  return false;
}

bool is_folder(const char *path) {
  struct stat status;

  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool is_file(const char *path) {
  struct stat status;

  return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static bool make_folder(const char *path) {
  if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_folder(path)))
    return true;
  fail("%s: %s", path, strerror(errno == EEXIST ? ENOTDIR : errno));
  return false;
}

bool make_folders(const char *path) {
  char parent[PATH_CAPACITY];

  if (!make_path(parent, "%s", path))
    return false;
  char *slash = parent[0] != '\0' ? strchr(parent + 1, '/') : NULL;
  for (; slash; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (!make_folder(parent))
      return false;
    *slash = '/';
  }
  return make_folder(path);
}

/* 0 if a file can be created in the folder, else an errno. */
static int folder_error(const char *folder) {
  struct stat status;

  if (stat(folder, &status) != 0)
    return errno;
  if (!S_ISDIR(status.st_mode))
    return ENOTDIR;
  return access(folder, W_OK | X_OK) == 0 ? 0 : errno;
}

bool can_write(const char *path) {
  char folder[PATH_CAPACITY];
  struct stat status;

  if (!make_path(folder, "%s", path))
    return false;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
    fail("%s: %s", path, S_ISDIR(status.st_mode) ? strerror(EISDIR) : "not a regular file");
    return false;
  }
  char *const slash = strrchr(folder, '/');
  if (!slash)
    strcpy(folder, ".");
  else
    slash[slash == folder] = '\0';
  const int error = path[0] == '\0' ? ENOENT : folder_error(folder);
  if (error == 0)
    return true;
  fail("%s: cannot write: %s", path, strerror(error));
  return false;
}

static bool write_and_close(FILE *stream, void (*write_content)(FILE *stream, const void *user),
                            const void *user) {
  write_content(stream, user);
  const bool written = fflush(stream) == 0 && !ferror(stream) && fsync(fileno(stream)) == 0;
  const int saved = errno;

  const bool closed = fclose(stream) == 0;
  if (!written)
    errno = saved;
  return written && closed;
}

bool write_text_file(const char *path, void (*write_content)(FILE *stream, const void *user),
                     const void *user) {
  char temporary[PATH_CAPACITY];

  if (!make_path(temporary, "%s.part", path))
    return false;
  FILE *const stream = fopen(temporary, "w");
  if (stream && write_and_close(stream, write_content, user) && rename(temporary, path) == 0)
    return true;
  const int error = errno;
  if (stream)
    unlink(temporary);
  fail("%s: %s", path, strerror(error));
  return false;
}
