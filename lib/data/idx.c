/* IDX: two zero bytes, the element type (8: unsigned byte), the number of dimensions, the
 * dimensions as big-endian 32-bit numbers, the elements in row-major order. */
#include "data/idx.h"

#include "base/io.h"
#include "base/status.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/gzip.h"
#include "digit/digit.h"
#include "image/fit.h"
#include "image/pixels.h"

#include <stdio.h>
#include <string.h>

enum { UNSIGNED_BYTE = 8, MAX_DIMENSIONS = 4, MAX_HEADER_BYTES = 4 + 4 * MAX_DIMENSIONS };

/* Deflate never packs more than this into one byte. */
static const size_t max_deflate_ratio = 1032;

/* One IDX file in memory. */
typedef struct idx_file {
  unsigned char *block; /* what `values` lie in, to be freed */
  const unsigned char *values;
  size_t count; /* of values */
  uint32_t num_dimensions;
  uint32_t dimensions[MAX_DIMENSIONS];
} idx_file;

static uint32_t big_endian_32(const unsigned char *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* ------------------------------------------------------------------------------------- header */

static mnistcnn_status fail_format(const char *path, const char *reason) {
  return mcnn_fail(MNISTCNN_FORMAT, "%s: is not a valid IDX file: %s", path, reason);
}

static mnistcnn_status parse_magic(const unsigned char magic[4], const char *path, idx_file *idx) {
  if (magic[0] != 0 || magic[1] != 0 || magic[3] < 1)
    return fail_format(path, "it does not begin as one");
  if (magic[2] != UNSIGNED_BYTE || magic[3] > MAX_DIMENSIONS) {
    return mcnn_fail(MNISTCNN_UNSUPPORTED,
                     "%s: only unsigned bytes of 1 to %d dimensions can be read", path,
                     (int)MAX_DIMENSIONS);
  }
  idx->num_dimensions = magic[3];
  return MNISTCNN_OK;
}

static mnistcnn_status parse_dimensions(const unsigned char *bytes, const char *path,
                                        idx_file *idx) {
  idx->count = 1;
  for (uint32_t i = 0; i < idx->num_dimensions; i++) {
    idx->dimensions[i] = big_endian_32(bytes + (size_t)4 * i);
    if (!mcnn_checked_mul(idx->count, idx->dimensions[i], &idx->count))
      return fail_format(path, "its dimensions are too large");
  }
  return MNISTCNN_OK;
}

/* ------------------------------------------------------------------------------------ reading */

/* The values stay where they are, in the file's bytes, which *idx takes over on success. */
static mnistcnn_status parse_plain(unsigned char *data, size_t size, const char *path,
                                   idx_file *idx) {
  mnistcnn_status status =
      size < 4 ? fail_format(path, "it is too short") : parse_magic(data, path, idx);
  const size_t header = 4 + (size_t)4 * idx->num_dimensions;

  if (status == MNISTCNN_OK) {
    status = size < header ? fail_format(path, "it is too short")
                           : parse_dimensions(data + 4, path, idx);
  }
  if (status == MNISTCNN_OK && size - header != idx->count) {
    status = fail_format(path, size - header < idx->count ? "it is shorter than its header says"
                                                          : "it is longer than its header says");
  }
  if (status == MNISTCNN_OK) {
    idx->block = data;
    idx->values = data + header;
  }
  return status;
}

static mnistcnn_status read_gzip_header(mcnn_gzip *gzip, const char *path, idx_file *idx) {
  unsigned char header[MAX_HEADER_BYTES];
  mnistcnn_status status = mcnn_gzip_read(gzip, header, 4);

  if (status == MNISTCNN_OK)
    status = parse_magic(header, path, idx);
  if (status == MNISTCNN_OK)
    status = mcnn_gzip_read(gzip, header + 4, (size_t)4 * idx->num_dimensions);
  return status == MNISTCNN_OK ? parse_dimensions(header + 4, path, idx) : status;
}

static mnistcnn_status read_gzip_values(mcnn_gzip *gzip, const mcnn_alloc *alloc, idx_file *idx) {
  idx->block = mcnn_alloc_array(alloc, idx->count, 1);
  if (!idx->block)
    return MNISTCNN_OUT_OF_MEMORY;
  idx->values = idx->block;
  const mnistcnn_status status = mcnn_gzip_read(gzip, idx->block, idx->count);
  return status == MNISTCNN_OK ? mcnn_gzip_expect_end(gzip) : status;
}

static mnistcnn_status parse_gzip(const unsigned char *data, size_t size, const char *path,
                                  const mcnn_alloc *alloc, idx_file *idx) {
  mcnn_gzip *gzip = NULL;
  mnistcnn_status status = mcnn_gzip_open(data, size, path, alloc, &gzip);

  if (status == MNISTCNN_OK)
    status = read_gzip_header(gzip, path, idx);
  /* Before that much memory is asked for on the word of a header. */
  if (status == MNISTCNN_OK && idx->count / max_deflate_ratio > size)
    status = fail_format(path, "it is shorter than its header says");
  if (status == MNISTCNN_OK)
    status = read_gzip_values(gzip, alloc, idx);
  mcnn_gzip_close(gzip);
  return status;
}

static mnistcnn_status read_idx(const char *path, const mcnn_alloc *alloc, idx_file *idx) {
  unsigned char *data = NULL;
  size_t size = 0;
  mnistcnn_status status = mcnn_read_file(path, SIZE_MAX / 2, alloc, &data, &size);

  if (status != MNISTCNN_OK)
    return status;
  if (mcnn_is_gzip(data, size))
    status = parse_gzip(data, size, path, alloc, idx);
  else
    status = parse_plain(data, size, path, idx);
  if (idx->block != data)
    mcnn_free(alloc, data);
  return status;
}

/* ------------------------------------------------------------------------- images and labels */

static mnistcnn_status check_images(const idx_file *idx, const char *path) {
  const uint32_t *const dimensions = idx->dimensions;

  if (idx->num_dimensions < 3 || (idx->num_dimensions == 4 && dimensions[3] != 3))
    return fail_format(path, "images have the dimensions [n][height][width] or these and [3]");
  if (dimensions[0] == 0)
    return fail_format(path, "it has no images");
  if (dimensions[1] - 1 >= MNISTCNN_MAX_IMAGE_SIDE ||
      dimensions[2] - 1 >= MNISTCNN_MAX_IMAGE_SIDE) {
    return mcnn_fail(MNISTCNN_LIMIT, "%s: height and width must be 1 to %u", path,
                     MNISTCNN_MAX_IMAGE_SIDE);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status check_labels(const idx_file *labels, const char *path, size_t images) {
  if (labels->num_dimensions != 1)
    return fail_format(path, "labels have one dimension");
  if (labels->count != images) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: has %zu labels for %zu images", path, labels->count,
                     images);
  }
  return MNISTCNN_OK;
}

static mnistcnn_status take_labels(mcnn_store *store, const idx_file *labels) {
  const mnistcnn_status status = mcnn_store_reserve_labels(store);
  uint32_t largest = 0;

  for (size_t i = 0; i < store->count && status == MNISTCNN_OK; i++) {
    store->labels[i] = labels->values[i];
    largest = largest > store->labels[i] ? largest : store->labels[i];
  }
  store->num_classes = largest + 1;
  return status;
}

/* ----------------------------------------------------------------------------- to one shape */

/* The first image of a piece that could not be prepared. */
typedef struct piece_fault {
  mnistcnn_status status;
  char message[MCNN_ERROR_CAPACITY];
} piece_fault;

typedef struct fitting {
  const unsigned char *values;
  mcnn_shape from, to;
  size_t from_bytes, to_bytes;
  int32_t resize;
  const mcnn_alloc *alloc;
  size_t count, pieces;
  piece_fault *faults; /* [pieces] */
  uint8_t *scratch;    /* [threads][from_bytes] */
  uint8_t *pixels;
} fitting;

static void fit_piece(void *context, size_t piece, size_t worker) {
  const fitting *const f = context;
  uint8_t *const scratch = f->scratch + worker * f->from_bytes;
  size_t begin, end;

  mcnn_task_range(f->count, f->pieces, piece, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    memcpy(scratch, f->values + i * f->from_bytes, f->from_bytes);
    mcnn_image_fit(scratch, &f->from, f->resize, f->pixels + i * f->to_bytes, &f->to);
  }
}

static void prepare_piece(void *context, size_t piece, size_t worker) {
  const fitting *const f = context;
  piece_fault *const fault = &f->faults[piece];
  size_t begin, end;

  (void)worker;
  mcnn_task_range(f->count, f->pieces, piece, &begin, &end);
  for (size_t i = begin; i < end && fault->status == MNISTCNN_OK; i++) {
    char label[32];
    snprintf(label, sizeof label, "image %zu", i);
    fault->status = mcnn_digit_fit(f->values + i * f->from_bytes, &f->from, label, f->alloc,
                                   f->pixels + i * f->to_bytes, &f->to);
    if (fault->status != MNISTCNN_OK)
      (void)snprintf(fault->message, sizeof fault->message, "%s", mcnn_last_error());
  }
}

/* Prepares all; of several faults the first image's is reported, whatever the threads did. */
static mnistcnn_status prepare_images(fitting *f, mcnn_pool *pool) {
  mnistcnn_status status = MNISTCNN_OK;

  f->faults = mcnn_alloc_zeroed(f->alloc, f->pieces, sizeof *f->faults);
  if (!f->faults)
    return MNISTCNN_OUT_OF_MEMORY;
  mcnn_pool_run(pool, prepare_piece, f, f->pieces);
  for (size_t i = 0; i < f->pieces && status == MNISTCNN_OK; i++) {
    status = f->faults[i].status;
    if (status != MNISTCNN_OK)
      mcnn_set_last_error(f->faults[i].message);
  }
  mcnn_free(f->alloc, f->faults);
  return status;
}

static mnistcnn_status fit_images(mcnn_store *store, const idx_file *images, const mcnn_shape *from,
                                  const mnistcnn_dataset_options *options) {
  mcnn_pool *pool = NULL;
  fitting f = {.values = images->values,
               .from = *from,
               .to = store->shape,
               .from_bytes = mcnn_shape_bytes(from),
               .to_bytes = store->image_bytes,
               .resize = options->resize,
               .alloc = &store->alloc,
               .count = store->count,
               .pieces = store->count / 64 + 1};
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
    mcnn_pool_run(pool, fit_piece, &f, f.pieces);
  mcnn_free(&store->alloc, f.scratch);
  mcnn_pool_free(pool);
  return status;
}

/* Where the images already have the shape wanted, the store takes over the file's memory. */
static mnistcnn_status take_images(mcnn_store *store, idx_file *images,
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
  store->block = images->block;
  store->pixels = images->values;
  images->block = NULL;
  return MNISTCNN_OK;
}

static mnistcnn_status create_dataset(idx_file *images, const idx_file *labels,
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
  idx_file images = {0}, labels = {0};
  mnistcnn_status status = read_idx(images_path, alloc, &images);

  if (status == MNISTCNN_OK)
    status = check_images(&images, images_path);
  if (status == MNISTCNN_OK)
    status = read_idx(labels_path, alloc, &labels);
  if (status == MNISTCNN_OK)
    status = check_labels(&labels, labels_path, images.dimensions[0]);
  if (status == MNISTCNN_OK)
    status = create_dataset(&images, &labels, options, alloc, dataset);
  mcnn_free(alloc, images.block);
  mcnn_free(alloc, labels.block);
  return status;
}
