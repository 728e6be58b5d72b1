/* Connected components of ink. */
#ifndef MCNN_DIGIT_COMPONENTS_H
#define MCNN_DIGIT_COMPONENTS_H

#include "digit/box.h"
#include "digit/ink.h"

/* Of mcnn_component.candidate: it belongs to no digit. */
#define MCNN_NO_CANDIDATE UINT32_MAX

/* Bits of at_border. */
enum {
  MCNN_AT_TOP = 1,
  MCNN_AT_LEFT = 2,
  MCNN_AT_BOTTOM = 4,
  MCNN_AT_RIGHT = 8,
  MCNN_AT_ROWS = MCNN_AT_TOP | MCNN_AT_BOTTOM,
  MCNN_AT_COLUMNS = MCNN_AT_LEFT | MCNN_AT_RIGHT
};

typedef struct mcnn_component {
  mcnn_box box;
  uint64_t ink;       /* sum over its pixels */
  uint32_t area;      /* pixels */
  uint32_t candidate; /* which of the digits it belongs to; set by grouping.c */
  uint8_t at_border;  /* which borders of the picture it touches */
  uint8_t encloses;   /* 1: something like a digit lies in it; set by frame.c */
  uint8_t outside;    /* 1: beyond a box that is printed around the digit; set by page.c */
} mcnn_component;

typedef struct mcnn_components {
  uint32_t *labels; /* [height][width] component + 1; 0: paper */
  mcnn_component *items;
  uint32_t count;
  size_t capacity; /* of items */
} mcnn_components;

/* The 8-connected components (joined by sides or corners) above ink->low that exceed ink->high
 * somewhere. The caller frees them, also on failure. */
mnistcnn_status mcnn_components_find(const mcnn_ink *ink, const mcnn_alloc *alloc,
                                     mcnn_components *components);
void mcnn_components_free(mcnn_components *components, const mcnn_alloc *alloc);

/* Adds a pixel of the ink to the measures of a component. */
void mcnn_component_add(mcnn_component *component, uint32_t y, uint32_t x, const mcnn_plane *ink);

/* 1 where this touches both the top and the bottom, or both the left and the right border. */
int mcnn_touches_opposite(uint8_t at_border);

#endif
