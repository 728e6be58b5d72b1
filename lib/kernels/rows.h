/* Some rows of what windows make of an image: which rows of the image they look at. */
#ifndef MCNN_KERNELS_ROWS_H
#define MCNN_KERNELS_ROWS_H

#include "base/sizes.h"

typedef struct mcnn_rows {
  size_t first, count; /* of the image */
  size_t above, below; /* of zeros around it, that windows reach */
} mcnn_rows;

/* Under the rows [begin, end) of positions, where `padding` rows of zeros are above the `height`
 * rows of the image; of these rows of positions at least one meets the image. */
static inline mcnn_rows mcnn_rows_under(size_t begin, size_t end, size_t window, size_t stride,
                                        size_t padding, size_t height) {
  const size_t from = begin * stride, to = (end - 1) * stride + window; /* from the zeros' edge */
  const size_t first = mcnn_max(from, padding), last = mcnn_min(to, padding + height);
  return (mcnn_rows){first - padding, last - first, first - from, to - last};
}

#endif
