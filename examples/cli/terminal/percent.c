#include "terminal/percent.h"

#include <math.h>
#include <stdio.h>

const char *percent_text(double fraction, char text[PERCENT_CAPACITY]) {
  const double percent = 100 * fraction;

  if (isnan(fraction))
    snprintf(text, PERCENT_CAPACITY, "-");
  else if (fraction > 0 && percent < 0.005)
    snprintf(text, PERCENT_CAPACITY, "<0.01%%");
  else if (fraction < 1 && percent >= 99.995)
    snprintf(text, PERCENT_CAPACITY, "99.99%%");
  else
    snprintf(text, PERCENT_CAPACITY, "%.2f%%", percent);
  return text;
}

double confidence_of(const float *probabilities, uint32_t num_classes, uint32_t index) {
  double others = 0;

  if (probabilities[index] < 1.0f)
    return (double)probabilities[index];
  for (uint32_t c = 0; c < num_classes; c++)
    if (c != index)
      others += (double)probabilities[c];
  return others < 1e-6 ? 1 - others : 1; /* those of a network that ends in sigmoid may be large */
}
