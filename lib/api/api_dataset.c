/* Datasets. */
#include "api/check.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "data/idx.h"

static const char options_type[] = "mnistcnn_dataset_options";
static const size_t options_first_size = // NOLINTNEXTLINE(bugprone-sizeof-expression)
    MCNN_SIZE_THROUGH(mnistcnn_dataset_options, allocator);

/* --- options ---------------------------------------------------------------------------------- */

static mnistcnn_dataset_options default_options(void) {
  const mnistcnn_dataset_options options = {.struct_size = sizeof options, .num_threads = 1};

  return options;
}

mnistcnn_status mnistcnn_dataset_options_init(mnistcnn_dataset_options *options, size_t size) {
  const mnistcnn_dataset_options defaults = default_options();

  return mcnn_export_options(options_type, &defaults, options_first_size, sizeof defaults, options,
                             size);
}

static mnistcnn_status check_size(const mnistcnn_dataset_options *options) {
  if (options->height > MNISTCNN_MAX_IMAGE_SIDE || options->width > MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(
        MNISTCNN_INVALID_ARGUMENT, "options: height and width must be at most %u, not %lu and %lu",
        MNISTCNN_MAX_IMAGE_SIDE, (unsigned long)options->height, (unsigned long)options->width);
  }
  if ((options->height == 0) != (options->width == 0))
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: give both height and width, or neither");
  return MNISTCNN_OK;
}

static mnistcnn_status check_options(const mnistcnn_dataset_options *options) {
  const char *wrong = NULL;
  const mnistcnn_status status = check_size(options);

  if (status != MNISTCNN_OK)
    return status;
  if (options->channels != 0 && options->channels != 1 && options->channels != 3)
    wrong = "channels must be 0, 1 or 3";
  else if (options->resize != MNISTCNN_RESIZE_AREA_BILINEAR &&
           options->resize != MNISTCNN_RESIZE_NEAREST)
    wrong = "invalid value for resize";
  else if (options->skip_broken > 1)
    wrong = "skip_broken must be 0 or 1";
  else if (options->num_threads < 1 || options->num_threads > MCNN_MAX_THREADS)
    wrong = "num_threads must be 1 to 256";
  else if (options->prepare != MNISTCNN_PREPARE_NONE && options->prepare != MNISTCNN_PREPARE_DIGIT)
    wrong = "invalid value for prepare";
  return !wrong ? MNISTCNN_OK : mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: %s", wrong);
}

/* Prepared digits have no size or channels of their own. */
static void set_digit_shape(mnistcnn_dataset_options *options) {
  const uint32_t side = 28;

  if (options->height == 0) {
    options->height = side;
    options->width = side;
  }
  if (options->channels == 0)
    options->channels = 1;
}

static mnistcnn_status import_options(const mnistcnn_dataset_options *given,
                                      mnistcnn_dataset_options *options, mcnn_alloc *alloc) {
  *options = default_options();
  mnistcnn_status status =
      mcnn_import_options(options_type, given, options_first_size, options, sizeof *options);
  if (status == MNISTCNN_OK)
    status = check_options(options);
  if (options->prepare == MNISTCNN_PREPARE_DIGIT)
    set_digit_shape(options);
  return status == MNISTCNN_OK ? mcnn_import_allocator(options->allocator, alloc) : status;
}

/* --- loading ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_dataset_load_folder(const char *path,
                                             const mnistcnn_dataset_options *options,
                                             mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options own;
  mcnn_alloc alloc;

  if (!dataset)
    return mcnn_fail_null("dataset");
  *dataset = NULL;
  if (!path)
    return mcnn_fail_null("path");
  const mnistcnn_status status = import_options(options, &own, &alloc);
  return status == MNISTCNN_OK ? mcnn_load_folder(path, &own, &alloc, dataset) : status;
}

mnistcnn_status mnistcnn_dataset_load_idx(const char *images_path, const char *labels_path,
                                          const mnistcnn_dataset_options *options,
                                          mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options own;
  mcnn_alloc alloc;

  if (!dataset)
    return mcnn_fail_null("dataset");
  *dataset = NULL;
  if (!images_path || !labels_path)
    return mcnn_fail_null(!images_path ? "images_path" : "labels_path");
  const mnistcnn_status status = import_options(options, &own, &alloc);
  return status == MNISTCNN_OK ? mcnn_load_idx(images_path, labels_path, &own, &alloc, dataset)
                               : status;
}

/* --- from memory ------------------------------------------------------------------------------ */

static mnistcnn_status create(const uint8_t *pixels, const int32_t *labels, size_t count,
                              const mcnn_shape *shape, uint32_t num_classes,
                              const char *const *class_names, int copy,
                              const mnistcnn_allocator *allocator, mnistcnn_dataset **dataset) {
  mcnn_alloc alloc;

  if (!dataset)
    return mcnn_fail_null("dataset");
  *dataset = NULL;
  if (!pixels || !labels)
    return mcnn_fail_null(!pixels ? "pixels" : "labels");
  const mnistcnn_status status = mcnn_import_allocator(allocator, &alloc);
  return status == MNISTCNN_OK ? mcnn_dataset_create(pixels, labels, count, shape, num_classes,
                                                     class_names, copy, &alloc, dataset)
                               : status;
}

mnistcnn_status mnistcnn_dataset_create_copy(const uint8_t *pixels, const int32_t *labels,
                                             size_t count, uint32_t height, uint32_t width,
                                             uint32_t channels, uint32_t num_classes,
                                             const char *const *class_names,
                                             const mnistcnn_allocator *allocator,
                                             mnistcnn_dataset **dataset) {
  const mcnn_shape shape = {height, width, channels};

  return create(pixels, labels, count, &shape, num_classes, class_names, 1, allocator, dataset);
}

mnistcnn_status mnistcnn_dataset_create_borrow(const uint8_t *pixels, const int32_t *labels,
                                               size_t count, uint32_t height, uint32_t width,
                                               uint32_t channels, uint32_t num_classes,
                                               const char *const *class_names,
                                               const mnistcnn_allocator *allocator,
                                               mnistcnn_dataset **dataset) {
  const mcnn_shape shape = {height, width, channels};

  return create(pixels, labels, count, &shape, num_classes, class_names, 0, allocator, dataset);
}

/* --- subsets ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_dataset_split(const mnistcnn_dataset *dataset, double fraction,
                                       uint64_t seed, mnistcnn_dataset **first,
                                       mnistcnn_dataset **second) {
  if (!first || !second)
    return mcnn_fail_null(!first ? "first" : "second");
  *first = NULL;
  *second = NULL;
  if (!dataset)
    return mcnn_fail_null("dataset");
  return mcnn_dataset_split(dataset, fraction, seed, first, second);
}

mnistcnn_status mnistcnn_dataset_subset(const mnistcnn_dataset *dataset, const size_t *indices,
                                        size_t count, mnistcnn_dataset **subset) {
  if (!subset)
    return mcnn_fail_null("subset");
  *subset = NULL;
  if (!dataset || !indices)
    return mcnn_fail_null(!dataset ? "dataset" : "indices");
  return mcnn_dataset_subset(dataset, indices, count, subset);
}

void mnistcnn_dataset_free(mnistcnn_dataset *dataset) {
  mcnn_dataset_free(dataset);
}

/* --- accessors -------------------------------------------------------------------------------- */

size_t mnistcnn_dataset_num_images(const mnistcnn_dataset *dataset) {
  return !dataset ? 0 : mcnn_dataset_count(dataset);
}

uint32_t mnistcnn_dataset_num_classes(const mnistcnn_dataset *dataset) {
  return !dataset ? 0 : mcnn_dataset_num_classes(dataset);
}

size_t mnistcnn_dataset_num_skipped(const mnistcnn_dataset *dataset) {
  return !dataset ? 0 : dataset->store->num_skipped;
}

mnistcnn_status mnistcnn_dataset_shape(const mnistcnn_dataset *dataset, uint32_t *height,
                                       uint32_t *width, uint32_t *channels) {
  mcnn_shape shape;

  if (!dataset)
    return mcnn_fail_null("dataset");
  mcnn_dataset_shape(dataset, height ? height : &shape.height, width ? width : &shape.width,
                     channels ? channels : &shape.channels);
  return MNISTCNN_OK;
}

const char *mnistcnn_dataset_class_name(const mnistcnn_dataset *dataset, uint32_t index) {
  if (!dataset || index >= mcnn_dataset_num_classes(dataset))
    return NULL;
  const char *const *const names = mcnn_dataset_class_names(dataset);
  return !names ? NULL : names[index];
}

static int has_image(const mnistcnn_dataset *dataset, size_t index) {
  return dataset && index < mcnn_dataset_count(dataset);
}

const uint8_t *mnistcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index) {
  return has_image(dataset, index) ? mcnn_dataset_image(dataset, index) : NULL;
}

int32_t mnistcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index) {
  return has_image(dataset, index) ? (int32_t)mcnn_dataset_label(dataset, index) : -1;
}

const char *mnistcnn_dataset_path(const mnistcnn_dataset *dataset, size_t index) {
  return has_image(dataset, index) ? mcnn_dataset_path(dataset, index) : NULL;
}
