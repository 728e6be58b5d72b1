/* Writing a file whole or not at all: temporary beside it, fsync, rename, fsync of the folder. */
#include "base/io.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const size_t max_transfer_bytes = (size_t)1 << 30;

enum { MAX_LINKS = 40, MAX_TEMPORARIES = 1000, NEW_FILE_MODE = 0666, PERMISSION_BITS = 07777 };

/* What one write works on. */
typedef struct writer {
  char target[PATH_MAX];    /* the path with the links of its last part followed */
  char temporary[PATH_MAX]; /* "" while there is none */
  int file;                 /* the temporary; -1: not open */
  int folder;               /* that of both; -1: not open */
  int durable;              /* wait until the disk has it */
} writer;

/* Length of the folder part, the last '/' included; 0 for a plain name. */
static size_t folder_length(const char *path) {
  const char *const slash = strrchr(path, '/');

  return !slash ? 0 : (size_t)(slash - path) + 1;
}

/* Replaces `path` by what its link says, which counts from the link's folder. */
static int join_link(char path[PATH_MAX], const char *link) {
  const size_t folder = link[0] == '/' ? 0 : folder_length(path);
  const size_t length = strlen(link);

  if (folder + length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(path + folder, link, length + 1);
  return 0;
}

/* Renaming onto a link would replace the link, so the file it leads to is named instead. That file
 * need not exist. */
static int follow_links(char path[PATH_MAX]) {
  char link[PATH_MAX];

  for (int followed = 0; followed <= MAX_LINKS; followed++) {
    const ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0)
      return errno == EINVAL || errno == ENOENT ? 0 : -1;
    link[length] = '\0';
    if (join_link(path, link) != 0)
      return -1;
  }
  errno = ELOOP;
  return -1;
}

static mnistcnn_status find_target(writer *w, const char *path) {
  const size_t length = strlen(path);

  if (length == 0 || length >= sizeof w->target)
    return mcnn_fail_errno(path, "written", length == 0 ? ENOENT : ENAMETOOLONG);
  memcpy(w->target, path, length + 1);
  return follow_links(w->target) == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", errno);
}

/* Opened before anything is changed, so that a shortage of descriptors fails early. A folder that
 * may be written but not read cannot be opened; its fsync is then left out. */
static mnistcnn_status open_folder(writer *w, const char *path) {
  char folder[PATH_MAX] = ".";
  const size_t length = folder_length(w->target);

  if (length > 0) {
    memcpy(folder, w->target, length);
    folder[length] = '\0';
  }
  w->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (w->folder < 0 && errno != EACCES)
    return mcnn_fail_errno(path, "written", errno);
  return MNISTCNN_OK;
}

/* The name does not derive from the target's, which may already be as long as names can be. */
static int name_temporary(writer *w, int attempt) {
  const size_t folder = folder_length(w->target);
  const size_t capacity = sizeof w->temporary - folder;

  memcpy(w->temporary, w->target, folder);
  const int length =
      snprintf(w->temporary + folder, capacity, ".mnistcnn-%ld-%d.tmp", (long)getpid(), attempt);
  return length > 0 && (size_t)length < capacity;
}

static mnistcnn_status open_temporary(writer *w, const char *path) {
  for (int attempt = 0; attempt < MAX_TEMPORARIES; attempt++) {
    if (!name_temporary(w, attempt)) {
      errno = ENAMETOOLONG;
      break;
    }
    w->file = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NEW_FILE_MODE);
    if (w->file >= 0)
      return MNISTCNN_OK;
    if (errno != EEXIST && errno != EINTR)
      break;
  }
  w->temporary[0] = '\0';
  return mcnn_fail_errno(path, "written", errno);
}

/* Gives the temporary the permissions of the file it will replace, if there is one. */
static mnistcnn_status copy_permissions(const writer *w, const char *path) {
  struct stat facts;

  if (stat(w->target, &facts) != 0)
    return errno == ENOENT ? MNISTCNN_OK : mcnn_fail_errno(path, "examined", errno);
  if (!S_ISREG(facts.st_mode))
    return mcnn_fail(MNISTCNN_IO, "%s: is not a regular file", path);
  if (fchmod(w->file, facts.st_mode & PERMISSION_BITS) != 0)
    return mcnn_fail_errno(path, "written", errno);
  return MNISTCNN_OK;
}

static mnistcnn_status write_exactly(int file, const char *path, const mcnn_span *span) {
  const unsigned char *const data = span->data;

  for (size_t done = 0; done < span->size_bytes;) {
    const size_t left = span->size_bytes - done;
    const ssize_t put =
        write(file, data + done, left < max_transfer_bytes ? left : max_transfer_bytes);
    if (put > 0)
      done += (size_t)put;
    else if (put == 0 || errno != EINTR)
      return mcnn_fail_errno(path, "written", put == 0 ? ENOSPC : errno);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status fill_temporary(writer *w, const char *path, const mcnn_span *spans,
                                      size_t span_count) {
  mnistcnn_status status = copy_permissions(w, path);

  for (size_t i = 0; i < span_count && status == MNISTCNN_OK; i++)
    status = write_exactly(w->file, path, &spans[i]);
  if (status == MNISTCNN_OK && w->durable && fsync(w->file) != 0)
    status = mcnn_fail_errno(path, "written", errno);
  /* Closed whatever happened: after a failing close() the descriptor is gone too. */
  const int closed = close(w->file);
  w->file = -1;
  if (status == MNISTCNN_OK && closed != 0)
    status = mcnn_fail_errno(path, "written", errno);
  return status;
}

static mnistcnn_status replace_target(writer *w, const char *path) {
  if (rename(w->temporary, w->target) != 0)
    return mcnn_fail_errno(path, "replaced", errno);
  w->temporary[0] = '\0';
  if (w->folder >= 0)
    (void)fsync(w->folder); /* too late to fail: see io.h */
  return MNISTCNN_OK;
}

static void clean_up(const writer *w) {
  if (w->temporary[0] != '\0')
    (void)unlink(w->temporary);
  if (w->folder >= 0)
    (void)close(w->folder);
}

static mnistcnn_status write_file(const char *path, const mcnn_span *spans, size_t span_count,
                                  int durable, const mcnn_alloc *alloc) {
  writer *const w = mcnn_alloc_zeroed(alloc, 1, sizeof *w); /* two paths: too much for a stack */

  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  w->file = -1;
  w->folder = -1;
  w->durable = durable;
  mnistcnn_status status = find_target(w, path);
  if (status == MNISTCNN_OK && durable)
    status = open_folder(w, path);
  if (status == MNISTCNN_OK)
    status = open_temporary(w, path);
  if (status == MNISTCNN_OK)
    status = fill_temporary(w, path, spans, span_count);
  if (status == MNISTCNN_OK)
    status = replace_target(w, path);
  clean_up(w);
  mcnn_free(alloc, w);
  return status;
}

mnistcnn_status mcnn_write_file_atomic(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc) {
  return write_file(path, spans, span_count, 1, alloc);
}

mnistcnn_status mcnn_write_file_whole(const char *path, const mcnn_span *spans, size_t span_count,
                                      const mcnn_alloc *alloc) {
  return write_file(path, spans, span_count, 0, alloc);
}
