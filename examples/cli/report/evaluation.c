#include "report/evaluation.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

uint64_t evaluation_cell(const evaluation *e, uint32_t actual, uint32_t predicted) {
  return e->confusion[(size_t)actual * e->num_classes + predicted];
}

const char *evaluation_name(const evaluation *e, uint32_t class_index) {
  return mnistcnn_model_class_name(e->model, class_index);
}

uint64_t evaluation_images(const evaluation *e, uint32_t class_index) {
  uint64_t sum = 0;

  for (uint32_t predicted = 0; predicted < e->num_classes; predicted++)
    sum += evaluation_cell(e, class_index, predicted);
  return sum;
}

uint64_t evaluation_predictions(const evaluation *e, uint32_t class_index) {
  uint64_t sum = 0;

  for (uint32_t actual = 0; actual < e->num_classes; actual++)
    sum += evaluation_cell(e, actual, class_index);
  return sum;
}

static double fraction(uint64_t part, uint64_t whole) {
  return whole ? (double)part / (double)whole : (double)NAN;
}

double evaluation_recall(const evaluation *e, uint32_t class_index) {
  return fraction(evaluation_cell(e, class_index, class_index), evaluation_images(e, class_index));
}

double evaluation_precision(const evaluation *e, uint32_t class_index) {
  return fraction(evaluation_cell(e, class_index, class_index),
                  evaluation_predictions(e, class_index));
}

double evaluation_f1(const evaluation *e, uint32_t class_index) {
  return fraction(2 * evaluation_cell(e, class_index, class_index),
                  evaluation_images(e, class_index) + evaluation_predictions(e, class_index));
}

uint64_t evaluation_next_confusion(const evaluation *e, uint64_t below, uint32_t *actual,
                                   uint32_t *predicted) {
  const size_t count = (size_t)e->num_classes * e->num_classes;
  const size_t last = (size_t)*actual * e->num_classes + *predicted;
  size_t best = count;

  for (size_t i = 0; i < count; i++) {
    const uint64_t cases = i % (e->num_classes + 1u) == 0 ? 0 : e->confusion[i]; /* diagonal */
    const bool to_come = cases < below || (cases == below && i > last);
    if (cases > 0 && to_come && (best == count || cases > e->confusion[best]))
      best = i;
  }
  if (best == count)
    return 0;
  *actual = (uint32_t)(best / e->num_classes);
  *predicted = (uint32_t)(best % e->num_classes);
  return e->confusion[best];
}
