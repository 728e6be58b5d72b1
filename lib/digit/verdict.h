/* Whether what was found is a digit. */
#ifndef MCNN_DIGIT_VERDICT_H
#define MCNN_DIGIT_VERDICT_H

#include "digit/candidates.h"
#include "digit/stroke.h"

/* Of less contrast than this (of 255), what lies at the border may be shading or a lamp's light. */
enum { MCNN_VERDICT_FAINT = 110 };

/* On a candidate by itself. stroke_width: in longer sides of its box; single: what is there is
 * meant to be one digit. */
int32_t mcnn_verdict_on_candidate(const mcnn_candidate *candidate, const mcnn_stroke_stats *stats,
                                  double stroke_width, int single);

/* On the whole picture, whose candidate `best` has been called a digit with this verdict. strength:
 * of the picture's ink. */
int32_t mcnn_verdict_on_picture(const mcnn_candidates *candidates, uint32_t best, uint32_t height,
                                uint32_t width, uint32_t strength, int32_t verdict);

/* The candidate that is most likely the one meant. There must be one. */
uint32_t mcnn_verdict_most_prominent(const mcnn_candidates *candidates, uint32_t height,
                                     uint32_t width);

int mcnn_verdict_is_digit(int32_t verdict);

/* "nothing is drawn on it" and the like; NULL for no verdict at all. */
const char *mcnn_verdict_text(int32_t verdict);

#endif
