/* MNIST's IDX files, plain or compressed with gzip. */
#ifndef MCNN_DATA_IDX_H
#define MCNN_DATA_IDX_H

#include "base/alloc.h"

/* As mnistcnn_dataset_load_idx(), with checked options. */
mnistcnn_status mcnn_load_idx(const char *images_path, const char *labels_path,
                              const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                              mnistcnn_dataset **dataset);

/* As mnistcnn_dataset_scan_idx(), with checked options. */
mnistcnn_status mcnn_scan_idx(const char *images_path, const char *labels_path,
                              const mnistcnn_dataset_options *options, const mcnn_alloc *alloc,
                              uint32_t *num_classes, uint64_t *num_images);

#endif
