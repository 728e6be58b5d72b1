/* A table of printed cells. */
#ifndef MCNN_DIGIT_FORM_H
#define MCNN_DIGIT_FORM_H

#include "digit/candidates.h"
#include "digit/rules.h"

/* Cells lie between one rule and the next. */
typedef struct mcnn_form {
  uint32_t num_rows, num_columns; /* of cells; 0: there is no form */
  mcnn_box region;                /* of the picture, to which the rules refer */
  mcnn_rule rows[MCNN_MOST_RULES], columns[MCNN_MOST_RULES];
} mcnn_form;

/* Finds the largest thing that is a table of cells, and removes its rules from the ink. */
mnistcnn_status mcnn_form_find(mcnn_ink *ink, const mcnn_alloc *alloc, mcnn_form *form);

/* What lies between the rules around a cell. */
mcnn_box mcnn_form_cell(const mcnn_form *form, uint32_t row, uint32_t column);

/* A candidate for each cell with ink, row by row, their lines and columns being those of the cells.
 * The caller frees them, also on failure. */
mnistcnn_status mcnn_form_candidates(const mcnn_form *form, mcnn_components *components,
                                     const mcnn_alloc *alloc, mcnn_candidates *candidates);

#endif
