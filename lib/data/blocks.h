/* Loads many images in parallel, a block of them at a time. Between blocks the calling thread looks
 * at what happened, in the images' order, and calls back; so outcome and messages do not depend on
 * the number of threads. */
#ifndef MCNN_DATA_BLOCKS_H
#define MCNN_DATA_BLOCKS_H

#include "base/status.h"
#include "base/threads.h"
#include "data/callbacks.h"
#include "data/dataset.h"

enum { MCNN_MAX_BLOCK = 256 };

/* What became of one image. */
typedef struct mcnn_block_result {
  mnistcnn_status status;
  char message[MCNN_ERROR_CAPACITY]; /* if it failed; else a warning, or "" */
} mcnn_block_result;

typedef struct mcnn_blocks {
  mcnn_alloc alloc;
  mcnn_callbacks *callbacks;
  mcnn_store *store;
  mcnn_pool *pool;            /* of options->num_threads */
  size_t first, count;        /* the block */
  mcnn_block_result *results; /* [count] of the block */
  unsigned char *valid;       /* [store->count] 1: loaded */
} mcnn_blocks;

/* Loads the block, with a result for each of its images. A failure ends the load. */
typedef mnistcnn_status (*mcnn_block_fn)(void *context);

/* Ready to load store->count images, at least one. *blocks starts as zeros, and is freed by the
 * caller also on failure; it does not own callbacks and store. */
mnistcnn_status mcnn_blocks_create(mcnn_store *store, mcnn_callbacks *callbacks,
                                   mcnn_blocks *blocks);
void mcnn_blocks_free(mcnn_blocks *blocks);

/* Loads block after block. An image that fails is logged and counted in store->num_skipped where
 * the options want that; else the first of them ends the load. */
mnistcnn_status mcnn_blocks_run(mcnn_blocks *blocks, mcnn_block_fn load, void *context);

/* Whether the load goes on after this failure of one image: a lack of memory says nothing of it. */
int mcnn_blocks_may_skip(const mcnn_blocks *blocks, mnistcnn_status status);

/* For workers: takes this thread's message along if the image failed. */
void mcnn_block_result_set(mcnn_block_result *result, mnistcnn_status status);

/* For workers, after that: what is to be logged of an image that was loaded. */
void mcnn_block_result_warn(mcnn_block_result *result, const char *warning);

#endif
