#include "data/folder.h"

#include "base/status.h"
#include "data/folder_names.h"
#include "data/loader.h"
#include "data/scan.h"
#include "image/decoder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One call of mcnn_load_folder(). */
typedef struct folder {
  mcnn_callbacks callbacks;
  mcnn_alloc alloc;
  mcnn_scan scan;
  size_t background; /* the number of the sub-folder of background images; SIZE_MAX: none */
  mcnn_store *store;
  mcnn_loader loader;
} folder;

/* --- what is to be said of it ----------------------------------------------------------------- */

static void log_line(const folder *f, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void log_line(const folder *f, int32_t level, const char *format, ...) {
  char line[MCNN_ERROR_CAPACITY];
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  mcnn_callbacks_log(&f->callbacks, level, line);
}

static void log_left_out(const folder *f) {
  const mcnn_scan *const scan = &f->scan;
  char text[MCNN_LEFT_OUT_TEXT];

  if (scan->system_folders.count > 0)
    log_line(f, MNISTCNN_LOG_INFO, "folders of the system left out: %zu, such as %s",
             scan->system_folders.count, mcnn_strings_at(&scan->system_folders, 0));
  if (scan->num_in_root > 0)
    log_line(f, MNISTCNN_LOG_WARNING,
             "images left out as they are in no class's folder, but directly in %s: %zu",
             f->callbacks.path, scan->num_in_root);
  if (scan->left_out.count == 0)
    return;
  mcnn_left_out_text(&scan->left_out, text);
  log_line(f, MNISTCNN_LOG_INFO,
           "files left out as they are not " MCNN_IMAGE_PATTERNS " files of a class: %zu (%s)",
           scan->left_out.count, text);
}

static void log_classes(const folder *f) {
  const mcnn_strings *const classes = &f->scan.classes;

  for (size_t i = 0; i < classes->count; i++) {
    const char *const name = mcnn_strings_at(classes, i);
    if (f->scan.first_files[i] == f->scan.first_files[i + 1])
      log_line(f, MNISTCNN_LOG_WARNING, "class \"%s\" has no images", name);
    for (size_t j = 0; j < i; j++)
      if (mcnn_names_equal_in_any_case(name, mcnn_strings_at(classes, j)))
        log_line(f, MNISTCNN_LOG_WARNING,
                 "the classes \"%s\" and \"%s\" differ in upper and lower case only",
                 mcnn_strings_at(classes, j), name);
  }
}

/* --- steps ------------------------------------------------------------------------------------ */

/* Without pixels, labels and names. */
static mnistcnn_status create_store(folder *f) {
  const mnistcnn_dataset_options *const options = f->callbacks.options;

  f->store = mcnn_store_create(&f->alloc);
  if (!f->store)
    return MNISTCNN_OUT_OF_MEMORY;
  f->store->count = f->scan.files.count;
  f->store->num_classes = (uint32_t)f->scan.classes.count - (f->background != SIZE_MAX);
  f->store->shape.channels = options->channels == 0 ? 1 : options->channels;
  f->store->shape.height = options->height;
  f->store->shape.width = options->width;
  f->store->origin = (mcnn_image_origin){.how = mcnn_preparation_of(options), .is_known = 1};
  return MNISTCNN_OK;
}

/* The label of the images of the sub-folder with this number: that of the background is no class.
 */
static uint16_t label_of(const folder *f, size_t number) {
  if (number == f->background)
    return MCNN_STORED_NO_CLASS;
  return (uint16_t)(number < f->background ? number : number - 1);
}

static void label_files(folder *f) {
  for (size_t number = 0; number < f->scan.classes.count; number++)
    for (size_t i = f->scan.first_files[number]; i < f->scan.first_files[number + 1]; i++)
      f->store->labels[i] = label_of(f, number);
}

/* The names of the sub-folders, without that of the background. */
static mnistcnn_status name_classes(folder *f) {
  mcnn_strings *const names = &f->store->class_texts;
  mnistcnn_status status = MNISTCNN_OK;

  for (size_t number = 0; number < f->scan.classes.count && status == MNISTCNN_OK; number++)
    if (number != f->background)
      status = mcnn_strings_add(names, &f->alloc, "", mcnn_strings_at(&f->scan.classes, number));
  return status == MNISTCNN_OK ? mcnn_store_index_names(f->store) : status;
}

/* Finds the sub-folder of the background images, if the options name one. */
static mnistcnn_status find_background(folder *f) {
  const char *const name = f->callbacks.options->background;
  const mcnn_strings *const folders = &f->scan.classes;

  f->background = SIZE_MAX;
  for (size_t i = 0; name && i < folders->count; i++)
    if (strcmp(mcnn_strings_at(folders, i), name) == 0)
      f->background = i;
  if (!name)
    return MNISTCNN_OK;
  if (f->background == SIZE_MAX)
    return mcnn_fail(MNISTCNN_NOT_FOUND, "%s: has no sub-folder \"%.80s\" of background images",
                     f->callbacks.path, name);
  if (folders->count < 3)
    return mcnn_fail(MNISTCNN_FORMAT,
                     "%s: has fewer than two classes besides the background images",
                     f->callbacks.path);
  return MNISTCNN_OK;
}

/* A network that sees gray alone may be what is wanted; not to know it is not. */
static void log_colour(const folder *f) {
  char line[MCNN_ERROR_CAPACITY];

  if (f->loader.num_coloured == 0)
    return;
  (void)snprintf(line, sizeof line,
                 "%s: %zu of %zu images have colour and became gray (with 3 channels they keep it)",
                 f->callbacks.path, f->loader.num_coloured, f->store->count);
  mcnn_callbacks_log(&f->callbacks, MNISTCNN_LOG_INFO, line);
}

/* Of a class whose images are all broken. */
static mnistcnn_status check_classes(const folder *f) {
  for (size_t number = 0; number < f->scan.classes.count; number++) {
    const size_t first = f->scan.first_files[number], end = f->scan.first_files[number + 1];
    size_t valid = 0;
    for (size_t i = first; i < end; i++)
      valid += f->loader.blocks.valid[i];
    if (first < end && valid == 0)
      return mcnn_fail(MNISTCNN_FORMAT, "%s: no image of the class \"%s\" can be read, of %zu",
                       f->callbacks.path, mcnn_strings_at(&f->scan.classes, number), end - first);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status finish_store(folder *f) {
  mcnn_store *const store = f->store;
  mnistcnn_status status = check_classes(f);

  if (status == MNISTCNN_OK)
    status = mcnn_store_reserve_labels(store);
  if (status != MNISTCNN_OK)
    return status;
  log_colour(f);
  label_files(f);
  store->paths = f->scan.files;
  f->scan.files = (mcnn_strings){0};
  mcnn_store_keep(store, f->loader.blocks.valid);
  return name_classes(f);
}

static mnistcnn_status load(folder *f) {
  const char *const root = f->callbacks.path;
  mnistcnn_status status = mcnn_scan_folder(root, &f->alloc, &f->scan);

  if (status == MNISTCNN_OK && f->scan.files.count > UINT32_MAX)
    status = mcnn_fail(MNISTCNN_LIMIT, "%s: has more than 2^32 - 1 images", root);
  if (status != MNISTCNN_OK)
    return status;
  status = find_background(f);
  if (status != MNISTCNN_OK)
    return status;
  log_left_out(f);
  log_classes(f);
  status = create_store(f);
  if (status == MNISTCNN_OK)
    status = mcnn_loader_create(&f->scan.files, f->store, &f->callbacks, &f->loader);
  if (status == MNISTCNN_OK)
    status = mcnn_loader_run(&f->loader);
  return status == MNISTCNN_OK ? finish_store(f) : status;
}

mnistcnn_status mcnn_load_folder(const char *path, const mnistcnn_dataset_options *options,
                                 const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  folder f = {.callbacks = mcnn_callbacks_start(options, path), .alloc = *alloc};
  mnistcnn_status status = load(&f);

  if (status == MNISTCNN_OK) {
    status = mcnn_dataset_from_store(f.store, dataset);
    f.store = NULL;
  }
  mcnn_loader_free(&f.loader);
  mcnn_scan_free(&f.scan, &f.alloc);
  mcnn_store_release(f.store);
  return status;
}
