/* The rules of a box that is printed around a digit, and of the cells beside it. */
#ifndef MCNN_DIGIT_BOX_RULES_H
#define MCNN_DIGIT_BOX_RULES_H

#include "digit/box.h"
#include "digit/rules.h"

/* Removes the rules from the ink; strokes that cross them stay, and are closed where they do. Where
 * a box was found, *found is 1 and *inside is what lies within its rules, else 0 and the whole
 * picture. Where what looks like rules may be the digit, nothing is removed. */
mnistcnn_status mcnn_box_rules_remove(mcnn_ink *ink, const mcnn_alloc *alloc, int *found,
                                      mcnn_box *inside);

/* The same with the rules of a page: ruled lines, underlines, tables. */
mnistcnn_status mcnn_page_rules_remove(mcnn_ink *ink, const mcnn_alloc *alloc);

#endif
