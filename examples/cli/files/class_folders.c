#include "files/class_folders.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <mnistcnn.h>

#include "files/files.h"
#include "terminal/message.h"

static int digits_below(size_t count) {
  return count > 1 ? snprintf(NULL, 0, "%zu", count - 1) : 1;
}

static bool class_path(const class_folders *folders, uint32_t class_index,
                       char path[PATH_CAPACITY]) {
  return make_path(path, "%s/%0*" PRIu32, folders->root, digits_below(folders->num_classes),
                   class_index);
}

static bool has_entries(DIR *folder) {
  const struct dirent *entry;

  while ((entry = readdir(folder)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      return true;
  return false;
}

bool class_folders_are_free(const char *root) {
  DIR *const folder = opendir(root);

  if (!folder && errno == ENOENT)
    return true;
  if (!folder) {
    fail("%s: %s", root, strerror(errno));
    return false;
  }
  const bool taken = has_entries(folder);
  closedir(folder);
  if (taken)
    fail("%s: the folder is not empty; remove it or choose another", root);
  return !taken;
}

bool class_folders_create(const class_folders *folders) {
  char path[PATH_CAPACITY];

  if (!class_folders_are_free(folders->root))
    return false;
  for (uint32_t c = 0; c < folders->num_classes; c++)
    if (!class_path(folders, c, path) || !make_folders(path))
      return false;
  return true;
}

bool class_folders_write(const class_folders *folders, uint32_t class_index, size_t index,
                         const mnistcnn_image *image) {
  char folder[PATH_CAPACITY];
  char path[PATH_CAPACITY];

  if (!class_path(folders, class_index, folder) ||
      !make_path(path, "%s/%0*zu.png", folder, digits_below(folders->num_images), index))
    return false;
  if (mnistcnn_image_save_png(image, path) == MNISTCNN_OK)
    return true;
  fail_file(path);
  return false;
}
