#include "files/input_list.h"

#include <stdlib.h>
#include <string.h>

#include "terminal/message.h"

static bool grow(input_list *list) {
  const size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
  input_file *const items = capacity <= (size_t)-1 / sizeof *items
                                ? realloc(list->items, capacity * sizeof *items)
                                : NULL;

  if (!items)
    return false;
  list->items = items;
  list->capacity = capacity;
  return true;
}

bool input_list_add(input_list *list, const char *path, const char *error) {
  if (list->count < list->capacity || grow(list)) {
    input_file *const item = &list->items[list->count];
    item->path = strdup(path);
    item->error = error ? strdup(error) : NULL;
    if (item->path && (item->error || !error)) {
      list->count++;
      return true;
    }
    free(item->path);
    free(item->error);
  }
  fail("out of memory for the list of images");
  return false;
}

static int compare_paths(const void *a, const void *b) {
  const input_file *const left = a;
  const input_file *const right = b;

  return strcmp(left->path, right->path);
}

void input_list_sort(input_list *list, size_t first) {
  if (list->count > first)
    qsort(list->items + first, list->count - first, sizeof *list->items, compare_paths);
}

void input_list_clear(input_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->items[i].path);
    free(list->items[i].error);
  }
  list->count = 0;
}

void input_list_free(input_list *list) {
  input_list_clear(list);
  free(list->items);
  *list = (input_list){0};
}
