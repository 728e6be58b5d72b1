/* How a page is written on: in which polarity, and with strokes how wide. */
#ifndef MCNN_DIGIT_WRITING_H
#define MCNN_DIGIT_WRITING_H

#include "digit/plane.h"

typedef struct mcnn_writing {
  int32_t polarity; /* MNISTCNN_POLARITY_... */
  uint32_t window;  /* pixels: wider than all strokes, narrower than most else; 0: unknown */
  int fine;         /* 1: strokes of a few pixels, of which there may be more in a larger picture */
} mcnn_writing;

/* By granulometry (Matheron 1975): the closing with a growing window fills more and more of what is
 * dark; while the window grows from the width of the strokes to that of the next larger things
 * (shadows, tables, the picture itself), nothing changes. polarity: as asked for, or AUTO. */
mnistcnn_status mcnn_writing_find(const mcnn_plane *plane, int32_t polarity, int luminous,
                                  const mcnn_alloc *alloc, mcnn_writing *writing);

#endif
