#include "files/files.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
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

bool split_idx_pair(const char *source, char images[PATH_CAPACITY], const char **labels) {
  const char *const comma = is_folder(source) ? NULL : strchr(source, ',');

  if (!comma || comma - source >= PATH_CAPACITY)
    return false;
  memcpy(images, source, (size_t)(comma - source));
  images[comma - source] = '\0';
  *labels = comma + 1;
  return true;
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
  const bool exists = stat(path, &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    fail("%s: %s", path, S_ISDIR(status.st_mode) ? strerror(EISDIR) : "not a regular file");
    return false;
  }
  if (exists && access(path, W_OK) != 0) {
    fail("%s: cannot write: %s", path, strerror(errno));
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

/* Those of the file that is replaced, as far as this process may give them, or of a new file. */
static bool set_permissions(int descriptor, const char *path) {
  struct stat old;

  if (stat(path, &old) != 0) {
    const mode_t mask = umask(0);
    umask(mask);
    return fchmod(descriptor, 0666 & ~mask) == 0;
  }
  const bool same_group = fchown(descriptor, old.st_uid, old.st_gid) == 0 ||
                          fchown(descriptor, (uid_t)-1, old.st_gid) == 0;
  return fchmod(descriptor, old.st_mode & (same_group ? 0777 : 0707)) == 0;
}

/* An open temporary file that nobody could have put there; NULL with errno set. */
static FILE *open_temporary(char *temporary, const char *path) {
  const int descriptor = mkstemp(temporary);

  if (descriptor < 0)
    return NULL;
  FILE *const stream = set_permissions(descriptor, path) ? fdopen(descriptor, "w") : NULL;
  if (!stream) {
    const int error = errno;
    close(descriptor);
    unlink(temporary);
    errno = error;
  }
  return stream;
}

bool write_text_file(const char *path, void (*write_content)(FILE *stream, const void *user),
                     const void *user) {
  const char *const slash = strrchr(path, '/');
  char temporary[PATH_CAPACITY];

  if (!make_path(temporary, "%.*s.mnistcnn-XXXXXX", slash ? (int)(slash + 1 - path) : 0, path))
    return false;
  FILE *const stream = open_temporary(temporary, path);
  if (stream && write_and_close(stream, write_content, user) && rename(temporary, path) == 0)
    return true;
  const int error = errno;
  if (stream)
    unlink(temporary);
  fail("%s: %s", path, strerror(error));
  return false;
}
