/* Datasets. */
#include "api/check.h"
#include "api/preparation.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/folder.h"
#include "data/idx.h"
#include "model/model.h"

static const char options_type[] = "mnistcnn_dataset_options";
static const size_t options_first_size = // NOLINTNEXTLINE(bugprone-sizeof-expression)
    MCNN_SIZE_THROUGH(mnistcnn_dataset_options, error);

/* --- options ---------------------------------------------------------------------------------- */

static const mnistcnn_dataset_options defaults = MNISTCNN_DATASET_OPTIONS_INIT;

mnistcnn_status mnistcnn_dataset_options_init(mnistcnn_dataset_options *options, size_t size) {
  return mcnn_export_options(options_type, &defaults, options_first_size, sizeof defaults, options,
                             size);
}

mnistcnn_status mnistcnn_dataset_options_for_model(mnistcnn_dataset_options *options, size_t size,
                                                   const mnistcnn_model *model) {
  mnistcnn_dataset_options filled = defaults;
  MCNN_REQUIRE(model);
  const mcnn_shape input = model->arch->input;
  filled.height = input.height;
  filled.width = input.width;
  filled.channels = input.channels == 1 ? 1 : 0; /* gray images take a third of the memory */
  filled.preparation = &model->preparation;
  return mcnn_export_options(options_type, &filled, options_first_size, sizeof filled, options,
                             size);
}

static mnistcnn_status check_size(const mnistcnn_dataset_options *options) {
  if (options->height > MNISTCNN_MAX_IMAGE_SIDE || options->width > MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(
        MNISTCNN_INVALID_ARGUMENT, "options: height and width must be at most %d, not %lu and %lu",
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
  else if (options->skip_broken > 1)
    wrong = "skip_broken must be 0 or 1";
  else if (options->num_threads < 1 || options->num_threads > MCNN_MAX_THREADS)
    wrong = "num_threads must be 1 to 256";
  else if (options->idx_transpose > 1)
    wrong = "idx_transpose must be 0 or 1";
  else if (options->idx_first_label > UINT8_MAX)
    wrong = "idx_first_label must be 0 to 255";
  return !wrong ? MNISTCNN_OK : mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: %s", wrong);
}

/* All of it in one struct, which options->preparation then points to. */
static mnistcnn_status complete_preparation(mnistcnn_dataset_options *options,
                                            mnistcnn_preparation *how) {
  if (options->preparation) {
    const mnistcnn_status status = mcnn_import_preparation(options->preparation, how);
    if (status != MNISTCNN_OK)
      return status;
    if ((options->prepare != 0 && options->prepare != how->prepare) ||
        (options->resize != 0 && options->resize != how->resize)) {
      return mcnn_fail(MNISTCNN_INVALID_ARGUMENT,
                       "options: prepare and resize must be 0 or those of the preparation");
    }
  } else {
    *how = mcnn_preparation_of(options);
    const mnistcnn_status status = mcnn_preparation_check(how);
    if (status != MNISTCNN_OK)
      return status;
  }
  options->preparation = how;
  return MNISTCNN_OK;
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

static mnistcnn_status import(const mnistcnn_dataset_options *given,
                              mnistcnn_dataset_options *options) {
  *options = defaults;
  const mnistcnn_status status =
      mcnn_import_options(options_type, given, options_first_size, options, sizeof *options);
  return status == MNISTCNN_OK ? mcnn_check_error(options->error) : status;
}

static mnistcnn_status complete_options(mnistcnn_dataset_options *options,
                                        mnistcnn_preparation *how, mcnn_alloc *alloc) {
  mnistcnn_status status = check_options(options);
  if (status == MNISTCNN_OK)
    status = complete_preparation(options, how);
  if (status != MNISTCNN_OK)
    return status;
  if (how->prepare == MNISTCNN_PREPARE_DIGIT)
    set_digit_shape(options);
  status = mcnn_preparation_check_sides(how, options->height, options->width);
  return status == MNISTCNN_OK ? mcnn_import_allocator(options->allocator, alloc) : status;
}

/* --- loading ---------------------------------------------------------------------------------- */

static mnistcnn_status load_folder(const char *path, mnistcnn_dataset_options *options,
                                   mnistcnn_preparation *how, mnistcnn_dataset **dataset) {
  mcnn_alloc alloc;
  MCNN_REQUIRE(dataset);
  MCNN_REQUIRE(path);
  const mnistcnn_status status = complete_options(options, how, &alloc);
  return status == MNISTCNN_OK ? mcnn_load_folder(path, options, &alloc, dataset) : status;
}

mnistcnn_status mnistcnn_dataset_load_folder(const char *path,
                                             const mnistcnn_dataset_options *options,
                                             mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options own;
  mnistcnn_preparation how; /* that of own */
  if (dataset)
    *dataset = NULL;
  const mnistcnn_status status = import(options, &own);
  return status == MNISTCNN_OK ? mcnn_report(own.error, load_folder(path, &own, &how, dataset))
                               : status;
}

static mnistcnn_status load_idx(const char *images_path, const char *labels_path,
                                mnistcnn_dataset_options *options, mnistcnn_preparation *how,
                                mnistcnn_dataset **dataset) {
  mcnn_alloc alloc;
  MCNN_REQUIRE(dataset);
  MCNN_REQUIRE(images_path);
  MCNN_REQUIRE(labels_path);
  if (options->background)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "options: background is for folders");
  const mnistcnn_status status = complete_options(options, how, &alloc);
  return status == MNISTCNN_OK ? mcnn_load_idx(images_path, labels_path, options, &alloc, dataset)
                               : status;
}

mnistcnn_status mnistcnn_dataset_load_idx(const char *images_path, const char *labels_path,
                                          const mnistcnn_dataset_options *options,
                                          mnistcnn_dataset **dataset) {
  mnistcnn_dataset_options own;
  mnistcnn_preparation how; /* that of own */
  if (dataset)
    *dataset = NULL;
  const mnistcnn_status status = import(options, &own);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(own.error, load_idx(images_path, labels_path, &own, &how, dataset));
}

static mnistcnn_status scan_idx(const char *images_path, const char *labels_path,
                                mnistcnn_dataset_options *options, mnistcnn_preparation *how,
                                uint32_t *num_classes, uint64_t *num_images) {
  mcnn_alloc alloc;
  MCNN_REQUIRE(images_path);
  MCNN_REQUIRE(labels_path);
  MCNN_REQUIRE(num_classes);
  MCNN_REQUIRE(num_images);
  const mnistcnn_status status = complete_options(options, how, &alloc);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_scan_idx(images_path, labels_path, options, &alloc, num_classes, num_images);
}

mnistcnn_status mnistcnn_dataset_scan_idx(const char *images_path, const char *labels_path,
                                          const mnistcnn_dataset_options *options,
                                          uint32_t *num_classes, uint64_t *num_images) {
  mnistcnn_dataset_options own;
  mnistcnn_preparation how; /* that of own */
  const mnistcnn_status status = import(options, &own);
  if (status != MNISTCNN_OK)
    return status;
  return mcnn_report(own.error,
                     scan_idx(images_path, labels_path, &own, &how, num_classes, num_images));
}

/* --- from memory ------------------------------------------------------------------------------ */

static const char images_type[] = "mnistcnn_labelled_images";
enum { IMAGES_FIRST_SIZE = sizeof(mnistcnn_labelled_images) };

static mnistcnn_status check_images(const mnistcnn_labelled_images *images) {
  if (!images->pixels || !images->labels)
    return mcnn_fail_null(!images->pixels ? "images: pixels" : "images: labels");
  if (images->reserved != 0)
    return mcnn_fail(MNISTCNN_INVALID_ARGUMENT, "images: reserved is not 0");
  return MNISTCNN_OK;
}

static mnistcnn_status create(const mnistcnn_labelled_images *given, int copy,
                              const mnistcnn_allocator *allocator, mnistcnn_dataset **dataset) {
  mnistcnn_labelled_images images;
  mcnn_alloc alloc;

  MCNN_REQUIRE(dataset);
  *dataset = NULL;
  if (!given)
    return mcnn_fail_null("images");
  mnistcnn_status status =
      mcnn_import_options(images_type, given, IMAGES_FIRST_SIZE, &images, sizeof images);
  if (status == MNISTCNN_OK)
    status = check_images(&images);
  if (status == MNISTCNN_OK)
    status = mcnn_import_allocator(allocator, &alloc);
  return status == MNISTCNN_OK ? mcnn_dataset_create(&images, copy, &alloc, dataset) : status;
}

mnistcnn_status mnistcnn_dataset_create_copy(const mnistcnn_labelled_images *images,
                                             const mnistcnn_allocator *allocator,
                                             mnistcnn_dataset **dataset) {
  return create(images, 1, allocator, dataset);
}

mnistcnn_status mnistcnn_dataset_create_borrow(const mnistcnn_labelled_images *images,
                                               const mnistcnn_allocator *allocator,
                                               mnistcnn_dataset **dataset) {
  return create(images, 0, allocator, dataset);
}

/* --- subsets ---------------------------------------------------------------------------------- */

mnistcnn_status mnistcnn_dataset_split(const mnistcnn_dataset *dataset, double fraction,
                                       uint64_t seed, mnistcnn_dataset **first,
                                       mnistcnn_dataset **second) {
  if (first)
    *first = NULL;
  if (second)
    *second = NULL;
  if (!first || !second)
    return mcnn_fail_null(!first ? "first" : "second");
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

mnistcnn_status mnistcnn_dataset_shape(const mnistcnn_dataset *dataset, mnistcnn_shape *shape) {
  MCNN_REQUIRE(dataset);
  MCNN_REQUIRE(shape);
  *shape = dataset->store->shape;
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
