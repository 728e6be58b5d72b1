#include "data/idx.h"

#include "base/status.h"
#include "data/callbacks.h"
#include "data/dataset.h"
#include "data/idx_file.h"
#include "data/idx_fit.h"
#include "data/idx_layout.h"
#include "image/pixels.h"

#include <string.h>

/* --- images and labels ------------------------------------------------------------------------ */

static mnistcnn_status check_images(const mcnn_idx_file *idx, const char *path) {
  const uint32_t *const dimensions = idx->dimensions;

  if (idx->num_dimensions == 1)
    return mcnn_idx_fail(path, "it has labels; give the file of the images first");
  if (idx->num_dimensions < 3 || (idx->num_dimensions == 4 && dimensions[3] != 3))
    return mcnn_idx_fail(path, "images have the dimensions [n][height][width] or these and [3]");
  if (dimensions[0] == 0)
    return mcnn_idx_fail(path, "it has no images");
  if (dimensions[1] - 1 >= MNISTCNN_MAX_IMAGE_SIDE ||
      dimensions[2] - 1 >= MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: height and width must be 1 to %u", path,
                     MNISTCNN_MAX_IMAGE_SIDE);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_labels(const mcnn_idx_file *labels, const char *path, size_t images) {
  if (labels->num_dimensions != 1)
    return mcnn_idx_fail(path, "labels have one dimension; is this the file of the images?");
  if (labels->count != images) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: has %zu labels for %zu images", path, labels->count,
                     images);
  }
  return MNISTCNN_OK;
}

/* Those of `images` images, counted from 0. */
static mnistcnn_status read_labels(const char *path, size_t images,
                                   const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                                   mcnn_idx_file *labels) {
  mnistcnn_status status = mcnn_idx_read(path, alloc, labels);

  if (status == MNISTCNN_OK)
    status = check_labels(labels, path, images);
  if (status == MNISTCNN_OK)
    status = mcnn_idx_shift_labels(labels, options->idx_first_label, path);
  return status;
}

static uint32_t count_classes(const mcnn_idx_file *labels) {
  uint32_t largest = 0;

  for (size_t i = 0; i < labels->count; i++)
    largest = largest > labels->values[i] ? largest : labels->values[i];
  return largest + 1;
}

static mnistcnn_status take_labels(mcnn_store *store, const mcnn_idx_file *labels) {
  const mnistcnn_status status = mcnn_store_reserve_labels(store);

  for (size_t i = 0; i < store->count && status == MNISTCNN_OK; i++)
    store->labels[i] = labels->values[i];
  store->num_classes = count_classes(labels);
  return status;
}

/* --- the dataset ------------------------------------------------------------------------------ */

static void set_shape(mcnn_store *store, const mcnn_shape *from,
                      const mnistcnn_dataset_options *options) {
  mcnn_shape *const to = &store->shape;

  *to = *from;
  if (options->height != 0) {
    to->height = options->height;
    to->width = options->width;
  }
  if (options->channels != 0)
    to->channels = options->channels;
  store->image_bytes = mcnn_shape_bytes(to);
}

/* Where the images already are what is wanted, the store takes over the file's memory. There is
 * nothing to wait for, but a caller may count on hearing of the load. */
static mnistcnn_status take_images(mcnn_store *store, mcnn_idx_file *images,
                                   mcnn_callbacks *callbacks) {
  const size_t total = store->count;
  mnistcnn_status status = mcnn_callbacks_progress(callbacks, 0, total);

  if (status == MNISTCNN_OK) {
    store->memory = images->memory;
    store->pixels = images->values;
    images->memory = NULL;
    status = mcnn_callbacks_progress(callbacks, total, total);
  }
  return status;
}

static mnistcnn_status take_or_fit_images(mcnn_store *store, mcnn_idx_file *images,
                                          mcnn_callbacks *callbacks) {
  const mnistcnn_dataset_options *const options = callbacks->options;
  const mcnn_shape from = {.height = images->dimensions[1],
                           .width = images->dimensions[2],
                           .channels = images->num_dimensions == 4 ? 3 : 1};

  set_shape(store, &from, options);
  const mnistcnn_preparation how = mcnn_preparation_of(options);
  if (memcmp(&store->shape, &from, sizeof from) != 0 || how.prepare != MNISTCNN_PREPARE_NONE) {
    store->origin = (mcnn_image_origin){.how = how, .is_known = 1};
    store->origin.resized = store->shape.height != from.height || store->shape.width != from.width;
    return mcnn_idx_fit(store, images->values, &from, callbacks);
  }
  return take_images(store, images, callbacks);
}

static mnistcnn_status create_dataset(mcnn_idx_file *images, const mcnn_idx_file *labels,
                                      mcnn_callbacks *callbacks, const mcnn_alloc *alloc,
                                      mnistcnn_dataset **dataset) {
  mcnn_store *const store = mcnn_store_create(alloc);

  if (!store)
    return MNISTCNN_OUT_OF_MEMORY;
  store->count = labels->count;
  mnistcnn_status status = take_labels(store, labels);
  if (status == MNISTCNN_OK)
    status = take_or_fit_images(store, images, callbacks);
  if (status != MNISTCNN_OK) {
    mcnn_store_release(store);
    return status;
  }
  return mcnn_dataset_from_store(store, dataset);
}

mnistcnn_status mcnn_load_idx(const char *images_path, const char *labels_path,
                              const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                              mnistcnn_dataset **dataset) {
  mcnn_callbacks callbacks = mcnn_callbacks_start(options, images_path);
  mcnn_idx_file images = {0}, labels = {0};
  mnistcnn_status status = mcnn_idx_read(images_path, alloc, &images);

  if (status == MNISTCNN_OK)
    status = check_images(&images, images_path);
  if (status == MNISTCNN_OK)
    status = read_labels(labels_path, images.dimensions[0], options, alloc, &labels);
  if (status == MNISTCNN_OK && options->idx_transpose != 0)
    status = mcnn_idx_transpose(&images, alloc);
  if (status == MNISTCNN_OK)
    status = create_dataset(&images, &labels, &callbacks, alloc, dataset);
  mcnn_free(alloc, images.memory);
  mcnn_free(alloc, labels.memory);
  return status;
}

mnistcnn_status mcnn_scan_idx(const char *images_path, const char *labels_path,
                              const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                              uint32_t *num_classes, uint64_t *num_images) {
  mcnn_idx_file images = {0}, labels = {0};
  mnistcnn_status status = mcnn_idx_read_header(images_path, alloc, &images);

  if (status == MNISTCNN_OK)
    status = check_images(&images, images_path);
  if (status == MNISTCNN_OK)
    status = read_labels(labels_path, images.dimensions[0], options, alloc, &labels);
  if (status == MNISTCNN_OK) {
    *num_classes = count_classes(&labels);
    *num_images = images.dimensions[0];
  }
  mcnn_free(alloc, labels.memory);
  return status;
}
