#include "data/blocks.h"

#include "base/platform.h"

#include <assert.h>
#include <stdio.h>

enum { FIRST_BLOCK = 64 };

/* A block should take about this long, so that progress and cancelling keep up. */
static const double block_seconds = 0.02;

/* --- results ---------------------------------------------------------------------------------- */

int mcnn_blocks_may_skip(const mcnn_blocks *blocks, mnistcnn_status status) {
  return blocks->callbacks->options->skip_broken != 0 && status != MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_block_result_set(mcnn_block_result *result, mnistcnn_status status) {
  result->status = status;
  result->message[0] = '\0';
  if (status != MNISTCNN_OK)
    (void)snprintf(result->message, sizeof result->message, "%s", mcnn_last_error());
}

void mcnn_block_result_warn(mcnn_block_result *result, const char *warning) {
  (void)snprintf(result->message, sizeof result->message, "%s", warning);
}

/* In the images' order; the first failure that may not be skipped ends the load. */
static mnistcnn_status check_results(mcnn_blocks *b) {
  for (size_t i = 0; i < b->count; i++) {
    const mcnn_block_result *const result = &b->results[i];
    if (result->status == MNISTCNN_OK) {
      b->valid[b->first + i] = 1;
      if (result->message[0] != '\0')
        mcnn_callbacks_log(b->callbacks, MNISTCNN_LOG_WARNING, result->message);
    } else if (mcnn_blocks_may_skip(b, result->status)) {
      b->store->num_skipped++;
      mcnn_callbacks_log(b->callbacks, MNISTCNN_LOG_WARNING, result->message);
    } else {
      mcnn_set_last_error(result->message);
      return result->status;
    }
  }
  return MNISTCNN_OK;
}

/* --- one after the other ---------------------------------------------------------------------- */

static size_t next_block_size(size_t size, double seconds) {
  if (seconds > 2.0 * block_seconds && size > 1)
    return size / 2;
  return seconds < 0.5 * block_seconds && size < MCNN_MAX_BLOCK ? 2 * size : size;
}

mnistcnn_status mcnn_blocks_run(mcnn_blocks *blocks, mcnn_block_fn load, void *context) {
  const size_t total = blocks->store->count;
  size_t block = FIRST_BLOCK;
  mnistcnn_status status = MNISTCNN_OK;

  for (blocks->first = 0; blocks->first < total && status == MNISTCNN_OK;
       blocks->first += blocks->count) {
    const double begin = mcnn_seconds();
    blocks->count = total - blocks->first < block ? total - blocks->first : block;
    status = load(context);
    if (status == MNISTCNN_OK)
      status = check_results(blocks);
    if (status == MNISTCNN_OK)
      status = mcnn_callbacks_progress(blocks->callbacks, blocks->first + blocks->count, total);
    block = next_block_size(block, mcnn_seconds() - begin);
  }
  return status;
}

/* --- whole ------------------------------------------------------------------------------------ */

mnistcnn_status mcnn_blocks_create(mcnn_store *store, mcnn_callbacks *callbacks,
                                   mcnn_blocks *blocks) {
  const mcnn_alloc *const alloc = &store->alloc;

  assert(store->count > 0 && callbacks->options->num_threads > 0);
  *blocks = (mcnn_blocks){.alloc = *alloc, .callbacks = callbacks, .store = store};
  const mnistcnn_status status =
      mcnn_pool_create(alloc, callbacks->options->num_threads, &blocks->pool);
  if (status != MNISTCNN_OK)
    return status;
  blocks->results = mcnn_alloc_array(alloc, MCNN_MAX_BLOCK, sizeof *blocks->results);
  blocks->valid = mcnn_alloc_zeroed(alloc, store->count, 1);
  return blocks->results && blocks->valid ? MNISTCNN_OK : MNISTCNN_OUT_OF_MEMORY;
}

void mcnn_blocks_free(mcnn_blocks *blocks) {
  mcnn_pool_free(blocks->pool);
  mcnn_free(&blocks->alloc, blocks->results);
  mcnn_free(&blocks->alloc, blocks->valid);
}
