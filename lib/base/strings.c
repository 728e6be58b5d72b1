#include "base/strings.h"

#include "base/status.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

size_t mcnn_strnlen(const char *text, size_t limit) {
  const char *const end = memchr(text, '\0', limit);

  return end ? (size_t)(end - text) : limit;
}

/* Replaces an array by a larger copy, with room for at least `needed` elements. */
static mnistcnn_status grow(const mcnn_alloc *alloc, void **array, size_t used, size_t *capacity,
                            size_t needed, size_t size) {
  const size_t doubled = *capacity > SIZE_MAX / 2 ? SIZE_MAX : 2 * *capacity;
  const size_t wanted = needed > FIRST_CAPACITY ? needed : FIRST_CAPACITY;
  const size_t larger = doubled > wanted ? doubled : wanted;
  void *const copy = mcnn_alloc_array(alloc, larger, size);

  if (!copy)
    return MNISTCNN_OUT_OF_MEMORY;
  if (used > 0)
    memcpy(copy, *array, used * size);
  mcnn_free(alloc, *array);
  *array = copy;
  *capacity = larger;
  return MNISTCNN_OK;
}

static mnistcnn_status reserve(mcnn_strings *strings, const mcnn_alloc *alloc, size_t bytes) {
  mnistcnn_status status = MNISTCNN_OK;

  if (bytes > strings->text_capacity - strings->used_bytes) {
    void *text = strings->text;
    status = grow(alloc, &text, strings->used_bytes, &strings->text_capacity,
                  strings->used_bytes + bytes, 1);
    strings->text = text;
  }
  if (status == MNISTCNN_OK && strings->count == strings->offsets_capacity) {
    void *offsets = strings->offsets;
    status = grow(alloc, &offsets, strings->count, &strings->offsets_capacity, strings->count + 1,
                  sizeof *strings->offsets);
    strings->offsets = offsets;
  }
  return status;
}

mnistcnn_status mcnn_strings_add(mcnn_strings *strings, const mcnn_alloc *alloc, const char *prefix,
                                 const char *text) {
  const size_t prefix_length = strlen(prefix), text_size = strlen(text) + 1;
  const mnistcnn_status status = reserve(strings, alloc, prefix_length + text_size);

  if (status != MNISTCNN_OK)
    return status;
  char *const end = strings->text + strings->used_bytes;
  memcpy(end, prefix, prefix_length); // NOLINT(bugprone-not-null-terminated-result)
  memcpy(end + prefix_length, text, text_size);
  strings->offsets[strings->count++] = strings->used_bytes;
  strings->used_bytes += prefix_length + text_size;
  return MNISTCNN_OK;
}

const char *mcnn_strings_at(const mcnn_strings *strings, size_t index) {
  assert(index < strings->count);
  return strings->text + strings->offsets[index];
}

static int compare_strings(const void *a, const void *b) {
  const char *const *const left = a;
  const char *const *const right = b;

  return strcmp(*left, *right);
}

mnistcnn_status mcnn_strings_sort(mcnn_strings *strings, const mcnn_alloc *alloc, size_t first) {
  assert(first <= strings->count);
  const size_t count = strings->count - first;
  const char **const order = mcnn_alloc_array(alloc, count, sizeof *order);

  if (!order)
    return MNISTCNN_OUT_OF_MEMORY;
  for (size_t i = 0; i < count; i++)
    order[i] = mcnn_strings_at(strings, first + i);
  qsort(order, count, sizeof *order, compare_strings);
  for (size_t i = 0; i < count; i++)
    strings->offsets[first + i] = (size_t)(order[i] - strings->text);
  mcnn_free(alloc, order);
  return MNISTCNN_OK;
}

void mcnn_strings_free(mcnn_strings *strings, const mcnn_alloc *alloc) {
  mcnn_free(alloc, strings->text);
  mcnn_free(alloc, strings->offsets);
  *strings = (mcnn_strings){0};
}
