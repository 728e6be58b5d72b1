/* Writes a folder with one sub-folder per class and numbered PNG files, as training reads it. */
#ifndef CLI_FILES_CLASS_FOLDERS_H
#define CLI_FILES_CLASS_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mnistcnn.h>

typedef struct class_folders {
  const char *root;
  uint32_t num_classes;
  size_t num_images; /* of all classes; determines the number of digits in file names */
} class_folders;

/* Whether there is no such folder, or an empty one. False, with a message, if not. */
bool class_folders_are_free(const char *root);

/* Creates the folders. Fails if the root is not empty, so that old images are not mixed with new
 * ones. False, with a message, on failure. */
bool class_folders_create(const class_folders *folders);

/* Writes image `index` as root/class/index.png. Numbers are padded with zeros, so that names sort
 * in numerical order. False, with a message, on failure. */
bool class_folders_write(const class_folders *folders, uint32_t class_index, size_t index,
                         const mnistcnn_image *image);

#endif
