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
  int is_faint;        /* 1: on paper without a trace of noise all ink is faint */
} mcnn_ink;

/* The floor of faint ink on paper without noise. */
enum { MCNN_INK_FAINT_FLOOR = 3 };

/* Subtracts the paper, its shading included. Of the levels only `floor` is set. window: pixels that
 * all strokes are narrower than, of a page; 0: the picture shows one digit. The caller frees
 * ink->plane. */
mnistcnn_status mcnn_ink_extract(const mcnn_plane *plane, int32_t polarity, int luminous,
                                 uint32_t window, const mcnn_alloc *alloc, mcnn_ink *ink);

/* The ink of a page in a hurry, without filtering its noise; its levels are set. relative: shading
 * multiplies. The caller frees ink->plane. */
mnistcnn_status mcnn_ink_measure(const mcnn_plane *plane, int relative, uint32_t window,
                                 const mcnn_alloc *alloc, mcnn_ink *ink);

/* Sets low, high and strength by the two classes that the ink above the floor falls into: faint
 * things (ruled lines, stains) go to the paper where there is something much stronger. */
void mcnn_ink_set_levels(mcnn_ink *ink);

#endif
