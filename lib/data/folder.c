#include "data/folder.h"

#include "base/platform.h"
#include "base/status.h"
#include "data/loader.h"
#include "data/scan.h"
#include "image/decoder.h"

#include <stdio.h>
#include <string.h>

/* One call of mcnn_load_folder(). */
typedef struct folder {
  const char *root;
  const mnistcnn_dataset_options *options;
  mcnn_alloc alloc;
  double started;
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
    mcnn_loader_log(f->options, MNISTCNN_LOG_INFO, line);
  }
  for (size_t i = 0; i < f->scan.classes.count; i++) {
    if (f->scan.first_files[i] == f->scan.first_files[i + 1]) {
      (void)snprintf(line, sizeof line, "class \"%s\" has no images",
                     mcnn_strings_at(&f->scan.classes, i));
      mcnn_loader_log(f->options, MNISTCNN_LOG_WARNING, line);
    }
  }
}

/* Without pixels, labels and names. */
static mnistcnn_status create_store(folder *f) {
  const mnistcnn_dataset_options *const options = f->options;

  f->store = mcnn_store_create(&f->alloc);
  if (!f->store)
    return MNISTCNN_OUT_OF_MEMORY;
  f->store->count = f->scan.files.count;
  f->store->num_classes = (uint32_t)f->scan.classes.count;
  f->store->shape.channels = options->channels == 0 ? 1 : options->channels;
  f->store->shape.height = options->height;
  f->store->shape.width = options->width;
  return MNISTCNN_OK;
}

/* Labels the images that could be read and closes the gaps the others left. */
static void label_and_compact(folder *f) {
  mcnn_store *const store = f->store;
  size_t kept = 0;

  for (uint32_t label = 0; label < store->num_classes; label++) {
    for (size_t i = f->scan.first_files[label]; i < f->scan.first_files[label + 1]; i++) {
      if (!f->loader.valid[i])
        continue;
      if (kept < i) {
        memcpy(f->loader.pixels + kept * store->image_bytes,
               f->loader.pixels + i * store->image_bytes, store->image_bytes);
        f->scan.files.offsets[kept] = f->scan.files.offsets[i];
      }
      store->labels[kept++] = (uint16_t)label;
    }
  }
  store->count = kept;
  f->scan.files.count = kept;
}

static mnistcnn_status finish_store(folder *f) {
  mcnn_store *const store = f->store;
  mnistcnn_status status = mcnn_store_reserve_labels(store);

  if (status != MNISTCNN_OK)
    return status;
  label_and_compact(f);
  if (store->count == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: none of the " MCNN_IMAGE_PATTERNS " files can be read",
                     f->root);
  store->paths = f->scan.files;
  store->class_texts = f->scan.classes;
  f->scan.files = (mcnn_strings){0};
  f->scan.classes = (mcnn_strings){0};
  return mcnn_store_index_names(store);
}

static mnistcnn_status load(folder *f) {
  mnistcnn_status status = mcnn_scan_folder(f->root, &f->alloc, &f->scan);

  if (status == MNISTCNN_OK && f->scan.files.count > UINT32_MAX)
    status = mcnn_fail(MNISTCNN_LIMIT, "%s: has more than 2^32 - 1 images", f->root);
  if (status != MNISTCNN_OK)
    return status;
  log_findings(f);
  status = create_store(f);
  if (status == MNISTCNN_OK)
    status = mcnn_loader_create(f->root, &f->scan.files, f->options, f->store, f->started,
                                &f->alloc, &f->loader);
  if (status == MNISTCNN_OK)
    status = mcnn_loader_run(&f->loader);
  return status == MNISTCNN_OK ? finish_store(f) : status;
}

mnistcnn_status mcnn_load_folder(const char *path, const mnistcnn_dataset_options *options,
                                 const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  folder f = {.root = path, .options = options, .alloc = *alloc, .started = mcnn_seconds()};
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
