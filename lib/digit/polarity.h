/* Whether the ink is darker or lighter than the paper. */
#ifndef MCNN_DIGIT_POLARITY_H
#define MCNN_DIGIT_POLARITY_H

#include "digit/plane.h"

/* Which is more likely, judged by what the picture's border is like: MNISTCNN_POLARITY_... */
mnistcnn_status mcnn_polarity_guess(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    int32_t *polarity);

#endif
