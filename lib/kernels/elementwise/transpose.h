#ifndef MCNN_KERNELS_TRANSPOSE_H
#define MCNN_KERNELS_TRANSPOSE_H

#include <stddef.h>

/* to[column][row] = from[row][column]; the steps, in floats, are from row to row of either. */
void mcnn_transpose(size_t rows, size_t columns, const float *from, size_t from_step, float *to,
                    size_t to_step);

#endif
