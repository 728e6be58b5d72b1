/* Decodes many image files in parallel. */
#ifndef MCNN_DATA_LOADER_H
#define MCNN_DATA_LOADER_H

#include "base/strings.h"
#include "data/blocks.h"

typedef struct mcnn_loader_worker mcnn_loader_worker;

typedef struct mcnn_loader {
  mcnn_alloc alloc;
  const char *root;
  const mcnn_strings *files; /* paths below the root */
  const mnistcnn_dataset_options *options;
  mcnn_store *store; /* shape and pixels are set here, the rest by the caller */
  mcnn_blocks blocks;
  mcnn_loader_worker *workers;          /* [options->num_threads] */
  uint8_t *pixels;                      /* the store's */
  unsigned char traits[MCNN_MAX_BLOCK]; /* of the images of the block, see loader.c */
  size_t num_coloured;                  /* images whose colour is not kept, as the options want */
} mcnn_loader;

/* Ready to load `files`, which are below callbacks->path, into the store. *loader starts as zeros,
 * and is freed by the caller also on failure; it does not own files, store and callbacks. */
mnistcnn_status mcnn_loader_create(const mcnn_strings *files, mcnn_store *store,
                                   mcnn_callbacks *callbacks, mcnn_loader *loader);
void mcnn_loader_free(mcnn_loader *loader);

/* Where the options give no size, the store's is that of the first image that can be read. Then all
 * files are decoded: loader->blocks.valid and store->num_skipped say which could be. */
mnistcnn_status mcnn_loader_run(mcnn_loader *loader);

#endif
