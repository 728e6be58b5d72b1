/* The warp of later versions of Keras, apart because few ask for it: it is compiled to be small. */
#include "kernels/warp.h"

/* A NaN becomes `low`. */
static inline double clamp(double value, double low, double high) {
  const double raised = value > low ? value : low;
  return raised < high ? raised : high;
}

void mcnn_warp_edge(const mcnn_warp *w, int32_t *restrict offset, float *restrict down,
                    float *restrict right) {
  const double last_row = w->height - 1, last_column = w->width - 1;
  const int32_t stride = (int32_t)(w->width + MCNN_WARP_BORDER);
  for (int32_t c = 0; c < (int32_t)w->width; c++) {
    const double r = clamp(w->row_start + w->row_step * c, 0.0, last_row);
    const double s = clamp(w->column_start + w->column_step * c, 0.0, last_column);
    const int32_t ri = (int32_t)r, si = (int32_t)s;
    offset[c] = (ri + 1) * stride + si + 1;
    down[c] = (float)(r - ri);
    right[c] = (float)(s - si);
  }
}
