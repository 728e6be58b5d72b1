/* Decodes many image files in parallel, a block of them at a time. Between blocks the calling
 * thread looks at what happened, in the files' order, and calls back; so outcome and messages do
 * not depend on the number of threads. */
#ifndef MCNN_DATA_LOADER_H
#define MCNN_DATA_LOADER_H

#include "base/strings.h"
#include "base/threads.h"
#include "data/dataset.h"

typedef struct mcnn_loader_worker mcnn_loader_worker;
typedef struct mcnn_loader_result mcnn_loader_result;

typedef struct mcnn_loader {
  mcnn_alloc alloc;
  const char *root;
  const mcnn_strings *files; /* paths below the root */
  const mnistcnn_dataset_options *options;
  mcnn_store *store; /* shape and pixels are set here, the rest by the caller */
  mcnn_pool *pool;
  mcnn_loader_worker *workers; /* [options->num_threads] */
  mcnn_loader_result *results; /* of a block of files */
  uint8_t *pixels;             /* the store's */
  unsigned char *valid;        /* [files] 1: decoded */
  size_t first, count;         /* the block */
  double started, last_progress;
} mcnn_loader;

/* Ready to load `files` into the store. started: of mcnn_seconds(), for the progress. *loader
 * starts as zeros, and is freed by the caller also on failure; it does not own files and store. */
mnistcnn_status mcnn_loader_create(const char *root, const mcnn_strings *files,
                                   const mnistcnn_dataset_options *options, mcnn_store *store,
                                   double started, const mcnn_alloc *alloc, mcnn_loader *loader);
void mcnn_loader_free(mcnn_loader *loader);

/* Where the options give no size, the store's is that of the first image that can be read. Then all
 * files are decoded: loader->valid and store->num_skipped say which could be. */
mnistcnn_status mcnn_loader_run(mcnn_loader *loader);

void mcnn_loader_log(const mnistcnn_dataset_options *options, int32_t level, const char *message);

#endif
