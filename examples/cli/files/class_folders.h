/* A folder with one sub-folder a class, filled with numbered PNG files: what training reads. */
#ifndef CLI_FILES_CLASS_FOLDERS_H
#define CLI_FILES_CLASS_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct class_folders {
  const char *root;
  uint32_t num_classes;
  size_t num_images; /* of all classes: how many digits the file names need */
} class_folders;

/* Creates the folders. Refuses a root that has something in it: old images would be taken for new
 * ones. False, with a message, on failure. */
bool class_folders_create(const class_folders *folders);

/* Writes image `index` as root/class/index.png. Numbers are padded with zeros, so that the sorted
 * order of the names is their own. False, with a message, on failure. */
bool class_folders_write(const class_folders *folders, uint32_t class_index, size_t index,
                         const uint8_t *pixels, uint32_t height, uint32_t width, uint32_t channels);

#endif
