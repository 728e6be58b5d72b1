/* The names of the classes of a set of images, also before it is loaded. */
#ifndef CLI_FILES_CLASS_NAMES_H
#define CLI_FILES_CLASS_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "files/images.h"

enum { MOST_CLASSES = 1000 };

typedef struct class_names {
  uint32_t count;
  const char *names[MOST_CLASSES];
  uint64_t num_images;
  char *text; /* what the names are part of */
} class_names;

/* Those of a folder's sub-folders, and the number of images, none of which is read. False, with a
 * message, on failure. */
bool class_names_of_folder(const char *path, class_names *classes);

/* The same for a folder or for "IMAGES,LABELS", MNIST's IDX files, whose classes are "0", "1", ...
 */
bool class_names_of_source(const char *source, const idx_layout *idx, class_names *classes);

/* Removes the name of the sub-folder of background images. False: there is none of this name. */
bool class_names_remove(class_names *classes, const char *name);

/* count: there is none of this name. */
uint32_t class_names_find(const class_names *classes, const char *name);

/* Zeros are fine. */
void class_names_release(class_names *classes);

#endif
