/* Lines of writing, and the order in which candidates are read. */
#ifndef MCNN_DIGIT_READING_ORDER_H
#define MCNN_DIGIT_READING_ORDER_H

#include "digit/candidates.h"

/* Sets each candidate's line and sorts them line by line, each from left to right; the components'
 * `candidate` follows. */
mnistcnn_status mcnn_reading_order(mcnn_candidates *candidates, mcnn_components *components,
                                   const mcnn_alloc *alloc);

#endif
