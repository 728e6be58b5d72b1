#include "data/scan.h"

#include "base/io.h"
#include "base/platform.h"
#include "base/status.h"
#include "base/utf8.h"
#include "data/dataset.h"
#include "image/decoder.h"

#include <errno.h>
#include <string.h>

typedef struct walk {
  const mcnn_alloc *alloc;
  mcnn_scan *scan;
  size_t root_length; /* of `path`, the '/' after it included */
  size_t length;
  int depth; /* folders below the root */
  char path[MCNN_MAX_PATH_BYTES];
} walk;

typedef mnistcnn_status (*entry_fn)(walk *w, const char *name, mcnn_file_kind kind);

/* --- path ------------------------------------------------------------------------------------- */

static mnistcnn_status push_name(walk *w, const char *name) {
  const size_t length = strlen(name);

  if (length >= sizeof w->path - w->length)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: a path below it is too long", w->path);
  memcpy(w->path + w->length, name, length + 1);
  w->length += length;
  return MNISTCNN_OK;
}

static void pop_to(walk *w, size_t length) {
  w->length = length;
  w->path[length] = '\0';
}

/* --- what entries are ------------------------------------------------------------------------- */

static mnistcnn_status examine_entry(walk *w, const char *name, mcnn_file_kind *kind) {
  const size_t length = w->length;
  mcnn_file_info info;
  mnistcnn_status status = push_name(w, name);

  if (status != MNISTCNN_OK)
    return status;
  const int error = mcnn_path_info(w->path, &info);
  if (error == 0) {
    *kind = info.kind;
  } else if (error == ELOOP) {
    status =
        mcnn_fail(MNISTCNN_LIMIT, "%s: is a symbolic link that leads back into itself", w->path);
  } else if (error == ENOENT) {
    /* A link to nothing, or just removed: as an image it will be found unreadable. */
    *kind = MCNN_FILE_REGULAR;
  } else {
    status = mcnn_fail_errno(w->path, "accessed", error);
  }
  pop_to(w, length);
  return status;
}

/* --- walking ---------------------------------------------------------------------------------- */

static mnistcnn_status visit_entries(walk *w, mcnn_folder *folder, entry_fn visit) {
  mnistcnn_status status = MNISTCNN_OK;

  while (status == MNISTCNN_OK) {
    const char *name;
    mcnn_file_kind kind;
    const int error = mcnn_folder_next(folder, &name, &kind);
    if (error != 0)
      return mcnn_fail_errno(w->path, "read", error);
    if (!name)
      return MNISTCNN_OK;
    if (name[0] != '.') {
      if (kind == MCNN_FILE_UNKNOWN)
        status = examine_entry(w, name, &kind);
      if (status == MNISTCNN_OK)
        status = visit(w, name, kind);
    }
  }
  return status;
}

/* Calls `visit` for everything in the folder w->path that is not hidden. */
static mnistcnn_status visit_folder(walk *w, entry_fn visit) {
  mcnn_folder *folder;
  const int error = mcnn_folder_open(w->path, &folder);

  if (error != 0)
    return mcnn_fail_errno(w->path, "opened", error);
  const mnistcnn_status status = visit_entries(w, folder, visit);
  mcnn_folder_close(folder);
  return status;
}

static mnistcnn_status enter_folder(walk *w, const char *name, entry_fn visit) {
  const size_t length = w->length;
  mnistcnn_status status = push_name(w, name);

  if (status == MNISTCNN_OK)
    status = push_name(w, "/");
  if (status == MNISTCNN_OK && w->depth == MCNN_MAX_FOLDER_DEPTH) {
    status = mcnn_fail(MNISTCNN_LIMIT,
                       "%s: is more than %d folders deep; does a symbolic link lead back?", w->path,
                       MCNN_MAX_FOLDER_DEPTH);
  }
  if (status == MNISTCNN_OK) {
    w->depth++;
    status = visit_folder(w, visit);
    w->depth--;
  }
  pop_to(w, length);
  return status;
}

static mnistcnn_status visit_in_class(walk *w, const char *name, mcnn_file_kind kind) {
  if (kind == MCNN_FILE_FOLDER)
    return enter_folder(w, name, visit_in_class);
  if (kind == MCNN_FILE_OTHER || !mcnn_image_has_extension(name)) {
    w->scan->num_ignored++;
    return MNISTCNN_OK;
  }
  return mcnn_strings_add(&w->scan->files, w->alloc, w->path + w->root_length, name);
}

static mnistcnn_status visit_in_root(walk *w, const char *name, mcnn_file_kind kind) {
  if (kind != MCNN_FILE_FOLDER) {
    w->scan->num_ignored++;
    return MNISTCNN_OK;
  }
  if (!mcnn_utf8_is_text(name, strlen(name))) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s%s: a class name must be UTF-8 without control characters",
                     w->path, name);
  }
  if (w->scan->classes.count == MCNN_MAX_CLASSES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: has more than %u classes", w->path, MCNN_MAX_CLASSES);
  return mcnn_strings_add(&w->scan->classes, w->alloc, "", name);
}

/* --- parts ------------------------------------------------------------------------------------ */

static mnistcnn_status find_classes(walk *w) {
  mcnn_scan *const scan = w->scan;
  const mnistcnn_status status = visit_folder(w, visit_in_root);

  if (status != MNISTCNN_OK)
    return status;
  if (scan->classes.count < 2) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: has %s; each class needs one, and there must be two",
                     w->path, scan->classes.count == 0 ? "no sub-folder" : "only one sub-folder");
  }
  return mcnn_strings_sort(&scan->classes, w->alloc, 0);
}

static mnistcnn_status find_files(walk *w) {
  mcnn_scan *const scan = w->scan;
  mnistcnn_status status = MNISTCNN_OK;

  scan->first_files =
      mcnn_alloc_zeroed(w->alloc, scan->classes.count + 1, sizeof *scan->first_files);
  if (!scan->first_files)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < scan->classes.count && status == MNISTCNN_OK; i++) {
    status = enter_folder(w, mcnn_strings_at(&scan->classes, i), visit_in_class);
    if (status == MNISTCNN_OK)
      status = mcnn_strings_sort(&scan->files, w->alloc, scan->first_files[i]);
    scan->first_files[i + 1] = scan->files.count;
  }
  return status;
}

mnistcnn_status mcnn_scan_folder(const char *root, const mcnn_alloc *alloc, mcnn_scan *scan) {
  if (root[0] == '\0') /* with the '/' behind it this would be all of the system */
    return mcnn_fail_errno(root, "opened", ENOENT);
  walk *const w = mcnn_alloc_zeroed(alloc, 1, sizeof *w);

  if (!w)
    return MNISTCNN_OUT_OF_MEMORY;
  w->alloc = alloc;
  w->scan = scan;
  mnistcnn_status status = push_name(w, root);
  if (status == MNISTCNN_OK && w->path[w->length - 1] != '/')
    status = push_name(w, "/");
  w->root_length = w->length;
  if (status == MNISTCNN_OK)
    status = find_classes(w);
  if (status == MNISTCNN_OK)
    status = find_files(w);
  if (status == MNISTCNN_OK && scan->files.count == 0)
    status = mcnn_fail(MNISTCNN_FORMAT,
                       "%s: has no " MCNN_IMAGE_PATTERNS " file in any of its sub-folders", root);
  mcnn_free(alloc, w);
  return status;
}

void mcnn_scan_free(mcnn_scan *scan, const mcnn_alloc *alloc) {
  mcnn_strings_free(&scan->classes, alloc);
  mcnn_strings_free(&scan->files, alloc);
  mcnn_free(alloc, scan->first_files);
  scan->first_files = NULL;
}
