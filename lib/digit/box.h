/* Bounding boxes. */
#ifndef MCNN_DIGIT_BOX_H
#define MCNN_DIGIT_BOX_H

#include <stdint.h>

/* The last row and column are inside. */
typedef struct mcnn_box {
  uint32_t top, left, bottom, right;
} mcnn_box;

uint32_t mcnn_box_height(const mcnn_box *box);
uint32_t mcnn_box_width(const mcnn_box *box);
uint32_t mcnn_box_size(const mcnn_box *box); /* the longer side */
mcnn_box mcnn_box_union(const mcnn_box *a, const mcnn_box *b);
/* How many empty pixels lie between the two, along the axis with more of them; 0: they touch. */
uint32_t mcnn_box_gap(const mcnn_box *a, const mcnn_box *b);
/* 1 where `inner` lies within `outer`, more than `margin` pixels from each of its sides. */
int mcnn_box_contains(const mcnn_box *outer, const mcnn_box *inner, uint32_t margin);
/* Pixels that the intervals have in common, 0 or less where there are none. */
int64_t mcnn_box_overlap(uint32_t a_first, uint32_t a_last, uint32_t b_first, uint32_t b_last);

#endif
