#include "data/scan.h"

#include "base/io.h"
#include "base/platform.h"
#include "base/status.h"
#include "base/utf8.h"
#include "data/dataset.h"
#include "data/folder_names.h"
#include "image/decoder.h"

#include <errno.h>
#include <string.h>

typedef struct walk {
  const mcnn_alloc *alloc;
  mcnn_scan *scan;
  const char *root;
  size_t root_length; /* of `path`, the '/' after it included */
  size_t length;
  int depth; /* folders below the root */
  size_t num_sub_folders;
  mcnn_left_out left_out_of_class;
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

  if (error == ENOTDIR && w->depth == 0) {
    return mcnn_fail(MNISTCNN_NOT_FOUND,
                     "%s: is no folder with one sub-folder per class; IDX files are loaded as two, "
                     "images and labels",
                     w->root);
  }
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

static void leave_out(walk *w, const char *name) {
  mcnn_left_out_add(&w->scan->left_out, name);
  mcnn_left_out_add(&w->left_out_of_class, name);
}

static int is_image(const char *name, mcnn_file_kind kind) {
  return kind != MCNN_FILE_OTHER && mcnn_image_has_extension(name);
}

static mnistcnn_status skip_system_folder(walk *w, const char *name) {
  return mcnn_strings_add(&w->scan->system_folders, w->alloc, w->path + w->root_length, name);
}

static mnistcnn_status visit_in_class(walk *w, const char *name, mcnn_file_kind kind) {
  if (kind == MCNN_FILE_FOLDER) {
    return mcnn_is_system_folder(name) ? skip_system_folder(w, name)
                                       : enter_folder(w, name, visit_in_class);
  }
  if (is_image(name, kind))
    return mcnn_strings_add(&w->scan->files, w->alloc, w->path + w->root_length, name);
  leave_out(w, name);
  return MNISTCNN_OK;
}

static mnistcnn_status visit_in_root(walk *w, const char *name, mcnn_file_kind kind) {
  if (kind != MCNN_FILE_FOLDER) {
    if (is_image(name, kind))
      w->scan->num_in_root++;
    else
      leave_out(w, name);
    return MNISTCNN_OK;
  }
  if (mcnn_is_system_folder(name))
    return skip_system_folder(w, name);
  if (!mcnn_utf8_is_text(name, strlen(name))) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s%s: a class name must be UTF-8 without control characters",
                     w->path, name);
  }
  if (w->scan->classes.count == MCNN_MAX_CLASSES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: has more than %u classes", w->path, MCNN_MAX_CLASSES);
  return mcnn_strings_add(&w->scan->classes, w->alloc, "", name);
}

/* --- folders that are no dataset -------------------------------------------------------------- */

static mnistcnn_status fail_few_classes(const walk *w) {
  const mcnn_scan *const scan = w->scan;

  if (scan->classes.count == 1) {
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: has only one sub-folder, \"%s\"; each class needs one, and there must be "
                     "two. If it has the classes in it, give %s%s",
                     w->path, mcnn_strings_at(&scan->classes, 0), w->path,
                     mcnn_strings_at(&scan->classes, 0));
  }
  if (scan->num_in_root > 0) {
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: has no sub-folder, but %zu images; move those of each class to a "
                     "sub-folder named after it",
                     w->path, scan->num_in_root);
  }
  return mcnn_fail(MNISTCNN_FORMAT,
                   "%s: has no sub-folder; each class needs one, and there must be two", w->path);
}

static mnistcnn_status count_sub_folders(walk *w, const char *name, mcnn_file_kind kind) {
  (void)name;
  w->num_sub_folders += kind == MCNN_FILE_FOLDER;
  return MNISTCNN_OK;
}

/* The name of a class that is called like this part; NULL: there is none. */
static const char *find_part(const mcnn_scan *scan, mcnn_dataset_part part) {
  for (size_t i = 0; i < scan->classes.count; i++)
    if (mcnn_dataset_part_of(mcnn_strings_at(&scan->classes, i)) == part)
      return mcnn_strings_at(&scan->classes, i);
  return NULL;
}

/* A folder above the one that was meant: it has the sets in it, and these the classes. "train"
 * alone may be a class, of vehicles. */
static mnistcnn_status check_for_parts(walk *w) {
  const char *const training = find_part(w->scan, MCNN_PART_TRAINING);
  const char *const held_out = find_part(w->scan, MCNN_PART_HELD_OUT);

  if (!training || !held_out)
    return MNISTCNN_OK;
  const mnistcnn_status status = enter_folder(w, training, count_sub_folders);
  if (status != MNISTCNN_OK || w->num_sub_folders < 2)
    return status;
  return mcnn_fail(
      MNISTCNN_FORMAT,
      "%s: its sub-folders \"%s\" and \"%s\" are sets of images, not classes; give %s%s "
      "for training and %s%s for validation",
      w->path, training, held_out, w->path, training, w->path, held_out);
}

/* --- parts ------------------------------------------------------------------------------------ */

static mnistcnn_status find_classes(walk *w) {
  mcnn_scan *const scan = w->scan;
  mnistcnn_status status = visit_folder(w, visit_in_root);

  if (status == MNISTCNN_OK && scan->classes.count < 2)
    return fail_few_classes(w);
  if (status == MNISTCNN_OK)
    status = mcnn_strings_sort(&scan->classes, w->alloc, 0);
  return status == MNISTCNN_OK ? check_for_parts(w) : status;
}

/* A class that is there, but not in a form that can be read, would be left out of the training
 * without anyone noticing. An empty folder is a class without images. */
static mnistcnn_status check_class(const walk *w, const char *name, size_t num_images) {
  char text[MCNN_LEFT_OUT_TEXT];

  if (num_images > 0 || w->left_out_of_class.count == 0)
    return MNISTCNN_OK;
  mcnn_left_out_text(&w->left_out_of_class, text);
  return mcnn_fail(MNISTCNN_FORMAT,
                   "%s%s: has no " MCNN_IMAGE_PATTERNS
                   " file, but other ones (%s); convert them, or "
                   "remove the folder",
                   w->path, name, text);
}

static mnistcnn_status find_files_of_class(walk *w, size_t index) {
  mcnn_scan *const scan = w->scan;
  const char *const name = mcnn_strings_at(&scan->classes, index);
  const size_t first = scan->first_files[index];

  w->left_out_of_class = (mcnn_left_out){0};
  mnistcnn_status status = enter_folder(w, name, visit_in_class);
  if (status == MNISTCNN_OK)
    status = check_class(w, name, scan->files.count - first);
  if (status == MNISTCNN_OK)
    status = mcnn_strings_sort(&scan->files, w->alloc, first);
  scan->first_files[index + 1] = scan->files.count;
  return status;
}

static mnistcnn_status find_files(walk *w) {
  mcnn_scan *const scan = w->scan;
  mnistcnn_status status = MNISTCNN_OK;

  scan->first_files =
      mcnn_alloc_zeroed(w->alloc, scan->classes.count + 1, sizeof *scan->first_files);
  if (!scan->first_files)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < scan->classes.count && status == MNISTCNN_OK; i++)
    status = find_files_of_class(w, i);
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
  w->root = root;
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
  mcnn_strings_free(&scan->system_folders, alloc);
  mcnn_free(alloc, scan->first_files);
  scan->first_files = NULL;
}
