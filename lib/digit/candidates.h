/* Components that may be one digit together. */
#ifndef MCNN_DIGIT_CANDIDATES_H
#define MCNN_DIGIT_CANDIDATES_H

#include "digit/components.h"

/* Components that may be one digit. */
typedef struct mcnn_candidate {
  mcnn_box box;
  uint64_t ink;            /* sum of its components' */
  uint32_t num_components; /* with a twentieth of the ink or more */
  uint32_t num_enclosed;   /* components within the box of the largest */
  const mcnn_component *largest;
  uint32_t line;   /* of writing, from 0; of a form, its row */
  uint32_t column; /* of a form */
  uint8_t at_border;
} mcnn_candidate;

typedef struct mcnn_candidates {
  mcnn_candidate *items;
  uint32_t count;
  uint32_t text_height; /* of the digits, in pixels */
  uint64_t ink;         /* of everything, but for specks and frames */
} mcnn_candidates;

#endif
