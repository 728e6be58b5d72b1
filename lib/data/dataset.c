#include "data/dataset.h"

#include "base/status.h"
#include "data/class_names.h"
#include "image/pixels.h"

#include <assert.h>
#include <string.h>

/* --- from a store ----------------------------------------------------------------------------- */

/* Takes over `indices` and one reference to the store, also on failure. */
static mnistcnn_status create(mcnn_store *store, uint32_t *indices, size_t count,
                              mnistcnn_dataset **dataset) {
  const mcnn_alloc alloc = store->alloc;
  mnistcnn_dataset *const own = mcnn_alloc_zeroed(&alloc, 1, sizeof *own);

  if (!own) {
    mcnn_free(&alloc, indices);
    mcnn_store_release(store);
    return MNISTCNN_OUT_OF_MEMORY;
  }
  own->alloc = alloc;
  own->store = store;
  own->indices = indices;
  own->count = count;
  *dataset = own;
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_dataset_from_store(mcnn_store *store, mnistcnn_dataset **dataset) {
  return create(store, NULL, store->count, dataset);
}

void mcnn_dataset_free(mnistcnn_dataset *dataset) {
  if (dataset) {
    const mcnn_alloc alloc = dataset->alloc;
    mcnn_store_release(dataset->store);
    mcnn_free(&alloc, dataset->indices);
    mcnn_free(&alloc, dataset);
  }
}

/* --- from memory ------------------------------------------------------------------------------ */

static mnistcnn_status check_extent(const mnistcnn_labelled_images *images) {
  const mcnn_shape *const shape = &images->shape;
  const size_t count = images->count;
  const uint32_t num_classes = images->num_classes;
  if (count == 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "count: a dataset needs at least one image");
  if (count > UINT32_MAX)
    return mcnn_fail(MNISTCNN_LIMIT, "count: %zu images are above the limit of 2^32 - 1", count);
  if (shape->height - 1 >= MNISTCNN_MAX_IMAGE_SIDE || shape->width - 1 >= MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                     "height and width: must be 1 to %d, not %lu and %lu", MNISTCNN_MAX_IMAGE_SIDE,
                     (unsigned long)shape->height, (unsigned long)shape->width);
  }
  if (shape->channels != 1 && shape->channels != 3) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "channels: must be 1 or 3, not %lu",
                     (unsigned long)shape->channels);
  }
  if (num_classes < 1 || num_classes > MCNN_MAX_CLASSES) {
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "num_classes: must be 1 to %u, not %lu",
                     MCNN_MAX_CLASSES, (unsigned long)num_classes);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_pixels(const mnistcnn_labelled_images *images) {
  const mcnn_shape *const shape = &images->shape;
  size_t bytes;
  if (mcnn_checked_mul(images->count, mcnn_shape_bytes(shape), &bytes) &&
      bytes == images->size_bytes)
    return MNISTCNN_OK;
  return mcnn_fail(MNISTCNN_SHAPE_MISMATCH,
                   "size_bytes: %zu bytes are not %zu images of %lu x %lu x %lu",
                   images->size_bytes, images->count, (unsigned long)shape->height,
                   (unsigned long)shape->width, (unsigned long)shape->channels);
}

static mnistcnn_status copy_labels(mcnn_store *store, const int32_t *labels) {
  const mnistcnn_status status = mcnn_store_reserve_labels(store);

  for (size_t i = 0; i < store->count && status == MNISTCNN_OK; i++) {
    if (labels[i] != MNISTCNN_NO_CLASS &&
        (labels[i] < 0 || (uint32_t)labels[i] >= store->num_classes)) {
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "labels[%zu]: %ld is not a class", i,
                       (long)labels[i]);
    }
    store->labels[i] = labels[i] < 0 ? MCNN_STORED_NO_CLASS : (uint16_t)labels[i];
  }
  return status;
}

static mnistcnn_status copy_names(mcnn_store *store, const char *const *names) {
  if (!names)
    return MNISTCNN_OK;
  mnistcnn_status status = mcnn_check_class_names(names, store->num_classes);
  for (uint32_t i = 0; i < store->num_classes && status == MNISTCNN_OK; i++)
    status = mcnn_strings_add(&store->class_texts, &store->alloc, "", names[i]);
  return status == MNISTCNN_OK ? mcnn_store_index_names(store) : status;
}

static mnistcnn_status take_pixels(mcnn_store *store, const uint8_t *pixels, int copy) {
  uint8_t *own = NULL;

  if (!copy) {
    store->pixels = pixels;
    return MNISTCNN_OK;
  }
  const mnistcnn_status status = mcnn_store_reserve_pixels(store, &own);
  if (status == MNISTCNN_OK)
    memcpy(own, pixels, store->count * store->image_bytes);
  return status;
}

mnistcnn_status mcnn_dataset_create(const mnistcnn_labelled_images *images, int copy,
                                    const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  mnistcnn_status status = check_extent(images);

  if (status == MNISTCNN_OK)
    status = check_pixels(images);
  if (status != MNISTCNN_OK)
    return status;
  mcnn_store *const store = mcnn_store_create(alloc);
  if (!store)
    return MNISTCNN_OUT_OF_MEMORY;
  store->shape = images->shape;
  store->image_bytes = mcnn_shape_bytes(&images->shape);
  store->count = images->count;
  store->num_classes = images->num_classes;
  status = copy_labels(store, images->labels);
  if (status == MNISTCNN_OK)
    status = copy_names(store, images->class_names);
  if (status == MNISTCNN_OK)
    status = take_pixels(store, images->pixels, copy);
  if (status != MNISTCNN_OK) {
    mcnn_store_release(store);
    return status;
  }
  return mcnn_dataset_from_store(store, dataset);
}

/* --- subsets ---------------------------------------------------------------------------------- */

static size_t index_in_store(const mnistcnn_dataset *dataset, size_t index) {
  assert(index < dataset->count);
  return !dataset->indices ? index : dataset->indices[index];
}

/* A dataset of these images of the same store. Takes over `indices`, also on failure. */
static mnistcnn_status create_sharing(const mnistcnn_dataset *dataset, uint32_t *indices,
                                      size_t count, mnistcnn_dataset **subset) {
  atomic_fetch_add_explicit(&dataset->store->references, 1, memory_order_relaxed);
  return create(dataset->store, indices, count, subset);
}

mnistcnn_status mcnn_dataset_subset(const mnistcnn_dataset *dataset, const size_t *indices,
                                    size_t count, mnistcnn_dataset **subset) {
  if (count == 0 || count > UINT32_MAX)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "count: must be 1 to 2^32 - 1, not %zu", count);
  uint32_t *const own = mcnn_alloc_array(&dataset->alloc, count, sizeof *own);
  if (!own)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++) {
    if (indices[i] >= dataset->count) {
      mcnn_free(&dataset->alloc, own);
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "indices[%zu]: %zu is beyond the last image", i,
                       indices[i]);
    }
    own[i] = (uint32_t)index_in_store(dataset, indices[i]);
  }
  return create_sharing(dataset, own, count, subset);
}

/* --- accessors -------------------------------------------------------------------------------- */

size_t mcnn_dataset_count(const mnistcnn_dataset *dataset) {
  return dataset->count;
}

uint32_t mcnn_dataset_num_classes(const mnistcnn_dataset *dataset) {
  return dataset->store->num_classes;
}

void mcnn_dataset_shape(const mnistcnn_dataset *dataset, uint32_t *height, uint32_t *width,
                        uint32_t *channels) {
  *height = dataset->store->shape.height;
  *width = dataset->store->shape.width;
  *channels = dataset->store->shape.channels;
}

const uint8_t *mcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index) {
  return dataset->store->pixels + index_in_store(dataset, index) * dataset->store->image_bytes;
}

uint32_t mcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index) {
  const uint16_t label = dataset->store->labels[index_in_store(dataset, index)];

  return label == MCNN_STORED_NO_CLASS ? MCNN_NO_CLASS : label;
}

const char *mcnn_dataset_path(const mnistcnn_dataset *dataset, size_t index) {
  const mcnn_strings *const paths = &dataset->store->paths;

  return paths->count == 0 ? NULL : mcnn_strings_at(paths, index_in_store(dataset, index));
}

const mcnn_image_origin *mcnn_dataset_origin(const mnistcnn_dataset *dataset) {
  return &dataset->store->origin;
}

const char *const *mcnn_dataset_class_names(const mnistcnn_dataset *dataset) {
  return dataset->store->class_names;
}
