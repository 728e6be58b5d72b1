/* Loads labelled images given on the command line: a folder with one sub-folder per class, or
 * MNIST's two IDX files as "IMAGES,LABELS". */
#ifndef CLI_FILES_IMAGES_H
#define CLI_FILES_IMAGES_H

#include <stdint.h>

#include <mnistcnn.h>

#include "terminal/progress_bar.h"

/* How IDX files are laid out: those of EMNIST are transposed, its letters are labelled from 1. */
typedef struct idx_layout {
  uint32_t transpose;
  uint32_t first_label;
} idx_layout;

typedef struct image_options {
  mnistcnn_shape shape;             /* of the model */
  mnistcnn_preparation preparation; /* as it takes its images */
  uint32_t skip_broken;
  uint32_t num_threads;
  idx_layout idx;
  const char *background; /* the sub-folder of background images; NULL: none */
  progress_bar *bar;
  mnistcnn_monitor *monitor; /* NULL: cannot be cancelled */
} image_options;

/* Whether `source` may name images: a single file does not. Returns an exit status. */
int images_check_source(const char *source);

/* Loads `source`; the caller frees *dataset. Returns an exit status; failures are reported. */
int images_load(const char *source, const image_options *options, mnistcnn_dataset **dataset);

/* Keras' "Found 60000 images belonging to 10 classes." */
void images_print_found(const mnistcnn_dataset *dataset);
#endif
