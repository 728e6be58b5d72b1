/* A candidate cut into pieces. */
#ifndef MCNN_DIGIT_PIECES_H
#define MCNN_DIGIT_PIECES_H

#include "digit/candidates.h"
#include "digit/cuts.h"

/* Of mcnn_component.candidate: it belongs to the run of pieces that is looked at. */
#define MCNN_PIECES_RUN (UINT32_MAX - 1)

/* The components `first` .. `first + count - 1` are the pieces, from left to right. */
typedef struct mcnn_pieces {
  uint32_t first, count;
} mcnn_pieces;

/* Makes components of the pieces of a candidate; they belong to it still. */
mnistcnn_status mcnn_pieces_make(const mcnn_plane *ink, mcnn_components *components,
                                 uint32_t candidate, const mcnn_cuts *cuts, const mcnn_alloc *alloc,
                                 mcnn_pieces *pieces);

/* Makes a candidate of the pieces begin .. end - 1, whose index is MCNN_PIECES_RUN. Its ink is 0
 * where they are empty. */
mcnn_candidate mcnn_pieces_run(mcnn_components *components, const mcnn_pieces *pieces,
                               uint32_t begin, uint32_t end);

/* The pieces belong to the candidate again. */
void mcnn_pieces_restore(mcnn_components *components, const mcnn_pieces *pieces,
                         uint32_t candidate);

#endif
