/* Labelled images of one size, as bytes. The pixels are shared between a dataset and its parts. */
#ifndef MCNN_DATA_DATASET_H
#define MCNN_DATA_DATASET_H

#include "base/alloc.h"

/* The shared part; freed when its last dataset is. */
typedef struct mcnn_store mcnn_store;

struct mnistcnn_dataset {
  mcnn_alloc alloc;
  mcnn_store *store;
  const uint32_t *indices; /* into the store, count of them; NULL: all, in order */
  size_t count;
};

size_t mcnn_dataset_count(const mnistcnn_dataset *dataset);
uint32_t mcnn_dataset_num_classes(const mnistcnn_dataset *dataset);
void mcnn_dataset_shape(const mnistcnn_dataset *dataset, uint32_t *height, uint32_t *width,
                        uint32_t *channels);
/* index < count */
const uint8_t *mcnn_dataset_image(const mnistcnn_dataset *dataset, size_t index);
uint32_t mcnn_dataset_label(const mnistcnn_dataset *dataset, size_t index);
/* NULL where the dataset has no names. */
const char *const *mcnn_dataset_class_names(const mnistcnn_dataset *dataset);
/* Over shape, labels and pixels in order; the same for equal content whatever its origin. */
uint64_t mcnn_dataset_checksum(const mnistcnn_dataset *dataset);
void mcnn_dataset_free(mnistcnn_dataset *dataset);

#endif
