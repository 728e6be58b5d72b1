#include "files/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <mnistcnn.h>

#include "files/files.h"
#include "system/os.h"

/* A folder that is being read, and those above it. */
typedef struct walk_level {
  const struct walk_level *above;
  const os_entry *folder;
} walk_level;

typedef struct walk {
  input_list *found;
  size_t length;
  char path[PATH_CAPACITY];
} walk;

bool has_image_name(const char *name) {
  static const struct {
    const char *ending, *feature;
  } rows[] = {{".png", NULL}, {".jpg", "jpeg"}, {".jpeg", "jpeg"}, {".bmp", "bmp"}};
  const char *const ending = strrchr(name, '.');

  for (size_t i = 0; ending && i < sizeof rows / sizeof rows[0]; i++)
    if (strcasecmp(ending, rows[i].ending) == 0)
      return !rows[i].feature || mnistcnn_has_feature(rows[i].feature);
  return false;
}

static bool is_passed_over(const char *name) {
  return name[0] == '.' || strcmp(name, "__MACOSX") == 0 || strcmp(name, "@eaDir") == 0 ||
         strcmp(name, "lost+found") == 0;
}

static bool add_error(walk *w, int error) {
  return input_list_add(w->found, w->path, strerror(error));
}

static bool enter(walk *w, const walk_level *above, const os_entry *entry);

static bool visit(walk *w, const walk_level *level, const char *name) {
  os_entry entry;

  if (!os_look_up(w->path, &entry))
    return !has_image_name(name) || add_error(w, errno);
  if (entry.kind == OS_FOLDER)
    return enter(w, level, &entry);
  return !has_image_name(name) || input_list_add(w->found, w->path, NULL);
}

/* Appends "/name" to the path, and takes it off again. */
static bool visit_entry(walk *w, const walk_level *level, const char *name) {
  const size_t length = w->length;
  const char *const separator = os_is_separator(w->path[length - 1]) ? "" : "/";
  const size_t room = sizeof w->path - length;
  const int added = snprintf(w->path + length, room, "%s%s", separator, name);
  bool go_on = false;

  if (added < 0 || (size_t)added >= room) {
    w->path[length] = '\0';
    return add_error(w, ENAMETOOLONG);
  }
  w->length += (size_t)added;
  go_on = visit(w, level, name);
  w->length = length;
  w->path[length] = '\0';
  return go_on;
}

static bool visit_entries(walk *w, const walk_level *level, DIR *folder) {
  bool go_on = true;

  while (go_on) {
    errno = 0;
    const struct dirent *const found = readdir(folder);
    if (!found)
      return errno == 0 || add_error(w, errno);
    if (!is_passed_over(found->d_name))
      go_on = visit_entry(w, level, found->d_name);
  }
  return go_on;
}

static bool leads_back(const walk_level *above, const os_entry *entry) {
  for (; above; above = above->above)
    if (above->folder->device == entry->device && above->folder->number == entry->number)
      return true;
  return false;
}

static bool enter(walk *w, const walk_level *above, const os_entry *entry) {
  const walk_level level = {above, entry};

  if (leads_back(above, entry))
    return input_list_add(w->found, w->path, "is a link to a folder that it is in");
  DIR *const folder = opendir(w->path);
  if (!folder)
    return add_error(w, errno);
  const bool go_on = visit_entries(w, &level, folder);
  closedir(folder);
  return go_on;
}

bool walk_folder(const char *folder, input_list *found) {
  const size_t first = found->count;
  os_entry entry;
  walk w = {.found = found, .length = strlen(folder)};

  if (w.length >= sizeof w.path)
    return input_list_add(found, folder, strerror(ENAMETOOLONG));
  memcpy(w.path, folder, w.length + 1);
  if (!os_look_up(folder, &entry))
    return add_error(&w, errno);
  if (!enter(&w, NULL, &entry))
    return false;
  if (found->count == first)
    return input_list_add(found, folder, "has no image file");
  input_list_sort(found, first);
  return true;
}
