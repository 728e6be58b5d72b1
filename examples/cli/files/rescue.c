#include "files/rescue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *name_of(const char *path) {
  const char *const slash = strrchr(path, '/');

  return slash ? slash + 1 : path;
}

/* Without the message of make_path(): another place may do. */
static bool join(const char *folder, const char *name, char path[PATH_CAPACITY]) {
  const int length = snprintf(path, PATH_CAPACITY, "%s/%s", folder, name);

  return length > 0 && length < PATH_CAPACITY;
}

static bool save_here(const char *wanted, rescue_fn save, const void *user,
                      char path[PATH_CAPACITY]) {
  struct stat status;

  return join(".", name_of(wanted), path) && lstat(path, &status) != 0 && save(path, user);
}

/* In a folder of its own, which nobody else can have prepared. */
static bool save_in_temporary(const char *wanted, rescue_fn save, const void *user,
                              char path[PATH_CAPACITY]) {
  char folder[PATH_CAPACITY];
  const char *const root = getenv("TMPDIR");

  if (!join(root && root[0] == '/' ? root : "/tmp", "mnistcnn-XXXXXX", folder) || !mkdtemp(folder))
    return false;
  if (join(folder, name_of(wanted), path) && save(path, user))
    return true;
  rmdir(folder);
  return false;
}

bool rescue_save(const char *wanted, rescue_fn save, const void *user, char path[PATH_CAPACITY]) {
  return save_here(wanted, save, user, path) || save_in_temporary(wanted, save, user, path);
}
