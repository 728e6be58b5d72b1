/* A dataset from a folder with one sub-folder of image files per class. */
#ifndef MCNN_DATA_FOLDER_H
#define MCNN_DATA_FOLDER_H

#include "base/alloc.h"

/* The outcomes are listed at mnistcnn_dataset_load_folder(). Of the options, which are checked by
 * the caller, all but struct_size and allocator are used. */
mnistcnn_status mcnn_load_folder(const char *path, const mnistcnn_dataset_options *options,
                                 const mcnn_alloc *alloc, mnistcnn_dataset **dataset);

#endif
