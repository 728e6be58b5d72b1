/* Labelled images of one size, as bytes. The pixels are shared between a dataset and its subsets.
 */
#ifndef MCNN_DATA_DATASET_H
#define MCNN_DATA_DATASET_H

#include "base/alloc.h"
#include "base/limits.h"
#include "base/shape.h"
#include "base/strings.h"
#include "data/preparation.h"

#include <stdatomic.h>

/* What they share; freed when its last dataset is. Only those who make datasets look inside. */
typedef struct mcnn_store {
  mcnn_alloc alloc;
  atomic_size_t references;
  mcnn_shape shape;
  size_t image_bytes;
  size_t count;
  size_t num_skipped;
  uint32_t num_classes;
  mcnn_image_origin origin;
  const uint8_t *pixels;    /* count * image_bytes */
  void *memory;             /* what the pixels lie in; NULL: borrowed */
  uint16_t *labels;         /* count; MCNN_STORED_NO_CLASS: of none */
  mcnn_strings class_texts; /* num_classes of them, or none */
  const char **class_names; /* pointers to these; NULL: none */
  mcnn_strings paths;       /* count of them, or none */
} mcnn_store;

/* MCNN_NO_CLASS among a store's labels. */
#define MCNN_STORED_NO_CLASS UINT16_MAX

struct mnistcnn_dataset {
  mcnn_alloc alloc;
  mcnn_store *store;
  uint32_t *indices; /* into the store, count of them; NULL: all, in order */
  size_t count;
};

/* Making one: a store of zeros but for its allocator and one reference ... */
mcnn_store *mcnn_store_create(const mcnn_alloc *alloc);
/* ... then shape and count are set, and these reserve what they need: */
mnistcnn_status mcnn_store_reserve_pixels(mcnn_store *store, uint8_t **pixels);
mnistcnn_status mcnn_store_reserve_labels(mcnn_store *store);
mnistcnn_status mcnn_store_index_names(mcnn_store *store); /* class_texts to class_names */
/* ... images with a 0 in `valid` are left out, with their labels and paths; classes stay as they
 * are, also those without images (for pixels that were reserved as above) ... */
void mcnn_store_keep(mcnn_store *store, const unsigned char *valid);
void mcnn_store_release(mcnn_store *store); /* NULL is fine */
/* ... until it becomes a dataset, which takes over the caller's reference also on failure. */
mnistcnn_status mcnn_dataset_from_store(mcnn_store *store, mnistcnn_dataset **dataset);

/* As the public functions of these names; arguments are not NULL, but for class_names. */
mnistcnn_status mcnn_dataset_create(const mnistcnn_labelled_images *images, int copy,
                                    const mcnn_alloc *alloc, mnistcnn_dataset **dataset);
mnistcnn_status mcnn_dataset_split(const mnistcnn_dataset *dataset, double fraction, uint64_t seed,
                                   mnistcnn_dataset **first, mnistcnn_dataset **second);
mnistcnn_status mcnn_dataset_subset(const mnistcnn_dataset *dataset, const size_t *indices,
                                    size_t count, mnistcnn_dataset **subset);

size_t mcnn_dataset_count(const mnistcnn_dataset *dataset);
uint32_t mcnn_dataset_num_classes(const mnistcnn_dataset *dataset);
void mcnn_dataset_shape(const mnistcnn_dataset *dataset, uint32_t *height, uint32_t *width,
                        uint32_t *channels);
/* index < count */
const uint8_t *mcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index);
/* MCNN_NO_CLASS of a background image. */
uint32_t mcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index);
/* NULL where it came from no file of its own. */
const char *mcnn_dataset_path(const mnistcnn_dataset *dataset, size_t index);
const mcnn_image_origin *mcnn_dataset_origin(const mnistcnn_dataset *dataset);
/* NULL where the dataset has no names. */
const char *const *mcnn_dataset_class_names(const mnistcnn_dataset *dataset);
/* Over shape, labels and pixels in order; the same for equal content whatever its origin. */
uint64_t mcnn_dataset_checksum(const mnistcnn_dataset *dataset);
void mcnn_dataset_free(mnistcnn_dataset *dataset);

#endif
