#include "base/io.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some systems refuse larger single transfers. */
static const size_t max_transfer_bytes = (size_t)1 << 30;

mnistcnn_status mcnn_fail_errno(const char *path, const char *action, int error) {
  char words[128];

  if (strerror_r(error, words, sizeof words) != 0)
    words[0] = '\0';
  const mnistcnn_status status = error == ENOENT || error == ENOTDIR ? MNISTCNN_NOT_FOUND
                                 : error == ENOMEM                   ? MNISTCNN_OUT_OF_MEMORY
                                                                     : MNISTCNN_IO;
  return mcnn_fail(status, "%s: cannot be %s: %s", path, action, words);
}

/* O_NONBLOCK: opening a FIFO must not wait for its writer; regular files ignore it. */
static int open_for_reading(const char *path) {
  int file;

  do {
    file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (file < 0 && errno == EINTR);
  return file;
}

static mnistcnn_status size_of_regular(int file, const char *path, size_t limit_bytes,
                                       size_t *size_bytes) {
  struct stat facts;

  if (fstat(file, &facts) != 0)
    return mcnn_fail_errno(path, "examined", errno);
  if (!S_ISREG(facts.st_mode))
    return mcnn_fail(MNISTCNN_IO, "%s: is not a regular file", path);
  if ((uintmax_t)facts.st_size > limit_bytes) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %zu bytes", path,
                     limit_bytes);
  }
  *size_bytes = (size_t)facts.st_size;
  return MNISTCNN_OK;
}

static mnistcnn_status reserve(const mcnn_alloc *alloc, size_t size_bytes, unsigned char **buffer,
                               size_t *capacity_bytes) {
  if (*buffer && *capacity_bytes >= size_bytes)
    return MNISTCNN_OK;
  mcnn_free(alloc, *buffer);
  *capacity_bytes = 0;
  *buffer = mcnn_alloc_array(alloc, size_bytes, 1);
  if (!*buffer)
    return MNISTCNN_OUT_OF_MEMORY;
  *capacity_bytes = size_bytes;
  return MNISTCNN_OK;
}

static mnistcnn_status read_exactly(int file, const char *path, unsigned char *data,
                                    size_t size_bytes) {
  for (size_t done = 0; done < size_bytes;) {
    const size_t left = size_bytes - done;
    const ssize_t got =
        read(file, data + done, left < max_transfer_bytes ? left : max_transfer_bytes);
    if (got > 0)
      done += (size_t)got;
    else if (got == 0)
      return mcnn_fail(MNISTCNN_IO, "%s: became shorter while it was read", path);
    else if (errno != EINTR)
      return mcnn_fail_errno(path, "read", errno);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_read_file_into(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                                    unsigned char **buffer, size_t *capacity_bytes,
                                    size_t *size_bytes) {
  size_t size = 0;
  const int file = open_for_reading(path);

  if (file < 0)
    return mcnn_fail_errno(path, "opened", errno);
  mnistcnn_status status = size_of_regular(file, path, limit_bytes, &size);
  if (status == MNISTCNN_OK)
    status = reserve(alloc, size, buffer, capacity_bytes);
  if (status == MNISTCNN_OK)
    status = read_exactly(file, path, *buffer, size);
  close(file);
  if (status == MNISTCNN_OK)
    *size_bytes = size;
  return status;
}

mnistcnn_status mcnn_read_file(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                               unsigned char **data, size_t *size_bytes) {
  unsigned char *buffer = NULL;
  size_t capacity_bytes = 0;
  const mnistcnn_status status =
      mcnn_read_file_into(path, limit_bytes, alloc, &buffer, &capacity_bytes, size_bytes);

  if (status != MNISTCNN_OK) {
    mcnn_free(alloc, buffer);
    return status;
  }
  *data = buffer;
  return MNISTCNN_OK;
}
