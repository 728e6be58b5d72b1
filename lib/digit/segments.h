/* A candidate cut into segments. */
#ifndef MCNN_DIGIT_SEGMENTS_H
#define MCNN_DIGIT_SEGMENTS_H

#include "digit/candidates.h"
#include "digit/cuts.h"

/* Of mcnn_component.candidate: it belongs to the run of segments that is looked at. */
#define MCNN_SEGMENTS_RUN (UINT32_MAX - 1)

/* The components `first` .. `first + count - 1` are the segments, from left to right. */
typedef struct mcnn_segments {
  uint32_t first, count;
} mcnn_segments;

/* Makes components of the segments of a candidate; they belong to it still. */
mnistcnn_status mcnn_segments_make(const mcnn_plane *ink, mcnn_components *components,
                                   uint32_t candidate, const mcnn_cuts *cuts,
                                   const mcnn_alloc *alloc, mcnn_segments *segments);

/* Makes a candidate of the segments begin .. end - 1, whose index is MCNN_SEGMENTS_RUN. Its ink is
 * 0 where they are empty. */
mcnn_candidate mcnn_segments_run(mcnn_components *components, const mcnn_segments *segments,
                                 uint32_t begin, uint32_t end);

/* The segments belong to the candidate again. */
void mcnn_segments_restore(mcnn_components *components, const mcnn_segments *segments,
                           uint32_t candidate);

#endif
