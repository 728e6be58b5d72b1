#include "data/folder.h"

#include "base/status.h"
#include "data/loader.h"
#include "data/scan.h"
#include "image/decoder.h"

#include <stdio.h>

/* One call of mcnn_load_folder(). */
typedef struct folder {
  mcnn_callbacks callbacks;
  mcnn_alloc alloc;
  mcnn_scan scan;
  mcnn_store *store;
  mcnn_loader loader;
} folder;

static void log_findings(const folder *f) {
  char line[MCNN_ERROR_CAPACITY];

  if (f->scan.num_ignored > 0) {
    (void)snprintf(line, sizeof line,
                   "%zu files that are not " MCNN_IMAGE_PATTERNS " files of a class were left out",
                   f->scan.num_ignored);
    mcnn_callbacks_log(&f->callbacks, MNISTCNN_LOG_INFO, line);
  }
  for (size_t i = 0; i < f->scan.classes.count; i++) {
    if (f->scan.first_files[i] == f->scan.first_files[i + 1]) {
      (void)snprintf(line, sizeof line, "class \"%s\" has no images",
                     mcnn_strings_at(&f->scan.classes, i));
      mcnn_callbacks_log(&f->callbacks, MNISTCNN_LOG_WARNING, line);
    }
  }
}

/* Without pixels, labels and names. */
static mnistcnn_status create_store(folder *f) {
  const mnistcnn_dataset_options *const options = f->callbacks.options;

  f->store = mcnn_store_create(&f->alloc);
  if (!f->store)
    return MNISTCNN_OUT_OF_MEMORY;
  f->store->count = f->scan.files.count;
  f->store->num_classes = (uint32_t)f->scan.classes.count;
  f->store->shape.channels = options->channels == 0 ? 1 : options->channels;
  f->store->shape.height = options->height;
  f->store->shape.width = options->width;
  f->store->origin = (mcnn_image_origin){.how = mcnn_preparation_of(options), .is_known = 1};
  return MNISTCNN_OK;
}

static void label_files(folder *f) {
  for (uint32_t label = 0; label < f->store->num_classes; label++)
    for (size_t i = f->scan.first_files[label]; i < f->scan.first_files[label + 1]; i++)
      f->store->labels[i] = (uint16_t)label;
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

static mnistcnn_status finish_store(folder *f) {
  mcnn_store *const store = f->store;
  const mnistcnn_status status = mcnn_store_reserve_labels(store);

  if (status != MNISTCNN_OK)
    return status;
  log_colour(f);
  label_files(f);
  store->paths = f->scan.files;
  store->class_texts = f->scan.classes;
  f->scan.files = (mcnn_strings){0};
  f->scan.classes = (mcnn_strings){0};
  mcnn_store_keep(store, f->loader.blocks.valid);
  if (store->count == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: none of the " MCNN_IMAGE_PATTERNS " files can be read",
                     f->callbacks.path);
  return mcnn_store_index_names(store);
}

static mnistcnn_status load(folder *f) {
  const char *const root = f->callbacks.path;
  mnistcnn_status status = mcnn_scan_folder(root, &f->alloc, &f->scan);

  if (status == MNISTCNN_OK && f->scan.files.count > UINT32_MAX)
    status = mcnn_fail(MNISTCNN_LIMIT, "%s: has more than 2^32 - 1 images", root);
  if (status != MNISTCNN_OK)
    return status;
  log_findings(f);
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
