/* Otsu's threshold. */
#ifndef MCNN_DIGIT_OTSU_H
#define MCNN_DIGIT_OTSU_H

#include <stdint.h>

/* Otsu 1979, over the levels from `first` on: the threshold that leaves the least variance in the
 * two classes. Returns the last level of the lower class. */
uint32_t mcnn_otsu_threshold(const uint32_t histogram[256], uint32_t first);

#endif
