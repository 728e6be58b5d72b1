/* Takes rules out of the ink, without the strokes that cross them. */
#ifndef MCNN_DIGIT_RULE_REMOVAL_H
#define MCNN_DIGIT_RULE_REMOVAL_H

#include "digit/rules.h"

/* The rules along one axis: [0] of two are rows, [1] columns. */
typedef struct mcnn_ruled {
  mcnn_rule_view view;
  mcnn_rules rules;
} mcnn_ruled;

mnistcnn_status mcnn_rules_find_both(const mcnn_ink *ink, uint32_t level, const mcnn_alloc *alloc,
                                     mcnn_ruled directions[2]);

/* after: [height][width], the ink without the rules. A stroke that crosses a rule is closed between
 * the places where it enters and leaves it. *num_free: rules that no stroke touches. */
mnistcnn_status mcnn_rules_erase(const mcnn_ink *ink, const mcnn_ruled directions[2],
                                 const mcnn_alloc *alloc, uint8_t *after, uint32_t *num_free);

#endif
