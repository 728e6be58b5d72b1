/* From brightness to ink: how far each pixel stands out from the paper behind it. */
#ifndef MCNN_DIGIT_INK_H
#define MCNN_DIGIT_INK_H

#include "digit/plane.h"

typedef struct mcnn_ink {
  mcnn_plane plane;    /* 0: paper */
  uint32_t floor;      /* below it, whatever there is, is noise of the paper */
  uint32_t low;        /* where a stroke ends */
  uint32_t high;       /* every stroke gets above this somewhere */
  uint32_t unevenness; /* by how much the lightest paper is lighter than the darkest */
  size_t blot;         /* pixels of something dark within the picture, wider than any stroke */
  uint32_t strength;   /* typical for the middle of a stroke; 0: there is no ink */
} mcnn_ink;

/* Which is more likely, judged by what the picture's border is like: MNISTCNN_POLARITY_... */
mnistcnn_status mcnn_digit_polarity(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    int32_t *polarity);

/* Takes the paper away, its shading included. Levels are not set yet but `floor`. The caller frees
 * ink->plane. */
mnistcnn_status mcnn_ink_extract(const mcnn_plane *plane, int32_t polarity, int luminous,
                                 const mcnn_alloc *alloc, mcnn_ink *ink);

/* Sets low, high and strength by the two classes that the ink above the floor falls into: faint
 * things (ruled lines, stains) go to the paper where there is something much stronger. */
void mcnn_ink_levels(mcnn_ink *ink);

/* Rubs out ruled and squared lines: thin, straight on, from border to border; strokes that cross
 * them stay. */
mnistcnn_status mcnn_ink_remove_lines(mcnn_ink *ink, const mcnn_alloc *alloc);

#endif
