/* Finds the image files below a folder with one sub-folder per class. */
#ifndef MCNN_DATA_SCAN_H
#define MCNN_DATA_SCAN_H

#include "base/limits.h"
#include "base/strings.h"
#include "data/left_out.h"

typedef struct mcnn_scan {
  mcnn_strings classes;        /* names of the sub-folders, sorted */
  mcnn_strings files;          /* paths below the root, by class, then sorted */
  size_t *first_files;         /* [classes + 1] where each class starts in files */
  mcnn_left_out left_out;      /* files that are no images */
  size_t num_in_root;          /* images that are in no class, directly in the folder */
  mcnn_strings system_folders; /* that were not entered */
} mcnn_scan;

/* *scan starts as zeros, and is freed by the caller also on failure. */
mnistcnn_status mcnn_scan_folder(const char *root, const mcnn_alloc *alloc, mcnn_scan *scan);
void mcnn_scan_free(mcnn_scan *scan, const mcnn_alloc *alloc);

#endif
