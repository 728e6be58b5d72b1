/* Writing a file whole or not at all: temporary beside it, fsync, rename, fsync of the folder. */
#include "base/io.h"

#include "base/platform.h"
#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TEMPORARIES = 1000 };

/* What one write works on. */
typedef struct writer {
  char target[MCNN_MAX_PATH_BYTES];    /* the path with the links of its last part followed */
  char temporary[MCNN_MAX_PATH_BYTES]; /* "" while there is none */
  mcnn_file file;                      /* the temporary */
  mcnn_file folder;                    /* that of both */
  int durable;                         /* wait until the disk has it */
} writer;

/* Renaming onto a link would replace the link, so the file it leads to is named instead. That file
 * need not exist. */
static mnistcnn_status find_target(writer *w, const char *path) {
  const size_t length = strlen(path);

  if (length == 0 || length >= sizeof w->target)
    return mcnn_fail_errno(path, "written", length == 0 ? ENOENT : ENAMETOOLONG);
  memcpy(w->target, path, length + 1);
  const int error = mcnn_path_follow_links(w->target);
  return error == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

/* Opened before anything is changed, so that a shortage of descriptors fails early. A folder that
 * may be written but not read cannot be opened; its fsync is then left out. */
static mnistcnn_status open_folder(writer *w, const char *path) {
  char folder[MCNN_MAX_PATH_BYTES] = ".";
  const size_t length = mcnn_path_folder_bytes(w->target);

  if (length > 0) {
    memcpy(folder, w->target, length);
    folder[length] = '\0';
  }
  const int error = mcnn_file_open_folder(folder, &w->folder);
  if (error != 0)
    w->folder = MCNN_NO_FILE;
  return error == 0 || error == EACCES ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

/* The name does not derive from the target's, which may already be as long as names can be. */
static int name_temporary(writer *w, int attempt) {
  const size_t folder = mcnn_path_folder_bytes(w->target);
  const size_t capacity = sizeof w->temporary - folder;

  memcpy(w->temporary, w->target, folder);
  const int length =
      snprintf(w->temporary + folder, capacity, ".mnistcnn-%ld-%d.tmp", mcnn_process_id(), attempt);
  return length > 0 && (size_t)length < capacity;
}

static mnistcnn_status create_temporary(writer *w, const char *path) {
  int error = EEXIST;

  for (int attempt = 0; attempt < MAX_TEMPORARIES && error == EEXIST; attempt++)
    error = name_temporary(w, attempt) ? mcnn_file_create(w->temporary, &w->file) : ENAMETOOLONG;
  if (error != 0) {
    w->temporary[0] = '\0';
    return mcnn_fail_errno(path, "written", error);
  }
  return MNISTCNN_OK;
}

/* Gives the temporary the permissions of the file it will replace, if there is one. */
static mnistcnn_status copy_permissions(const writer *w, const char *path) {
  mcnn_file_info info;
  int error = mcnn_path_info(w->target, &info);

  if (error != 0)
    return error == ENOENT ? MNISTCNN_OK : mcnn_fail_errno(path, "accessed", error);
  if (info.kind != MCNN_FILE_REGULAR)
    return mcnn_fail(MNISTCNN_IO, "%s: is not a regular file", path);
  error = mcnn_file_set_permissions(w->file, info.permissions);
  return error == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

static mnistcnn_status fill_temporary(writer *w, const char *path, const mcnn_span *spans,
                                      size_t span_count) {
  const mnistcnn_status status = copy_permissions(w, path);
  int error = 0;

  for (size_t i = 0; i < span_count && status == MNISTCNN_OK && error == 0; i++)
    error = mcnn_file_write(w->file, spans[i].data, spans[i].size_bytes);
  if (status == MNISTCNN_OK && error == 0 && w->durable)
    error = mcnn_file_sync(w->file);
  const int close_error = mcnn_file_close(w->file);
  if (status != MNISTCNN_OK)
    return status;
  if (error == 0)
    error = close_error;
  return error == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

static mnistcnn_status replace_target(writer *w, const char *path) {
  const int error = mcnn_path_rename(w->temporary, w->target);

  if (error != 0)
    return mcnn_fail_errno(path, "replaced", error);
  w->temporary[0] = '\0';
  if (w->folder != MCNN_NO_FILE)
    (void)mcnn_file_sync(w->folder); /* too late to fail: see io.h */
  return MNISTCNN_OK;
}

static void clean_up(const writer *w) {
  if (w->temporary[0] != '\0')
    (void)mcnn_path_remove(w->temporary);
  if (w->folder != MCNN_NO_FILE)
    (void)mcnn_file_close(w->folder);
}

static mnistcnn_status write_file(const char *path, const mcnn_span *spans, size_t span_count,
                                  int durable, const mcnn_alloc *alloc) {
  assert(spans || span_count == 0);
  writer *const w = mcnn_alloc_zeroed(alloc, 1, sizeof *w); /* two paths: too much for a stack */

  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  w->folder = MCNN_NO_FILE;
  w->durable = durable;
  mnistcnn_status status = find_target(w, path);
  if (status == MNISTCNN_OK && durable)
    status = open_folder(w, path);
  if (status == MNISTCNN_OK)
    status = create_temporary(w, path);
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

mnistcnn_status mcnn_write_file_nosync(const char *path, const mcnn_span *spans, size_t span_count,
                                       const mcnn_alloc *alloc) {
  return write_file(path, spans, span_count, 0, alloc);
}
