#include "page/page.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "system/files.h"

enum { MAX_DEPTH = 6, MAX_FILES = 2000, MAX_BYTES = 128 << 20, PATH_CAPACITY = 1024 };

typedef struct reading {
  page *page;
  size_t root_length; /* of the folder's path */
  char *reason;
  size_t capacity;
} reading;

/* FNV-1a, 64 bits: tells contents apart, nothing more. */
static uint64_t hash(const buffer *content) {
  uint64_t value = UINT64_C(0xcbf29ce484222325);

  for (size_t i = 0; i < content->size; i++)
    value = (value ^ content->data[i]) * UINT64_C(0x100000001b3);
  return value;
}

static bool refuse(const reading *r, const char *path, const char *why) {
  (void)snprintf(r->reason, r->capacity, "%s: %s", path, why);
  return false;
}

static bool is_named_by_content(const char *path) {
  enum { LEAST_DIGITS = 8 };
  static const char start[] = "/v-";

  return strncmp(path, start, sizeof start - 1) == 0 &&
         strspn(path + sizeof start - 1, "0123456789abcdef") >= LEAST_DIGITS;
}

static bool add_file(const reading *r, const char *path) {
  page *const p = r->page;
  page_file file = {.type = page_type(path)};

  if (p->count >= MAX_FILES)
    return refuse(r, path, "the page has too many files");
  if (!file_read(path, MAX_BYTES - p->bytes, &file.content, r->reason, r->capacity))
    return false;
  page_file *const files = realloc(p->files, (p->count + 1) * sizeof *files);
  if (files)
    p->files = files;
  file.path = files ? strdup(path + r->root_length) : NULL;
  if (!file.path) {
    buffer_free(&file.content);
    return refuse(r, path, "out of memory");
  }
  (void)snprintf(file.tag, sizeof file.tag, "\"%016llx\"", (unsigned long long)hash(&file.content));
  file.is_named_by_content = is_named_by_content(file.path);
  p->bytes += file.content.size;
  p->files[p->count++] = file;
  return true;
}

static bool add_folder(const reading *r, const char *path, int depth);

static bool add_entry(const reading *r, const char *folder, const char *name, int depth) {
  char path[PATH_CAPACITY];
  struct stat info;

  const int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof path)
    return refuse(r, folder, "the path of a file is too long");
  if (lstat(path, &info))
    return refuse(r, path, strerror(errno));
  if (S_ISDIR(info.st_mode))
    return depth < MAX_DEPTH ? add_folder(r, path, depth + 1)
                             : refuse(r, path, "folders are nested too deep");
  return S_ISREG(info.st_mode) ? add_file(r, path) : true;
}

static bool add_folder(const reading *r, const char *path, int depth) {
  DIR *const folder = opendir(path);
  bool done = folder;

  if (!folder)
    return refuse(r, path, strerror(errno));
  for (const struct dirent *entry = readdir(folder); entry && done; entry = readdir(folder))
    if (entry->d_name[0] != '.')
      done = add_entry(r, path, entry->d_name, depth);
  closedir(folder);
  return done;
}

bool page_read(page *p, const char *folder, char *reason, size_t capacity) {
  const reading r = {p, strlen(folder), reason, capacity};

  *p = (page){.files = NULL};
  if (add_folder(&r, folder, 0)) {
    if (page_find(p, "/"))
      return true;
    (void)refuse(&r, folder, "there is no index.html");
  }
  page_free(p);
  return false;
}

void page_free(page *p) {
  for (size_t i = 0; i < p->count; i++) {
    free(p->files[i].path);
    buffer_free(&p->files[i].content);
  }
  free(p->files);
  *p = (page){.files = NULL};
}

const page_file *page_find(const page *p, const char *path) {
  if (strcmp(path, "/") == 0)
    path = "/index.html";
  for (size_t i = 0; i < p->count; i++)
    if (strcmp(p->files[i].path, path) == 0)
      return &p->files[i];
  return NULL;
}
