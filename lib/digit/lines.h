/* Ruled and graph paper. */
#ifndef MCNN_DIGIT_LINES_H
#define MCNN_DIGIT_LINES_H

#include "digit/ink.h"

/* Removes ruled and grid lines: thin, straight on, from border to border; strokes that cross them
 * stay. */
mnistcnn_status mcnn_lines_remove(mcnn_ink *ink, const mcnn_alloc *alloc);

#endif
