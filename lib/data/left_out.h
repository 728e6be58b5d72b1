/* The files of a folder that are no images, counted by their extensions. */
#ifndef MCNN_DATA_LEFT_OUT_H
#define MCNN_DATA_LEFT_OUT_H

#include <stddef.h>

enum { MCNN_LEFT_OUT_KINDS = 6, MCNN_LEFT_OUT_EXTENSION = 12, MCNN_LEFT_OUT_TEXT = 256 };

typedef struct mcnn_left_out {
  size_t count;
  size_t num_kinds;
  struct {
    char extension[MCNN_LEFT_OUT_EXTENSION]; /* ".webp", in lower case; "" for none or a long one */
    size_t count;
  } kinds[MCNN_LEFT_OUT_KINDS]; /* those met first */
} mcnn_left_out;

void mcnn_left_out_add(mcnn_left_out *left_out, const char *name);

/* "10 .webp, 1 .txt, 3 others" */
void mcnn_left_out_text(const mcnn_left_out *left_out, char text[MCNN_LEFT_OUT_TEXT]);

#endif
