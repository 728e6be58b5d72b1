/* A line drawn under digits, or the one they were written on, that they touch. */
#ifndef MCNN_DIGIT_UNDERLINE_H
#define MCNN_DIGIT_UNDERLINE_H

#include "digit/components.h"

/* Removes the line under the one digit of a picture, which need not reach any border, without the
 * strokes that stand on it or cross it. Nothing is removed where there may be none. */
mnistcnn_status mcnn_underline_remove(mcnn_ink *ink, const mcnn_alloc *alloc);

/* The same with the lines under the numbers of a page, each of which makes one component of them.
 * *found: whether there were any; the components are those of before then. */
mnistcnn_status mcnn_underlines_remove(mcnn_ink *ink, const mcnn_components *components,
                                       const mcnn_alloc *alloc, int *found);

#endif
