#include "data/idx_fit.h"

#include "data/blocks.h"
#include "image/pixels.h"

#include <stdio.h>
#include <string.h>

/* One call of mcnn_idx_fit(). */
typedef struct fitting {
  mcnn_blocks blocks;
  const uint8_t *values;
  const mcnn_shape *from, *to;
  size_t from_bytes, to_bytes;
  uint8_t *scratch; /* [threads][from_bytes] */
  uint8_t *pixels;  /* the store's */
} fitting;

/* --- one image -------------------------------------------------------------------------------- */

/* Preparing may change what it is given, which is the file's. */
static void fit_image(void *context, size_t task, size_t worker) {
  const fitting *const f = context;
  const size_t image = f->blocks.first + task;
  uint8_t *const scratch = f->scratch + worker * f->from_bytes;
  char label[MCNN_ERROR_CAPACITY];

  (void)snprintf(label, sizeof label, "%s: image %zu", f->blocks.callbacks->path, image);
  memcpy(scratch, f->values + image * f->from_bytes, f->from_bytes);
  mcnn_block_result_set(&f->blocks.results[task],
                        mcnn_prepare_labelled(&f->blocks.store->origin.how, scratch, f->from, label,
                                              &f->blocks.alloc, f->pixels + image * f->to_bytes,
                                              f->to));
}

/* --- all -------------------------------------------------------------------------------------- */

static mnistcnn_status fit_block(void *context) {
  fitting *const f = context;

  mcnn_pool_run(f->blocks.pool, fit_image, f, f->blocks.count);
  return MNISTCNN_OK;
}

static mnistcnn_status reserve(fitting *f, mcnn_store *store, mcnn_callbacks *callbacks) {
  const mnistcnn_dataset_options *const options = callbacks->options;
  mnistcnn_status status = mcnn_store_reserve_pixels(store, &f->pixels);

  if (status == MNISTCNN_OK)
    status = mcnn_blocks_create(store, callbacks, &f->blocks);
  if (status == MNISTCNN_OK) {
    f->scratch = mcnn_alloc_array(&store->alloc, options->num_threads, f->from_bytes);
    status = f->scratch ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
  }
  return status;
}

static mnistcnn_status leave_out_broken(mcnn_store *store, const fitting *f) {
  mcnn_store_keep(store, f->blocks.valid);
  if (store->count == 0) {
    return mcnn_fail(MNISTCNN_FORMAT, "%s: none of the images can be prepared",
                     f->blocks.callbacks->path);
  }
  return MNISTCNN_OK;
}

mnistcnn_status mcnn_idx_fit(mcnn_store *store, const uint8_t *values, const mcnn_shape *from,
                             mcnn_callbacks *callbacks) {
  fitting f = {.values = values,
               .from = from,
               .to = &store->shape,
               .from_bytes = mcnn_shape_bytes(from),
               .to_bytes = store->image_bytes};
  mnistcnn_status status = reserve(&f, store, callbacks);

  if (status == MNISTCNN_OK)
    status = mcnn_blocks_run(&f.blocks, fit_block, &f);
  if (status == MNISTCNN_OK)
    status = leave_out_broken(store, &f);
  mcnn_free(&store->alloc, f.scratch);
  mcnn_blocks_free(&f.blocks);
  return status;
}
