/* Connected pieces of ink, and which of them make a digit together. */
#ifndef MCNN_DIGIT_COMPONENTS_H
#define MCNN_DIGIT_COMPONENTS_H

#include "digit/ink.h"

/* The last row and column are inside. */
typedef struct mcnn_ink_box {
  uint32_t top, left, bottom, right;
} mcnn_ink_box;

/* No group. */
#define MCNN_NO_GROUP UINT32_MAX

typedef struct mcnn_part {
  mcnn_ink_box box;
  uint64_t mass;     /* sum of the ink */
  uint32_t area;     /* pixels */
  uint32_t group;    /* which digit it belongs to */
  uint8_t peak;      /* the strongest ink in it */
  uint8_t at_border; /* bits: 1 top, 2 left, 4 bottom, 8 right */
  uint8_t encloses;  /* 1: something like a digit lies in it */
} mcnn_part;

typedef struct mcnn_parts {
  uint32_t *labels; /* [height][width] part + 1; 0: paper */
  mcnn_part *parts;
  uint32_t count;
} mcnn_parts;

/* Pieces connected by sides or corners above ink->low that reach ink->high. */
mnistcnn_status mcnn_parts_find(const mcnn_ink *ink, const mcnn_alloc *alloc, mcnn_parts *parts);
void mcnn_parts_free(mcnn_parts *parts, const mcnn_alloc *alloc);

uint32_t mcnn_box_height(const mcnn_ink_box *box);
uint32_t mcnn_box_width(const mcnn_ink_box *box);
uint32_t mcnn_box_size(const mcnn_ink_box *box); /* the longer side */
mcnn_ink_box mcnn_box_union(const mcnn_ink_box *a, const mcnn_ink_box *b);
/* How many empty pixels lie between the two, along the axis with more of them; 0: they touch. */
uint32_t mcnn_box_gap(const mcnn_ink_box *a, const mcnn_ink_box *b);

typedef struct mcnn_group {
  mcnn_ink_box box;
  uint64_t mass;
  uint32_t parts;  /* that matter: a twentieth of the mass or more */
  uint32_t inside; /* parts within the box of the heaviest */
  const mcnn_part *heaviest;
  uint32_t line;
  uint8_t at_border;
} mcnn_group;

typedef struct mcnn_groups {
  mcnn_group *groups;
  uint32_t count;
  uint32_t reference; /* the height of writing, in pixels */
  uint64_t mass;      /* of everything, but for specks and frames */
} mcnn_groups;

/* Sets the parts' groups. single: what is there is meant to be one digit, so its pieces may lie
 * further apart. The groups come line by line, each from left to right. */
mnistcnn_status mcnn_groups_find(mcnn_parts *parts, uint32_t height, uint32_t width, int single,
                                 const mcnn_alloc *alloc, mcnn_groups *groups);
void mcnn_groups_free(mcnn_groups *groups, const mcnn_alloc *alloc);

#endif
