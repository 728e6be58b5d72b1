#include "files/same_file.h"

#include <dirent.h>
#include <string.h>

#include "system/os.h"

/* --- one path --------------------------------------------------------------------------------- */

/* Where a file is, or would be. */
typedef struct location {
  os_entry entry;           /* the file or, where there is none, its folder */
  char name[PATH_CAPACITY]; /* in the folder; "" where the file exists */
} location;

static bool copy_text(char *to, const char *from) {
  const size_t length = strlen(from);

  if (length >= PATH_CAPACITY)
    return false;
  memcpy(to, from, length + 1);
  return true;
}

static bool locate_in_folder(char path[PATH_CAPACITY], location *where) {
  const size_t folder = os_folder_bytes(path);

  if (!copy_text(where->name, path + folder))
    return false;
  path[folder] = '\0';
  return os_look_up(folder > 0 ? path : ".", &where->entry);
}

/* False where neither the file nor its folder exists. */
static bool locate(const char *path, location *where) {
  enum { MOST_LINKS = 40 };
  char text[PATH_CAPACITY];

  if (!path || path[0] == '\0' || !copy_text(text, path))
    return false;
  where->name[0] = '\0';
  if (os_look_up(path, &where->entry))
    return true;
  for (int links = 0; links < MOST_LINKS && os_follow_link(text, sizeof text); links++)
    ;
  return locate_in_folder(text, where);
}

/* Devices of Windows have no numbers. */
static bool is_one(const os_entry *one, const os_entry *other) {
  return one->device == other->device && one->number == other->number && one->number != 0;
}

bool is_same_file(const char *path, const char *other) {
  location one;
  location two;

  return locate(path, &one) && locate(other, &two) && is_one(&one.entry, &two.entry) &&
         strcmp(one.name, two.name) == 0;
}

/* --- folders ---------------------------------------------------------------------------------- */

enum { MOST_FOLDERS = 32 };

static bool holds(char path[PATH_CAPACITY], const os_entry *file, int depth);

/* Whether the entry of a folder is the file, or a folder that holds it; `path` is the folder's, and
 * is so again afterwards. */
static bool leads_to(char path[PATH_CAPACITY], const char *name, const os_entry *file, int depth) {
  const size_t folder = strlen(path), length = strlen(name);
  os_entry entry;
  bool found = false;

  if (folder + length + 2 > PATH_CAPACITY)
    return false;
  path[folder] = '/';
  memcpy(path + folder + 1, name, length + 1);
  if (os_look_up(path, &entry))
    found = entry.kind == OS_FOLDER ? depth < MOST_FOLDERS && holds(path, file, depth + 1)
                                    : is_one(&entry, file);
  path[folder] = '\0';
  return found;
}

static bool holds(char path[PATH_CAPACITY], const os_entry *file, int depth) {
  DIR *const stream = opendir(path);
  const struct dirent *entry;
  bool found = false;

  if (!stream)
    return false;
  while (!found && (entry = readdir(stream)))
    found = entry->d_name[0] != '.' && leads_to(path, entry->d_name, file, depth);
  closedir(stream);
  return found;
}

bool is_file_below(const char *root, const char *path) {
  char folder[PATH_CAPACITY];
  os_entry file;

  return root && path && os_look_up(path, &file) && file.kind == OS_FILE &&
         copy_text(folder, root) && holds(folder, &file, 0);
}

/* --- all files of a command ------------------------------------------------------------------- */

void role_list_add(role_list *list, const char *name, const char *path, bool is_output) {
  list->roles[list->count++] = (file_role){name, path, is_output};
}

void role_list_add_idx(role_list *list, const char *name, const char *source) {
  char *const images = list->images[list->num_images];
  const char *labels = NULL;

  if (!source || !split_idx_pair(source, images, &labels))
    return;
  list->num_images++;
  role_list_add(list, name, images, false);
  role_list_add(list, name, labels, false);
}

const file_role *find_overwriting(const file_role *files, size_t count, const file_role **other) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < count; j++) {
      if (!files[i].is_output || i == j || !is_same_file(files[i].path, files[j].path))
        continue;
      *other = &files[j];
      return &files[i];
    }
  }
  return NULL;
}
