/* Loading: the files are decoded in parallel, a chunk at a time. Between chunks the calling thread
 * looks at what happened, in the files' order, and calls back; so outcome and messages do not
 * depend on the number of threads. */
#include "data/folder.h"

#include "base/status.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/scan.h"
#include "digit/digit.h"
#include "image/decoder.h"
#include "image/fit.h"
#include "image/pixels.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_CHUNK = 64, MAX_CHUNK = 256 };

/* A chunk should take about this long, so that progress and cancelling keep up. */
static const double chunk_seconds = 0.02;
/* Between two calls of the progress callback: 20 a second. */
static const double progress_seconds = 0.05;

typedef struct file_result {
  mnistcnn_status status;
  int has_colour; /* decoded, but the dataset was thought to be gray */
  char message[MCNN_ERROR_CAPACITY];
} file_result;

/* What a worker keeps from file to file. */
typedef struct worker_state {
  mcnn_image_decoder *decoder;
  char path[PATH_MAX];
} worker_state;

typedef struct loader {
  const char *root;
  const mnistcnn_dataset_options *options;
  mcnn_alloc alloc;
  mcnn_pool *pool;
  worker_state *workers;
  file_result *results; /* [MAX_CHUNK] */
  mcnn_scan scan;
  mcnn_store *store;
  uint8_t *pixels;      /* the store's */
  unsigned char *valid; /* [files] 1: decoded */
  size_t first, count;  /* the chunk */
  double started, last_progress;
} loader;

static int may_skip(const loader *l, mnistcnn_status status) {
  return l->options->skip_broken != 0 && status != MNISTCNN_OUT_OF_MEMORY;
}

static void log_line(const loader *l, int32_t level, const char *message) {
  if (l->options->log)
    l->options->log(level, message, l->options->user);
}

/* --------------------------------------------------------------------------------- one file -- */

static mnistcnn_status join_path(const char *root, const char *file, char path[PATH_MAX]) {
  const size_t length = strlen(root);
  const char *const separator = length > 0 && root[length - 1] == '/' ? "" : "/";
  const int needed = snprintf(path, PATH_MAX, "%s%s%s", root, separator, file);

  if (needed < 0 || needed >= PATH_MAX)
    return mcnn_fail(MNISTCNN_LIMIT, "%s: its path is too long", file);
  return MNISTCNN_OK;
}

static mnistcnn_status decode_file(const loader *l, worker_state *worker, size_t file,
                                   uint8_t **pixels, mcnn_shape *shape) {
  const mnistcnn_status status =
      join_path(l->root, mcnn_strings_at(&l->scan.files, file), worker->path);

  if (status != MNISTCNN_OK)
    return status;
  return mcnn_image_decode_path(worker->decoder, worker->path, pixels, shape);
}

static void load_file(void *context, size_t piece, size_t worker) {
  const loader *const l = context;
  const size_t file = l->first + piece;
  file_result *const result = &l->results[piece];
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

/* ---------------------------------------------------------------------------- shape of all -- */

/* The size of the first image that can be read. */
static mnistcnn_status probe_size(loader *l) {
  uint8_t *pixels;
  mnistcnn_status status = MNISTCNN_OK;

  for (size_t file = 0; file < l->scan.files.count; file++) {
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

static mnistcnn_status reserve_pixels(loader *l) {
  l->store->image_bytes = mcnn_shape_bytes(&l->store->shape);
  return mcnn_store_reserve_pixels(l->store, &l->pixels);
}

/* Where nothing is said of the channels, all are taken for gray until a colour image turns up: then
 * what has been loaded so far becomes red, green and blue. */
static mnistcnn_status widen_to_colour(loader *l) {
  void *const gray_block = l->store->block;
  const uint8_t *const gray = l->pixels;
  const size_t gray_bytes = l->store->image_bytes;

  l->store->shape.channels = 3;
  const mnistcnn_status status = reserve_pixels(l);
  if (status == MNISTCNN_OK) {
    memcpy(l->pixels, gray, l->first * gray_bytes);
    mcnn_gray_to_rgb(l->pixels, l->first * gray_bytes);
  }
  mcnn_free(&l->alloc, gray_block);
  return status;
}

/* ----------------------------------------------------------------------------------- chunks -- */

static int chunk_has_colour(const loader *l) {
  for (size_t i = 0; i < l->count; i++)
    if (l->results[i].has_colour)
      return 1;
  return 0;
}

/* Looks at the chunk's results in order; the first failure that may not be skipped ends the load.
 */
static mnistcnn_status settle_chunk(loader *l) {
  for (size_t i = 0; i < l->count; i++) {
    const file_result *const result = &l->results[i];
    if (result->status == MNISTCNN_OK) {
      l->valid[l->first + i] = 1;
    } else if (may_skip(l, result->status)) {
      l->store->num_skipped++;
      log_line(l, MNISTCNN_LOG_WARNING, result->message);
    } else {
      mcnn_set_last_error(result->message);
      return result->status;
    }
  }
  return MNISTCNN_OK;
}

/* A lack of memory ends the load even where the chunk is looked at twice and the second look would
 * succeed: the outcome must not depend on which thread came first. */
static mnistcnn_status lack_of_memory(const loader *l) {
  for (size_t i = 0; i < l->count; i++) {
    if (l->results[i].status == MNISTCNN_OUT_OF_MEMORY) {
      mcnn_set_last_error(l->results[i].message);
      return MNISTCNN_OUT_OF_MEMORY;
    }
  }
  return MNISTCNN_OK;
}

static mnistcnn_status load_chunk(loader *l) {
  mcnn_pool_run(l->pool, load_file, l, l->count);
  if (chunk_has_colour(l)) {
    mnistcnn_status status = lack_of_memory(l);
    if (status == MNISTCNN_OK)
      status = widen_to_colour(l);
    if (status != MNISTCNN_OK)
      return status;
    mcnn_pool_run(l->pool, load_file, l, l->count);
  }
  return settle_chunk(l);
}

static mnistcnn_status report_progress(loader *l, size_t done) {
  const size_t total = l->scan.files.count;
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

static size_t next_chunk_size(size_t size, double seconds) {
  if (seconds > 2.0 * chunk_seconds && size > 1)
    return size / 2;
  return seconds < 0.5 * chunk_seconds && size < MAX_CHUNK ? 2 * size : size;
}

static mnistcnn_status load_files(loader *l) {
  const size_t total = l->scan.files.count;
  size_t chunk = FIRST_CHUNK;
  mnistcnn_status status = MNISTCNN_OK;

  for (l->first = 0; l->first < total && status == MNISTCNN_OK; l->first += l->count) {
    const double begin = mcnn_seconds();
    l->count = total - l->first < chunk ? total - l->first : chunk;
    status = load_chunk(l);
    if (status == MNISTCNN_OK)
      status = report_progress(l, l->first + l->count);
    chunk = next_chunk_size(chunk, mcnn_seconds() - begin);
  }
  return status;
}

/* --------------------------------------------------------------------------- what goes before --
 */

static void log_findings(const loader *l) {
  char line[MCNN_ERROR_CAPACITY];

  if (l->scan.num_ignored > 0) {
    (void)snprintf(line, sizeof line,
                   "%zu files that are not " MCNN_IMAGE_PATTERNS " files of a class were left out",
                   l->scan.num_ignored);
    log_line(l, MNISTCNN_LOG_INFO, line);
  }
  for (size_t i = 0; i < l->scan.classes.count; i++) {
    if (l->scan.first_files[i] == l->scan.first_files[i + 1]) {
      (void)snprintf(line, sizeof line, "class \"%s\" has no images",
                     mcnn_strings_at(&l->scan.classes, i));
      log_line(l, MNISTCNN_LOG_WARNING, line);
    }
  }
}

static mnistcnn_status create_workers(loader *l) {
  const size_t threads = l->options->num_threads;
  const int with_alpha = l->options->prepare == MNISTCNN_PREPARE_DIGIT;
  mnistcnn_status status = mcnn_pool_create(&l->alloc, l->options->num_threads, &l->pool);

  if (status != MNISTCNN_OK)
    return status;
  l->workers = mcnn_alloc_zeroed(&l->alloc, threads, sizeof *l->workers);
  l->results = mcnn_alloc_array(&l->alloc, MAX_CHUNK, sizeof *l->results);
  l->valid = mcnn_alloc_zeroed(&l->alloc, l->scan.files.count, 1);
  if (!l->workers || !l->results || !l->valid)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < threads && status == MNISTCNN_OK; i++)
    status = mcnn_image_decoder_create(&l->alloc, with_alpha, &l->workers[i].decoder);
  return status;
}

static mnistcnn_status create_store(loader *l) {
  const mnistcnn_dataset_options *const options = l->options;
  mnistcnn_status status = MNISTCNN_OK;

  l->store = mcnn_store_create(&l->alloc);
  if (!l->store)
    return MNISTCNN_OUT_OF_MEMORY;
  l->store->count = l->scan.files.count;
  l->store->num_classes = (uint32_t)l->scan.classes.count;
  l->store->shape.channels = options->channels == 0 ? 1 : options->channels;
  l->store->shape.height = options->height;
  l->store->shape.width = options->width;
  if (options->height == 0)
    status = probe_size(l);
  return status == MNISTCNN_OK ? reserve_pixels(l) : status;
}

/* ---------------------------------------------------------------------------- what goes after --
 */

/* Labels the images that could be read and closes the gaps the others left. */
static void label_and_compact(loader *l) {
  mcnn_store *const store = l->store;
  size_t kept = 0;

  for (uint32_t label = 0; label < store->num_classes; label++) {
    for (size_t i = l->scan.first_files[label]; i < l->scan.first_files[label + 1]; i++) {
      if (!l->valid[i])
        continue;
      if (kept < i) {
        memcpy(l->pixels + kept * store->image_bytes, l->pixels + i * store->image_bytes,
               store->image_bytes);
        l->scan.files.offsets[kept] = l->scan.files.offsets[i];
      }
      store->labels[kept++] = (uint16_t)label;
    }
  }
  store->count = kept;
  l->scan.files.count = kept;
}

static mnistcnn_status finish_store(loader *l) {
  mcnn_store *const store = l->store;
  mnistcnn_status status = mcnn_store_reserve_labels(store);

  if (status != MNISTCNN_OK)
    return status;
  label_and_compact(l);
  if (store->count == 0)
    return mcnn_fail(MNISTCNN_FORMAT, "%s: none of the " MCNN_IMAGE_PATTERNS " files can be read",
                     l->root);
  store->paths = l->scan.files;
  store->class_texts = l->scan.classes;
  l->scan.files = (mcnn_strings){0};
  l->scan.classes = (mcnn_strings){0};
  return mcnn_store_index_names(store);
}

static void free_loader(loader *l) {
  for (size_t i = 0; l->workers && i < l->options->num_threads; i++)
    mcnn_image_decoder_free(l->workers[i].decoder);
  mcnn_pool_free(l->pool);
  mcnn_free(&l->alloc, l->workers);
  mcnn_free(&l->alloc, l->results);
  mcnn_free(&l->alloc, l->valid);
  mcnn_scan_free(&l->scan, &l->alloc);
  mcnn_store_release(l->store);
}

static mnistcnn_status load(loader *l) {
  mnistcnn_status status = mcnn_scan_folder(l->root, &l->alloc, &l->scan);

  if (status == MNISTCNN_OK && l->scan.files.count > UINT32_MAX)
    status = mcnn_fail(MNISTCNN_LIMIT, "%s: has more than 2^32 - 1 images", l->root);
  if (status == MNISTCNN_OK) {
    log_findings(l);
    status = create_workers(l);
  }
  if (status == MNISTCNN_OK)
    status = create_store(l);
  if (status == MNISTCNN_OK)
    status = load_files(l);
  return status == MNISTCNN_OK ? finish_store(l) : status;
}

mnistcnn_status mcnn_load_folder(const char *path, const mnistcnn_dataset_options *options,
                                 const mcnn_alloc *alloc, mnistcnn_dataset **dataset) {
  const double now = mcnn_seconds();
  loader l = {
      .root = path, .options = options, .alloc = *alloc, .started = now, .last_progress = now};
  mnistcnn_status status = load(&l);

  if (status == MNISTCNN_OK) {
    status = mcnn_dataset_from_store(l.store, dataset);
    l.store = NULL;
  }
  free_loader(&l);
  return status;
}
