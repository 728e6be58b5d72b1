#include "data/folder_names.h"

#include <stddef.h>
#include <string.h>

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int mcnn_names_equal_in_any_case(const char *a, const char *b) {
  while (*a != '\0' && lower(*a) == lower(*b)) {
    a++;
    b++;
  }
  return lower(*a) == lower(*b);
}

static int is_one_of(const char *name, const char *const *names) {
  for (; *names; names++)
    if (mcnn_names_equal_in_any_case(name, *names))
      return 1;
  return 0;
}

int mcnn_is_system_folder(const char *name) {
  static const char *const names[] = {"__MACOSX",
                                      "@eaDir",
                                      "@Recycle",
                                      "#recycle",
                                      "#snapshot",
                                      "$RECYCLE.BIN",
                                      "System Volume Information",
                                      "lost+found",
                                      "Thumbs",
                                      "__pycache__",
                                      NULL};

  return is_one_of(name, names);
}

mcnn_dataset_part mcnn_dataset_part_of(const char *name) {
  static const char *const training[] = {"train", "training", "train_set", "trainset", NULL};
  static const char *const held_out[] = {"val",     "valid",      "validation", "test",
                                         "testing", "validating", "test_set",   "testset",
                                         "dev",     "eval",       "evaluation", NULL};

  return is_one_of(name, training)   ? MCNN_PART_TRAINING
         : is_one_of(name, held_out) ? MCNN_PART_HELD_OUT
                                     : MCNN_NO_PART;
}
