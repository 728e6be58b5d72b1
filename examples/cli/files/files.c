#include "files/files.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "system/os.h"
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
  os_entry entry;

  return os_look_up(path, &entry) && entry.kind == OS_FOLDER;
}

bool is_file(const char *path) {
  os_entry entry;

  return os_look_up(path, &entry) && entry.kind == OS_FILE;
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
  if (os_make_folder(path))
    return true;
  const int error = errno;
  if (is_folder(path))
    return true;
  fail("%s: %s", path, strerror(error == EEXIST ? ENOTDIR : error));
  return false;
}

bool make_folders(const char *path) {
  char parent[PATH_CAPACITY];

  if (!make_path(parent, "%s", path))
    return false;
  for (size_t i = 1; path[0] != '\0' && path[i] != '\0'; i++) {
    if (!os_is_separator(path[i]))
      continue;
    parent[i] = '\0';
    if (!make_folder(parent))
      return false;
    parent[i] = path[i];
  }
  return make_folder(path);
}

/* 0 if a file can be created in the folder, else an errno. */
static int folder_error(const char *folder) {
  os_entry entry;

  if (!os_look_up(folder, &entry))
    return errno;
  if (entry.kind != OS_FOLDER)
    return ENOTDIR;
  return os_may_create_in(folder) ? 0 : errno;
}

bool can_write(const char *path) {
  char folder[PATH_CAPACITY];
  os_entry entry;

  if (!make_path(folder, "%s", path))
    return false;
  const bool exists = os_look_up(path, &entry);
  if (exists && entry.kind != OS_FILE) {
    fail("%s: %s", path, entry.kind == OS_FOLDER ? strerror(EISDIR) : "not a regular file");
    return false;
  }
  if (exists && !os_may_write(path)) {
    fail("%s: cannot write: %s", path, strerror(errno));
    return false;
  }
  const size_t folder_bytes = os_folder_bytes(path);
  if (folder_bytes == 0)
    strcpy(folder, ".");
  else
    folder[folder_bytes] = '\0';
  const int error = path[0] == '\0' ? ENOENT : folder_error(folder);
  if (error == 0)
    return true;
  fail("%s: cannot write: %s", path, strerror(error));
  return false;
}

static bool write_and_close(FILE *stream, void (*write_content)(FILE *stream, const void *user),
                            const void *user) {
  write_content(stream, user);
  const bool written = fflush(stream) == 0 && !ferror(stream) && os_synchronise(stream);
  const int saved = errno;

  const bool closed = fclose(stream) == 0;
  if (!written)
    errno = saved;
  return written && closed;
}

bool write_text_file(const char *path, void (*write_content)(FILE *stream, const void *user),
                     const void *user) {
  char temporary[PATH_CAPACITY];

  if (!make_path(temporary, "%.*s.mnistcnn-XXXXXX", (int)os_folder_bytes(path), path))
    return false;
  FILE *const stream = os_open_temporary(temporary, path);
  if (stream && write_and_close(stream, write_content, user) && os_replace(temporary, path))
    return true;
  const int error = errno;
  if (stream)
    remove(temporary);
  fail("%s: %s", path, strerror(error));
  return false;
}
