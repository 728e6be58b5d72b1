#include "files/rescue.h"

#include <stdio.h>
#include <unistd.h>

#include "system/os.h"

static const char *name_of(const char *path) {
  return path + os_folder_bytes(path);
}

/* Without the message of make_path(): another place may do. */
static bool join(const char *folder, const char *name, char path[PATH_CAPACITY]) {
  const int length = snprintf(path, PATH_CAPACITY, "%s/%s", folder, name);

  return length > 0 && length < PATH_CAPACITY;
}

static bool save_here(const char *wanted, rescue_fn save, const void *user,
                      char path[PATH_CAPACITY]) {
  return join(".", name_of(wanted), path) && !os_is_taken(path) && save(path, user);
}

/* In a folder of its own, which nobody else can have prepared. */
static bool save_in_temporary(const char *wanted, rescue_fn save, const void *user,
                              char path[PATH_CAPACITY]) {
  char folder[PATH_CAPACITY];

  if (!os_make_temporary_folder(folder, sizeof folder))
    return false;
  if (join(folder, name_of(wanted), path) && save(path, user))
    return true;
  rmdir(folder);
  return false;
}

bool rescue_save(const char *wanted, rescue_fn save, const void *user, char path[PATH_CAPACITY]) {
  return save_here(wanted, save, user, path) || save_in_temporary(wanted, save, user, path);
}
