/* What cannot be saved where it was to be is saved elsewhere, so that no training is lost. */
#ifndef CLI_FILES_RESCUE_H
#define CLI_FILES_RESCUE_H

#include <stdbool.h>

#include "files/files.h"

/* Saves to `path`; true on success. */
typedef bool (*rescue_fn)(const char *path, const void *user);

/* Tries the current folder and that of temporary files ($TMPDIR or /tmp), under the name that
 * `wanted` ends with; nothing is replaced. path: where it is now. */
bool rescue_save(const char *wanted, rescue_fn save, const void *user, char path[PATH_CAPACITY]);

#endif
