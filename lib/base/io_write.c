/* Writing a file whole or not at all: temporary beside it, fsync, rename, fsync of the folder. */
#include "base/io.h"

#include "base/platform.h"
#include "base/status.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* What one write works on. */
typedef struct writer {
  char target[MCNN_MAX_PATH_BYTES];    /* the path with the links of its last part followed */
  char temporary[MCNN_MAX_PATH_BYTES]; /* its name; "" while there is none */
  int replaces;                        /* there is a file at `target` */
  mcnn_file file;                      /* the temporary */
  mcnn_file folder;                    /* that of both */
  int has_temporary;                   /* it is whole, and not in its place yet */
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
  if (error == EPERM)
    return mcnn_fail(MNISTCNN_IO,
                     "%s: cannot be written: it is another user's symbolic link, in a folder that "
                     "everybody may write to",
                     path);
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

/* A file that may not be written is not replaced either, though the folder would allow it. */
static mnistcnn_status check_target(writer *w, const char *path) {
  mcnn_file_info info;
  int error = mcnn_path_info(path, &info);

  /* A loop of links, for one, is find_target()'s to report. */
  if (error != 0)
    return MNISTCNN_OK;
  if (info.kind != MCNN_FILE_REGULAR)
    return mcnn_fail(MNISTCNN_IO, "%s: is not a regular file", path);
  w->replaces = 1;
  error = mcnn_path_may_be_written(path);
  return error == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

static mnistcnn_status fill_temporary(writer *w, const char *path, const mcnn_span *spans,
                                      size_t span_count) {
  int error = 0;

  for (size_t i = 0; i < span_count && error == 0; i++)
    error = mcnn_file_write(w->file, spans[i].data, spans[i].size_bytes);
  if (error == 0 && w->replaces)
    error = mcnn_file_copy_access(w->file, w->target);
  if (error == 0 && w->durable)
    error = mcnn_file_sync(w->file);
  return error == 0 ? MNISTCNN_OK : mcnn_fail_errno(path, "written", error);
}

static mnistcnn_status make_temporary(writer *w, const char *path, const mcnn_span *spans,
                                      size_t span_count) {
  const int error = mcnn_temporary_create(w->target, w->replaces, &w->file, w->temporary);

  if (error != 0)
    return mcnn_fail_errno(path, "written", error);
  const mnistcnn_status status = fill_temporary(w, path, spans, span_count);
  if (status == MNISTCNN_OK)
    w->has_temporary = 1;
  else
    mcnn_temporary_discard(w->file, w->temporary);
  return status;
}

static int replace(writer *w) {
  w->has_temporary = 0;
  return mcnn_temporary_replace(w->file, w->temporary, w->target);
}

static void sync_folder(const writer *w) {
  if (w->folder != MCNN_NO_FILE)
    (void)mcnn_file_sync(w->folder); /* too late to fail: see io.h */
}

/* Everything but the replacement; close_writer() is due afterwards in any case. */
static mnistcnn_status prepare(writer *w, const char *path, const mcnn_span *spans,
                               size_t span_count, int durable) {
  assert(spans || span_count == 0);
  w->folder = MCNN_NO_FILE;
  w->durable = durable;
  mnistcnn_status status = check_target(w, path);
  if (status == MNISTCNN_OK)
    status = find_target(w, path);
  if (status == MNISTCNN_OK && durable)
    status = open_folder(w, path);
  return status == MNISTCNN_OK ? make_temporary(w, path, spans, span_count) : status;
}

static void close_writer(writer *w) {
  if (w->has_temporary)
    mcnn_temporary_discard(w->file, w->temporary);
  if (w->folder != MCNN_NO_FILE)
    (void)mcnn_file_close(w->folder);
}

static mnistcnn_status write_file(const char *path, const mcnn_span *spans, size_t span_count,
                                  int durable, const mcnn_alloc *alloc) {
  writer *const w = mcnn_alloc_zeroed(alloc, 1, sizeof *w); /* two paths: too much for a stack */

  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  mnistcnn_status status = prepare(w, path, spans, span_count, durable);
  const int error = status == MNISTCNN_OK ? replace(w) : 0;
  if (error != 0)
    status = mcnn_fail_errno(path, "replaced", error);
  else if (status == MNISTCNN_OK)
    sync_folder(w);
  close_writer(w);
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

/* --- two files -------------------------------------------------------------------------------- */

/* The old first file once more, from which it can be brought back by a rename, which needs no
 * space. */
static mnistcnn_status keep_old(const writer *first, writer *old, const char *path,
                                const mcnn_alloc *alloc) {
  unsigned char *data = NULL;
  mcnn_span span = {NULL, 0};

  old->folder = MCNN_NO_FILE;
  if (!first->replaces)
    return MNISTCNN_OK;
  mnistcnn_status status = mcnn_read_file(path, SIZE_MAX, alloc, &data, &span.size_bytes);
  span.data = data;
  if (status == MNISTCNN_OK)
    status = prepare(old, path, &span, 1, 1);
  mcnn_free(alloc, data);
  return status;
}

/* Back to what there was before the first file was replaced. */
static int bring_back(const writer *first, writer *old) {
  return first->replaces ? replace(old) : mcnn_path_remove(first->target);
}

static mnistcnn_status replace_both(writer w[3], const char *const paths[2]) {
  int error = replace(&w[0]);

  if (error != 0)
    return mcnn_fail_errno(paths[0], "replaced", error);
  error = replace(&w[1]);
  if (error != 0) {
    if (bring_back(&w[0], &w[2]) != 0)
      return mcnn_fail(MNISTCNN_IO, "%s: cannot be replaced, but %s has been and stays so",
                       paths[1], paths[0]);
    return mcnn_fail_errno(paths[1], "replaced", error);
  }
  sync_folder(&w[0]);
  sync_folder(&w[1]);
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_write_files_atomic(const char *const paths[2], const mcnn_span spans[2],
                                        const mcnn_alloc *alloc) {
  writer *const w = mcnn_alloc_zeroed(alloc, 3, sizeof *w);

  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  w[1].folder = w[2].folder = MCNN_NO_FILE;
  mnistcnn_status status = prepare(&w[0], paths[0], &spans[0], 1, 1);
  if (status == MNISTCNN_OK)
    status = prepare(&w[1], paths[1], &spans[1], 1, 1);
  if (status == MNISTCNN_OK)
    status = keep_old(&w[0], &w[2], paths[0], alloc);
  if (status == MNISTCNN_OK)
    status = replace_both(w, paths);
  for (size_t i = 0; i < 3; i++)
    close_writer(&w[i]);
  mcnn_free(alloc, w);
  return status;
}
