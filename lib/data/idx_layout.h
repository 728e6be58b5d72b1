/* IDX files that are laid out otherwise than MNIST's, as those of EMNIST are. */
#ifndef MCNN_DATA_IDX_LAYOUT_H
#define MCNN_DATA_IDX_LAYOUT_H

#include "data/idx_file.h"

/* Swaps rows and columns of every image, in place; `images` has 3 or 4 dimensions. */
mnistcnn_status mcnn_idx_transpose(mcnn_idx_file *images, const mcnn_alloc *alloc);

/* Makes the labels start from 0. MNISTCNN_FORMAT where one is below `first`. */
mnistcnn_status mcnn_idx_shift_labels(mcnn_idx_file *labels, uint32_t first, const char *path);

#endif
