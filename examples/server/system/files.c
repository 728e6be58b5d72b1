#include "system/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int file, size_t most, buffer *content) {
  struct stat info;
  ssize_t got;

  if (fstat(file, &info))
    return errno;
  if (!S_ISREG(info.st_mode))
    return EINVAL;
  if (info.st_size < 0 || (uintmax_t)info.st_size > most)
    return EFBIG;
  do {
    if (!buffer_reserve(content, (size_t)info.st_size + 1))
      return ENOMEM;
    got = read(file, content->data + content->size, content->capacity - content->size);
    if (got > 0)
      content->size += (size_t)got;
    if (content->size > most)
      return EFBIG;
  } while (got > 0 || (got < 0 && errno == EINTR));
  return got < 0 ? errno : 0;
}

/* 0, or an error number. */
static int read_open(int file, size_t most, buffer *content) {
  if (file < 0)
    return errno;
  const int failure = read_all(file, most, content);
  close(file);
  if (failure)
    buffer_free(content);
  return failure;
}

bool file_read(const char *path, size_t most, buffer *content, char *error, size_t error_capacity) {
  const int failure = read_open(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), most, content);

  if (failure) {
    const char *const reason = failure == EINVAL  ? "not a regular file"
                               : failure == EFBIG ? "larger than is allowed"
                                                  : strerror(failure);
    (void)snprintf(error, error_capacity, "%s: %s", path, reason);
  }
  return failure == 0;
}

bool file_beside_program(const char *relative, char *path, size_t capacity) {
  const ssize_t length = readlink("/proc/self/exe", path, capacity);
  if (length <= 0 || (size_t)length >= capacity)
    return false;
  path[length] = '\0';
  char *const name = strrchr(path, '/');
  const size_t folder = name ? (size_t)(name + 1 - path) : 0;
  if (folder + strlen(relative) >= capacity)
    return false;
  memcpy(path + folder, relative, strlen(relative) + 1);
  return true;
}
