/* The image files below a folder. */
#ifndef CLI_FILES_WALK_H
#define CLI_FILES_WALK_H

#include <stdbool.h>

#include "files/input_list.h"

/* Adds the image files of the folder, at any depth, sorted by the bytes of their paths, which begin
 * with `folder`. What is hidden, and what other programs leave behind (__MACOSX, @eaDir,
 * lost+found), is passed over. Folders that cannot be read, and one without any image, are added as
 * errors. False, with a message, if memory is lacking. */
bool walk_folder(const char *folder, input_list *found);

/* Whether a file of this name should be an image that this build can decode. */
bool has_image_name(const char *name);

#endif
