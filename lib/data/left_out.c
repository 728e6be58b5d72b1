#include "data/left_out.h"

#include <stdio.h>
#include <string.h>

/* What is not ASCII, or has more than a few letters, is no extension that anyone would know. */
static void copy_extension(const char *name, char extension[MCNN_LEFT_OUT_EXTENSION]) {
  const char *const dot = strrchr(name, '.');
  const size_t length = dot && dot != name ? strlen(dot) : 0;

  extension[0] = '\0';
  if (length < 2 || length >= MCNN_LEFT_OUT_EXTENSION)
    return;
  for (size_t i = 0; i <= length; i++) {
    const char c = dot[i];
    extension[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    if (c != '\0' && (c <= ' ' || c > '~')) {
      extension[0] = '\0';
      return;
    }
  }
}

void mcnn_left_out_add(mcnn_left_out *left_out, const char *name) {
  char extension[MCNN_LEFT_OUT_EXTENSION];
  size_t i = 0;

  left_out->count++;
  copy_extension(name, extension);
  while (i < left_out->num_kinds && strcmp(left_out->kinds[i].extension, extension) != 0)
    i++;
  if (i == MCNN_LEFT_OUT_KINDS || extension[0] == '\0')
    return;
  if (i == left_out->num_kinds) {
    memcpy(left_out->kinds[i].extension, extension, sizeof extension);
    left_out->num_kinds++;
  }
  left_out->kinds[i].count++;
}

void mcnn_left_out_text(const mcnn_left_out *left_out, char text[MCNN_LEFT_OUT_TEXT]) {
  size_t others = left_out->count, length = 0;

  text[0] = '\0';
  for (size_t i = 0; i < left_out->num_kinds; i++) {
    length +=
        (size_t)snprintf(text + length, MCNN_LEFT_OUT_TEXT - length, "%s%zu %s", i > 0 ? ", " : "",
                         left_out->kinds[i].count, left_out->kinds[i].extension);
    others -= left_out->kinds[i].count;
  }
  if (others > 0) {
    (void)snprintf(text + length, MCNN_LEFT_OUT_TEXT - length, "%s%zu %s",
                   left_out->num_kinds > 0 ? ", " : "", others,
                   left_out->num_kinds > 0 ? "others" : "without an extension");
  }
}
