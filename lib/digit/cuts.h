/* Where a candidate that may be several digits could be cut. */
#ifndef MCNN_DIGIT_CUTS_H
#define MCNN_DIGIT_CUTS_H

#include "digit/crop.h"

/* A candidate is looked at in at most this many rows: no cut needs more detail. */
enum { MCNN_CUT_ROWS = 48, MCNN_MOST_CUTS = 40 };

/* From the top of the candidate to its bottom. */
typedef struct mcnn_cut {
  double middle;              /* mean column, in rows of the grid */
  double cost;                /* what the path costs, in widths of a stroke */
  double ink;                 /* that it runs through, in widths of a stroke */
  double lean;                /* from its top to its bottom, in heights of the box */
  uint32_t num_strokes;       /* that it runs through */
  uint16_t at[MCNN_CUT_ROWS]; /* column of each row of the grid that is the first right of it */
} mcnn_cut;

/* The grid's cells are square; it has `rows` rows over the candidate's box. */
typedef struct mcnn_cuts {
  mcnn_box box;
  uint32_t rows, columns, count;
  mcnn_cut items[MCNN_MOST_CUTS]; /* from left to right */
} mcnn_cuts;

/* The paths down the candidate that run through the least ink, one for each part of its width, by
 * dynamic programming; those that run through much more than two strokes are left out. */
mnistcnn_status mcnn_cuts_find(const mcnn_crop_source *source, const mcnn_alloc *alloc,
                               mcnn_cuts *cuts);

/* How many cuts lie left of a pixel, which is in the box. */
uint32_t mcnn_cuts_segment_at(const mcnn_cuts *cuts, uint32_t y, uint32_t x);

#endif
