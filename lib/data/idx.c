#include "data/idx.h"

#include "base/status.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/idx_file.h"
#include "digit/digit.h"
#include "image/fit.h"
#include "image/pixels.h"

#include <stdio.h>
#include <string.h>

enum { IMAGES_PER_TASK = 64 };

/* --- images and labels ------------------------------------------------------------------------ */

static mnistcnn_status check_images(const mcnn_idx_file *idx, const char *path) {
  const uint32_t *const dimensions = idx->dimensions;

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
    return mcnn_idx_fail(path, "labels have one dimension");
  if (labels->count != images) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: has %zu labels for %zu images", path, labels->count,
                     images);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status take_labels(mcnn_store *store, const mcnn_idx_file *labels) {
  const mnistcnn_status status = mcnn_store_reserve_labels(store);
  uint32_t largest = 0;

  for (size_t i = 0; i < store->count && status == MNISTCNN_OK; i++) {
    store->labels[i] = labels->values[i];
    largest = largest > store->labels[i] ? largest : store->labels[i];
  }
  store->num_classes = largest + 1;
  return status;
}

/* --- to one shape ----------------------------------------------------------------------------- */

/* The first image of a task that could not be prepared. */
typedef struct task_fault {
  mnistcnn_status status;
  char message[MCNN_ERROR_CAPACITY];
} task_fault;

typedef struct fitting {
  const unsigned char *values;
  mcnn_shape from, to;
  size_t from_bytes, to_bytes;
  int32_t resize;
  const mcnn_alloc *alloc;
  size_t count, num_tasks;
  task_fault *faults; /* [num_tasks] */
  uint8_t *scratch;   /* [threads][from_bytes] */
  uint8_t *pixels;
} fitting;

static void fit_task(void *context, size_t task, size_t worker) {
  const fitting *const f = context;
  uint8_t *const scratch = f->scratch + worker * f->from_bytes;
  size_t begin, end;

  mcnn_task_range(f->count, f->num_tasks, task, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    memcpy(scratch, f->values + i * f->from_bytes, f->from_bytes);
    mcnn_image_fit(scratch, &f->from, f->resize, f->pixels + i * f->to_bytes, &f->to);
  }
}

static void prepare_task(void *context, size_t task, size_t worker) {
  const fitting *const f = context;
  task_fault *const fault = &f->faults[task];
  size_t begin, end;

  (void)worker;
  mcnn_task_range(f->count, f->num_tasks, task, &begin, &end);
  for (size_t i = begin; i < end && fault->status == MNISTCNN_OK; i++) {
    char label[32];
    (void)snprintf(label, sizeof label, "image %zu", i);
    fault->status = mcnn_digit_fit(f->values + i * f->from_bytes, &f->from, label, f->alloc,
                                   f->pixels + i * f->to_bytes, &f->to);
    if (fault->status != MNISTCNN_OK)
      (void)snprintf(fault->message, sizeof fault->message, "%s", mcnn_last_error());
  }
}

/* Prepares all; of several faults the first image's is reported, whatever the threads did. */
static mnistcnn_status prepare_images(fitting *f, mcnn_pool *pool) {
  mnistcnn_status status = MNISTCNN_OK;

  f->faults = mcnn_alloc_zeroed(f->alloc, f->num_tasks, sizeof *f->faults);
  if (!f->faults)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_pool_run(pool, prepare_task, f, f->num_tasks);
  for (size_t i = 0; i < f->num_tasks && status == MNISTCNN_OK; i++) {
    status = f->faults[i].status;
    if (status != MNISTCNN_OK)
      mcnn_set_last_error(f->faults[i].message);
  }
  mcnn_free(f->alloc, f->faults);
  return status;
}

static mnistcnn_status fit_images(mcnn_store *store, const mcnn_idx_file *images,
                                  const mcnn_shape *from, const mnistcnn_dataset_options *options) {
  mcnn_pool *pool = NULL;
  fitting f = {.values = images->values,
               .from = *from,
               .to = store->shape,
               .from_bytes = mcnn_shape_bytes(from),
               .to_bytes = store->image_bytes,
               .resize = options->resize,
               .alloc = &store->alloc,
               .count = store->count,
               .num_tasks = store->count / IMAGES_PER_TASK + 1};
  mnistcnn_status status = mcnn_store_reserve_pixels(store, &f.pixels);

  if (status == MNISTCNN_OK)
    status = mcnn_pool_create(&store->alloc, options->num_threads, &pool);
  if (status == MNISTCNN_OK) {
    f.scratch = mcnn_alloc_array(&store->alloc, options->num_threads, f.from_bytes);
    status = f.scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  }
  if (status == MNISTCNN_OK && options->prepare == MNISTCNN_PREPARE_DIGIT)
    status = prepare_images(&f, pool);
  else if (status == MNISTCNN_OK)
    mcnn_pool_run(pool, fit_task, &f, f.num_tasks);
  mcnn_free(&store->alloc, f.scratch);
  mcnn_pool_free(pool);
  return status;
}

/* --- the dataset ------------------------------------------------------------------------------ */

/* Where the images already have the shape wanted, the store takes over the file's memory. */
static mnistcnn_status take_images(mcnn_store *store, mcnn_idx_file *images,
                                   const mnistcnn_dataset_options *options) {
  const mcnn_shape from = {.height = images->dimensions[1],
                           .width = images->dimensions[2],
                           .channels = images->num_dimensions == 4 ? 3 : 1};
  mcnn_shape *const to = &store->shape;

  *to = from;
  if (options->height != 0) {
    to->height = options->height;
    to->width = options->width;
  }
  if (options->channels != 0)
    to->channels = options->channels;
  store->image_bytes = mcnn_shape_bytes(to);
  if (memcmp(to, &from, sizeof from) != 0 || options->prepare != MNISTCNN_PREPARE_NONE)
    return fit_images(store, images, &from, options);
  store->memory = images->memory;
  store->pixels = images->values;
  images->memory = NULL;
  return MNISTCNN_OK;
}

static mnistcnn_status create_dataset(mcnn_idx_file *images, const mcnn_idx_file *labels,
                                      const mnistcnn_dataset_options *options,
                                      const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  mcnn_store *const store = mcnn_store_create(alloc);

  if (!store)
    return MNISTCNN_OUT_OF_MEMORY;
  store->count = labels->count;
  mnistcnn_status status = take_labels(store, labels);
  if (status == MNISTCNN_OK)
    status = take_images(store, images, options);
  if (status != MNISTCNN_OK) {
    mcnn_store_release(store);
    return status;
  }
  return mcnn_dataset_from_store(store, dataset);
}

mnistcnn_status mcnn_load_idx(const char *images_path, const char *labels_path,
                              const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                              mnistcnn_dataset **dataset) {
  mcnn_idx_file images = {0}, labels = {0};
  mnistcnn_status status = mcnn_idx_read(images_path, alloc, &images);

  if (status == MNISTCNN_OK)
    status = check_images(&images, images_path);
  if (status == MNISTCNN_OK)
    status = mcnn_idx_read(labels_path, alloc, &labels);
  if (status == MNISTCNN_OK)
    status = check_labels(&labels, labels_path, images.dimensions[0]);
  if (status == MNISTCNN_OK)
    status = create_dataset(&images, &labels, options, alloc, dataset);
  mcnn_free(alloc, images.memory);
  mcnn_free(alloc, labels.memory);
  return status;
}
