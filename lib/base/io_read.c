/* Reading a whole file. */
#include "base/io.h"

#include "base/platform.h"
#include "base/status.h"

#include <errno.h>

mnistcnn_status mcnn_fail_errno(const char *path, const char *action, int error) {
  char reason[128];
  const mnistcnn_status status = error == ENOENT || error == ENOTDIR ? MNISTCNN_NOT_FOUND
                                 : error == ENOMEM                   ? MNISTCNN_OUT_OF_MEMORY
                                                                     : MNISTCNN_IO;

  mcnn_error_text(error, reason, sizeof reason);
  return mcnn_fail(status, "%s: cannot be %s: %s", path, action, reason);
}

static mnistcnn_status size_of_regular(mcnn_file file, const char *path, size_t limit_bytes,
                                       size_t *size_bytes) {
  mcnn_file_info info;
  const int error = mcnn_file_get_info(file, &info);

  if (error != 0)
    return mcnn_fail_errno(path, "accessed", error);
  if (info.kind != MCNN_FILE_REGULAR)
    return mcnn_fail(MNISTCNN_IO, "%s: is not a regular file", path);
  if (info.size_bytes > limit_bytes) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: is larger than the limit of %zu bytes", path,
                     limit_bytes);
  }
  *size_bytes = (size_t)info.size_bytes;
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

static mnistcnn_status read_exactly(mcnn_file file, const char *path, unsigned char *data,
                                    size_t size_bytes) {
  size_t read_bytes;
  const int error = mcnn_file_read(file, data, size_bytes, &read_bytes);

  if (error != 0)
    return mcnn_fail_errno(path, "read", error);
  if (read_bytes < size_bytes)
    return mcnn_fail(MNISTCNN_IO, "%s: became shorter while it was read", path);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_read_file_into(const char *path, size_t limit_bytes, const mcnn_alloc *alloc,
                                    unsigned char **buffer, size_t *capacity_bytes,
                                    size_t *size_bytes) {
  size_t size = 0;
  mcnn_file file;
  const int error = mcnn_file_open(path, &file);

  if (error != 0)
    return mcnn_fail_errno(path, "opened", error);
  mnistcnn_status status = size_of_regular(file, path, limit_bytes, &size);
  if (status == MNISTCNN_OK)
    status = reserve(alloc, size, buffer, capacity_bytes);
  if (status == MNISTCNN_OK)
    status = read_exactly(file, path, *buffer, size);
  (void)mcnn_file_close(file);
  if (status == MNISTCNN_OK)
    *size_bytes = size;
  return status;
}

mnistcnn_status mcnn_read_file_start(const char *path, unsigned char *data, size_t capacity,
                                     size_t *read_bytes, size_t *size_bytes) {
  mcnn_file file;
  int error = mcnn_file_open(path, &file);

  if (error != 0)
    return mcnn_fail_errno(path, "opened", error);
  mnistcnn_status status = size_of_regular(file, path, SIZE_MAX / 2, size_bytes);
  if (status == MNISTCNN_OK) {
    error = mcnn_file_read(file, data, capacity, read_bytes);
    status = error != 0 ? mcnn_fail_errno(path, "read", error) : MNISTCNN_OK;
  }
  (void)mcnn_file_close(file);
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
