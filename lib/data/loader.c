#include "data/loader.h"

#include "base/platform.h"
#include "base/status.h"
#include "digit/digit.h"
#include "image/decoder.h"
#include "image/fit.h"
#include "image/pixels.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_BLOCK = 64, MAX_BLOCK = 256 };

/* A block should take about this long, so that progress and cancelling keep up. */
static const double block_seconds = 0.02;

/* Between two calls of the progress callback: 20 a second. */
static const double progress_seconds = 0.05;

struct mcnn_loader_result {
  mnistcnn_status status;
  int has_colour; /* decoded, but the dataset was thought to be gray */
  char message[MCNN_ERROR_CAPACITY];
};

/* What a worker keeps from file to file. */
struct mcnn_loader_worker {
  mcnn_image_decoder *decoder;
  char path[MCNN_MAX_PATH_BYTES];
};

static int may_skip(const mcnn_loader *l, mnistcnn_status status) {
  return l->options->skip_broken != 0 && status != MNISTCNN_OUT_OF_MEMORY;
}

/* --- one file --------------------------------------------------------------------------------- */

static mnistcnn_status join_path(const char *root, const char *file,
                                 char path[MCNN_MAX_PATH_BYTES]) {
  const size_t length = strlen(root);
  const char *const separator = length > 0 && root[length - 1] == '/' ? "" : "/";
  const int needed = snprintf(path, MCNN_MAX_PATH_BYTES, "%s%s%s", root, separator, file);

  if (needed < 0 || needed >= MCNN_MAX_PATH_BYTES)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: its path is too long", file);
  return MNISTCNN_OK;
}

static mnistcnn_status decode_file(const mcnn_loader *l, mcnn_loader_worker *worker, size_t file,
                                   uint8_t **pixels, mcnn_shape *shape) {
  const mnistcnn_status status = join_path(l->root, mcnn_strings_at(l->files, file), worker->path);

  if (status != MNISTCNN_OK)
    return status;
  return mcnn_image_decode_path(worker->decoder, worker->path, pixels, shape);
}

static void load_file(void *context, size_t task, size_t worker) {
  const mcnn_loader *const l = context;
  const size_t file = l->first + task;
  mcnn_loader_result *const result = &l->results[task];
  uint8_t *pixels = NULL;
  mcnn_shape shape = {0};

  result->has_colour = 0;
  result->status = decode_file(l, &l->workers[worker], file, &pixels, &shape);
  if (result->status != MNISTCNN_OK) {
    (void)snprintf(result->message, sizeof result->message, "%s", mcnn_last_error());
    return;
  }
  uint8_t *const target = l->pixels + file * l->store->image_bytes;
  if (l->options->prepare == MNISTCNN_PREPARE_DIGIT) {
    result->status = mcnn_digit_fit(pixels, &shape, l->workers[worker].path, &l->store->alloc,
                                    target, &l->store->shape);
    if (result->status != MNISTCNN_OK)
      (void)snprintf(result->message, sizeof result->message, "%s", mcnn_last_error());
    return;
  }
  result->has_colour = shape.channels > l->store->shape.channels && l->options->channels == 0;
  mcnn_image_fit(pixels, &shape, l->options->resize, target, &l->store->shape);
}

/* --- shape of all ----------------------------------------------------------------------------- */

/* The size of the first image that can be read. */
static mnistcnn_status probe_size(mcnn_loader *l) {
  uint8_t *pixels;
  mnistcnn_status status = MNISTCNN_OK;

  for (size_t file = 0; file < l->files->count; file++) {
    mcnn_shape shape = {0};
    status = decode_file(l, &l->workers[0], file, &pixels, &shape);
    if (status == MNISTCNN_OK) {
      l->store->shape.height = shape.height;
      l->store->shape.width = shape.width;
      return MNISTCNN_OK;
    }
    if (!may_skip(l, status))
      return status;
  }
  return status;
}

static mnistcnn_status reserve_pixels(mcnn_loader *l) {
  l->store->image_bytes = mcnn_shape_bytes(&l->store->shape);
  return mcnn_store_reserve_pixels(l->store, &l->pixels);
}

/* Where nothing is said of the channels, all are taken for gray until a colour image turns up: then
 * what has been loaded so far becomes red, green and blue. */
static mnistcnn_status widen_to_colour(mcnn_loader *l) {
  void *const gray_memory = l->store->memory;
  const uint8_t *const gray = l->pixels;
  const size_t gray_bytes = l->store->image_bytes;

  l->store->shape.channels = 3;
  const mnistcnn_status status = reserve_pixels(l);
  if (status == MNISTCNN_OK) {
    memcpy(l->pixels, gray, l->first * gray_bytes);
    mcnn_gray_to_rgb(l->pixels, l->first * gray_bytes);
  }
  mcnn_free(&l->alloc, gray_memory);
  return status;
}

/* --- blocks of files -------------------------------------------------------------------------- */

static int block_has_colour(const mcnn_loader *l) {
  for (size_t i = 0; i < l->count; i++)
    if (l->results[i].has_colour)
      return 1;
  return 0;
}

/* In the files' order; the first failure that may not be skipped ends the load.
 */
static mnistcnn_status check_results(mcnn_loader *l) {
  for (size_t i = 0; i < l->count; i++) {
    const mcnn_loader_result *const result = &l->results[i];
    if (result->status == MNISTCNN_OK) {
      l->valid[l->first + i] = 1;
    } else if (may_skip(l, result->status)) {
      l->store->num_skipped++;
      mcnn_loader_log(l->options, MNISTCNN_LOG_WARNING, result->message);
    } else {
      mcnn_set_last_error(result->message);
      return result->status;
    }
  }
  return MNISTCNN_OK;
}

/* Running out of memory ends the load even where the block is loaded twice and the second time
 * would succeed: the outcome must not depend on which thread came first. */
static mnistcnn_status find_out_of_memory(const mcnn_loader *l) {
  for (size_t i = 0; i < l->count; i++) {
    if (l->results[i].status == MNISTCNN_OUT_OF_MEMORY) {
      mcnn_set_last_error(l->results[i].message);
      return MNISTCNN_OUT_OF_MEMORY;
    }
  }
  return MNISTCNN_OK;
}

static mnistcnn_status load_block(mcnn_loader *l) {
  mcnn_pool_run(l->pool, load_file, l, l->count);
  if (block_has_colour(l)) {
    mnistcnn_status status = find_out_of_memory(l);
    if (status == MNISTCNN_OK)
      status = widen_to_colour(l);
    if (status != MNISTCNN_OK)
      return status;
    mcnn_pool_run(l->pool, load_file, l, l->count);
  }
  return check_results(l);
}

static mnistcnn_status report_progress(mcnn_loader *l, size_t done) {
  const size_t total = l->files->count;
  const double now = mcnn_seconds(), seconds = now - l->started;
  mnistcnn_progress progress = {.struct_size = sizeof progress,
                                .event = MNISTCNN_EVENT_LOADING,
                                .images_done = done,
                                .images_total = total,
                                .seconds = seconds};

  if (!l->options->progress || (done < total && now - l->last_progress < progress_seconds))
    return MNISTCNN_OK;
  l->last_progress = now;
  progress.seconds_left = seconds / (double)done * (double)(total - done);
  progress.loss = progress.accuracy = progress.binary_accuracy = (double)NAN;
  progress.validation_loss = progress.validation_accuracy = (double)NAN;
  progress.validation_binary_accuracy = (double)NAN;
  if (l->options->progress(&progress, l->options->user) != 0)
    return mcnn_fail(MNISTCNN_CANCELLED, "%s: loading was cancelled", l->root);
  return MNISTCNN_OK;
}

static size_t next_block_size(size_t size, double seconds) {
  if (seconds > 2.0 * block_seconds && size > 1)
    return size / 2;
  return seconds < 0.5 * block_seconds && size < MAX_BLOCK ? 2 * size : size;
}

static mnistcnn_status load_files(mcnn_loader *l) {
  const size_t total = l->files->count;
  size_t block = FIRST_BLOCK;
  mnistcnn_status status = MNISTCNN_OK;

  for (l->first = 0; l->first < total && status == MNISTCNN_OK; l->first += l->count) {
    const double begin = mcnn_seconds();
    l->count = total - l->first < block ? total - l->first : block;
    status = load_block(l);
    if (status == MNISTCNN_OK)
      status = report_progress(l, l->first + l->count);
    block = next_block_size(block, mcnn_seconds() - begin);
  }
  return status;
}

/* --- whole ------------------------------------------------------------------------------------ */

static mnistcnn_status create_workers(mcnn_loader *l) {
  const int with_alpha = l->options->prepare == MNISTCNN_PREPARE_DIGIT;
  mnistcnn_status status = MNISTCNN_OK;

  l->workers = mcnn_alloc_zeroed(&l->alloc, l->options->num_threads, sizeof *l->workers);
  if (!l->workers)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < l->options->num_threads && status == MNISTCNN_OK; i++)
    status = mcnn_image_decoder_create(&l->alloc, with_alpha, &l->workers[i].decoder);
  return status;
}

mnistcnn_status mcnn_loader_create(const char *root, const mcnn_strings *files,
                                   const mnistcnn_dataset_options *options, mcnn_store *store,
                                   double started, const mcnn_alloc *alloc, mcnn_loader *loader) {
  assert(files->count > 0 && options->num_threads > 0);
  *loader = (mcnn_loader){.alloc = *alloc,
                          .root = root,
                          .files = files,
                          .options = options,
                          .store = store,
                          .started = started,
                          .last_progress = started};
  const mnistcnn_status status =
      mcnn_pool_create(&loader->alloc, options->num_threads, &loader->pool);
  if (status != MNISTCNN_OK)
    return status;
  loader->results = mcnn_alloc_array(alloc, MAX_BLOCK, sizeof *loader->results);
  loader->valid = mcnn_alloc_zeroed(alloc, files->count, 1);
  return loader->results && loader->valid ? create_workers(loader) : MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_loader_free(mcnn_loader *loader) {
  for (size_t i = 0; loader->workers && i < loader->options->num_threads; i++)
    mcnn_image_decoder_free(loader->workers[i].decoder);
  mcnn_pool_free(loader->pool);
  mcnn_free(&loader->alloc, loader->workers);
  mcnn_free(&loader->alloc, loader->results);
  mcnn_free(&loader->alloc, loader->valid);
}

mnistcnn_status mcnn_loader_run(mcnn_loader *loader) {
  mnistcnn_status status = MNISTCNN_OK;

  if (loader->options->height == 0)
    status = probe_size(loader);
  if (status == MNISTCNN_OK)
    status = reserve_pixels(loader);
  return status == MNISTCNN_OK ? load_files(loader) : status;
}

void mcnn_loader_log(const mnistcnn_dataset_options *options, int32_t level, const char *message) {
  if (options->log)
    options->log(level, message, options->user);
}
