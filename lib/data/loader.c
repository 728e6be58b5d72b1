#include "data/loader.h"

#include "base/status.h"
#include "image/decoder.h"
#include "image/pixels.h"

#include <stdio.h>
#include <string.h>

/* What the workers see of an image. */
enum {
  TRAIT_NEEDS_COLOUR = 1, /* decoded, but the dataset was thought to be gray */
  TRAIT_COLOURED = 2,     /* became gray */
  TRAIT_RESIZED = 4,
  TRAIT_TRANSPARENT = 8
};

/* What a worker keeps from file to file. */
struct mcnn_loader_worker {
  mcnn_image_decoder *decoder;
  char path[MCNN_MAX_PATH_BYTES];
};

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

static unsigned traits_of(const mcnn_loader *l, const mcnn_loader_worker *worker,
                          const uint8_t *pixels, const mcnn_shape *shape) {
  const mcnn_shape *const to = &l->store->shape;
  const size_t count = (size_t)shape->height * shape->width;
  const int is_resized = shape->height != to->height || shape->width != to->width;
  unsigned traits = (is_resized ? TRAIT_RESIZED : 0u) |
                    (mcnn_image_was_transparent(worker->decoder) ? TRAIT_TRANSPARENT : 0u);

  if (l->store->origin.how.prepare != MNISTCNN_PREPARE_NONE || shape->channels <= to->channels)
    return traits;
  if (l->options->channels == 0)
    traits |= TRAIT_NEEDS_COLOUR;
  else if (!mcnn_is_gray(pixels, count))
    traits |= TRAIT_COLOURED;
  return traits;
}

static mnistcnn_status load_file(mcnn_loader *l, size_t task, mcnn_loader_worker *worker) {
  const size_t file = l->blocks.first + task;
  uint8_t *const target = l->pixels + file * l->store->image_bytes;
  uint8_t *pixels = NULL;
  mcnn_shape shape = {0};
  const mnistcnn_status status = decode_file(l, worker, file, &pixels, &shape);

  if (status != MNISTCNN_OK)
    return status;
  l->traits[task] = (unsigned char)traits_of(l, worker, pixels, &shape);
  return mcnn_prepare_labelled(&l->store->origin.how, pixels, &shape, worker->path,
                               &l->store->alloc, target, &l->store->shape);
}

static void load_task(void *context, size_t task, size_t worker) {
  mcnn_loader *const l = context;

  l->traits[task] = 0;
  mcnn_block_result_set(&l->blocks.results[task], load_file(l, task, &l->workers[worker]));
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
    if (!mcnn_blocks_may_skip(&l->blocks, status))
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
    memcpy(l->pixels, gray, l->blocks.first * gray_bytes);
    mcnn_gray_to_rgb(l->pixels, l->blocks.first * gray_bytes);
  }
  mcnn_free(&l->alloc, gray_memory);
  return status;
}

/* --- blocks of files -------------------------------------------------------------------------- */

static int block_has_colour(const mcnn_loader *l) {
  for (size_t i = 0; i < l->blocks.count; i++)
    if (l->traits[i] & TRAIT_NEEDS_COLOUR)
      return 1;
  return 0;
}

static void note_traits(mcnn_loader *l) {
  mcnn_image_origin *const origin = &l->store->origin;

  for (size_t i = 0; i < l->blocks.count; i++) {
    if (l->blocks.results[i].status != MNISTCNN_OK)
      continue;
    l->num_coloured += (l->traits[i] & TRAIT_COLOURED) != 0;
    origin->resized |= (l->traits[i] & TRAIT_RESIZED) != 0;
    origin->transparent |= (l->traits[i] & TRAIT_TRANSPARENT) != 0;
  }
}

/* Running out of memory ends the load even where the block is loaded twice and the second time
 * would succeed: the outcome must not depend on which thread came first. */
static mnistcnn_status find_out_of_memory(const mcnn_loader *l) {
  for (size_t i = 0; i < l->blocks.count; i++) {
    if (l->blocks.results[i].status == MNISTCNN_OUT_OF_MEMORY) {
      mcnn_set_last_error(l->blocks.results[i].message);
      return MNISTCNN_OUT_OF_MEMORY;
    }
  }
  return MNISTCNN_OK;
}

static mnistcnn_status load_block(void *context) {
  mcnn_loader *const l = context;

  mcnn_pool_run(l->blocks.pool, load_task, l, l->blocks.count);
  if (block_has_colour(l)) {
    mnistcnn_status status = find_out_of_memory(l);
    if (status == MNISTCNN_OK)
      status = widen_to_colour(l);
    if (status != MNISTCNN_OK)
      return status;
    mcnn_pool_run(l->blocks.pool, load_task, l, l->blocks.count);
  }
  note_traits(l);
  return MNISTCNN_OK;
}

/* --- whole ------------------------------------------------------------------------------------ */

static mnistcnn_status create_workers(mcnn_loader *l) {
  const mcnn_alpha alpha = mcnn_preparation_alpha(&l->store->origin.how);
  mnistcnn_status status = MNISTCNN_OK;

  l->workers = mcnn_alloc_zeroed(&l->alloc, l->options->num_threads, sizeof *l->workers);
  if (!l->workers)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < l->options->num_threads && status == MNISTCNN_OK; i++)
    status = mcnn_image_decoder_create(&l->alloc, alpha, &l->workers[i].decoder);
  return status;
}

mnistcnn_status mcnn_loader_create(const mcnn_strings *files, mcnn_store *store,
                                   mcnn_callbacks *callbacks, mcnn_loader *loader) {
  *loader = (mcnn_loader){.alloc = store->alloc,
                          .root = callbacks->path,
                          .files = files,
                          .options = callbacks->options,
                          .store = store};
  const mnistcnn_status status = mcnn_blocks_create(store, callbacks, &loader->blocks);
  return status == MNISTCNN_OK ? create_workers(loader) : status;
}

void mcnn_loader_free(mcnn_loader *loader) {
  for (size_t i = 0; loader->workers && i < loader->options->num_threads; i++)
    mcnn_image_decoder_free(loader->workers[i].decoder);
  mcnn_blocks_free(&loader->blocks);
  mcnn_free(&loader->alloc, loader->workers);
}

mnistcnn_status mcnn_loader_run(mcnn_loader *loader) {
  mnistcnn_status status = MNISTCNN_OK;

  if (loader->options->height == 0)
    status = probe_size(loader);
  if (status == MNISTCNN_OK)
    status = reserve_pixels(loader);
  return status == MNISTCNN_OK ? mcnn_blocks_run(&loader->blocks, load_block, loader) : status;
}
