/* Which components make a digit together. */
#ifndef MCNN_DIGIT_GROUPING_H
#define MCNN_DIGIT_GROUPING_H

#include "digit/candidates.h"

/* Sets each component's candidate. single: what is there is meant to be one digit, so its
 * components may lie further apart. The candidates come line by line, each from left to right. The
 * caller frees them, also on failure. */
mnistcnn_status mcnn_candidates_find(mcnn_components *components, uint32_t height, uint32_t width,
                                     int single, const mcnn_alloc *alloc,
                                     mcnn_candidates *candidates);
void mcnn_candidates_free(mcnn_candidates *candidates, const mcnn_alloc *alloc);

#endif
