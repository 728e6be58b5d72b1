/* The paper behind the ink: how light it would be everywhere without it. */
#ifndef MCNN_DIGIT_PAPER_H
#define MCNN_DIGIT_PAPER_H

#include "digit/plane.h"

/* An estimate from a plane of dark ink. The caller frees *paper. */
mnistcnn_status mcnn_paper_estimate(const mcnn_plane *plane, const mcnn_alloc *alloc,
                                    mcnn_plane *paper);

/* The same where all strokes are narrower than `window` pixels; the smaller it is, the closer the
 * estimate follows shadows and the edges of sheets. */
mnistcnn_status mcnn_paper_estimate_within(const mcnn_plane *plane, uint32_t window,
                                           const mcnn_alloc *alloc, mcnn_plane *paper);

/* How many pixels of the paper are less than a third as light as the rest: something dark, wider
 * than any stroke. 0 where they lie at the border as well, as shadows and tables do. */
size_t mcnn_paper_blot(const mcnn_plane *paper);

#endif
