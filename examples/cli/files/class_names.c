#include "files/class_names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/files.h"
#include "terminal/message.h"

/* Of all names together: 255 bytes and a newline each. */
enum { TEXT_BYTES = MOST_CLASSES * 256 };

static bool allocate_text(class_names *classes) {
  memset(classes, 0, sizeof *classes);
  classes->text = malloc(TEXT_BYTES);
  if (!classes->text)
    fail("out of memory");
  return classes->text;
}

/* Cuts the text at its newlines. */
static void split_names(class_names *classes) {
  char *at = classes->text;

  for (uint32_t i = 0; i < classes->count; i++) {
    classes->names[i] = at;
    at += strcspn(at, "\n");
    if (*at != '\0')
      *at++ = '\0';
  }
}

bool class_names_of_folder(const char *path, class_names *classes) {
  if (!allocate_text(classes))
    return false;
  if (mnistcnn_dataset_scan_folder(path, &classes->count, &classes->num_images, classes->text,
                                   TEXT_BYTES, NULL) != MNISTCNN_OK) {
    fail_file(path);
    return false;
  }
  split_names(classes);
  return true;
}

/* IDX files have no names. */
static void number_classes(class_names *classes) {
  size_t length = 0;

  for (uint32_t i = 0; i < classes->count; i++)
    length += (size_t)snprintf(classes->text + length, TEXT_BYTES - length, "%" PRIu32 "\n", i);
  split_names(classes);
}

bool class_names_of_source(const char *source, const idx_layout *idx, class_names *classes) {
  char images[PATH_CAPACITY];
  const char *labels = NULL;
  mnistcnn_dataset_options options = MNISTCNN_DATASET_OPTIONS_INIT;

  if (!split_idx_pair(source, images, &labels))
    return class_names_of_folder(source, classes);
  if (!allocate_text(classes))
    return false;
  options.idx_first_label = idx->first_label;
  if (mnistcnn_dataset_scan_idx(images, labels, &options, &classes->count, &classes->num_images) !=
      MNISTCNN_OK) {
    fail_library();
    return false;
  }
  number_classes(classes);
  return true;
}

uint32_t class_names_find(const class_names *classes, const char *name) {
  uint32_t i = 0;

  while (i < classes->count && strcmp(classes->names[i], name) != 0)
    i++;
  return i;
}

bool class_names_remove(class_names *classes, const char *name) {
  const uint32_t at = class_names_find(classes, name);

  if (at == classes->count)
    return false;
  classes->count--;
  memmove(&classes->names[at], &classes->names[at + 1],
          (classes->count - at) * sizeof classes->names[0]);
  return true;
}

void class_names_release(class_names *classes) {
  free(classes->text);
  classes->text = NULL;
}
