/* Printed rules: the straight lines of a box, a grid or a form. Unlike a stroke, a rule is straight
 * over its whole length, of one width, long for its width, and reaches nearly from border to
 * border.
 */
#ifndef MCNN_DIGIT_RULES_H
#define MCNN_DIGIT_RULES_H

#include "digit/ink.h"

/* A plane seen so that its lines run along the first axis: rows as they are, columns transposed. */
typedef struct mcnn_rule_view {
  uint32_t along, across; /* sizes */
  size_t along_stride, across_stride;
} mcnn_rule_view;

mcnn_rule_view mcnn_rule_view_of(const mcnn_plane *plane, int columns);

/* A straight band of ink. */
typedef struct mcnn_rule {
  int32_t first;      /* across, where it begins, at the start of the picture */
  int32_t skew;       /* how much further across its end is */
  uint32_t thickness; /* across, in pixels */
  uint32_t covered;   /* pixels along that have ink */
} mcnn_rule;

/* As many as the lines of a form. */
enum { MCNN_MOST_RULES = 64 };

typedef struct mcnn_rules {
  mcnn_rule items[MCNN_MOST_RULES];
  uint32_t count;
} mcnn_rules;

/* First pixel across of the rule at this step along; it may lie outside the picture. */
int64_t mcnn_rule_at(const mcnn_rule *rule, uint32_t along, uint32_t step);

/* The rules along one axis, by the projection profiles of the ink above `level` at every skew up to
 * 3 degrees (a Hough transform of nearly level lines); with their soft edges down to ink->floor. */
mnistcnn_status mcnn_rules_find(const mcnn_ink *ink, uint32_t level, const mcnn_rule_view *view,
                                const mcnn_alloc *alloc, mcnn_rules *rules);

#endif
