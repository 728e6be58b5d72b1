#include "kernels/optim/squares.h"

/* Sums that do not wait for each other. */
enum { SUMS = 8 };

double mcnn_sum_of_squares(size_t n, const float *x) {
  double sums[SUMS] = {0}, all = 0;
  size_t i = 0;
  for (; i + SUMS <= n; i += SUMS)
    for (size_t j = 0; j < SUMS; j++)
      sums[j] += (double)x[i + j] * (double)x[i + j];
  for (size_t j = 0; i + j < n; j++)
    sums[j] += (double)x[i + j] * (double)x[i + j];
  for (size_t j = 0; j < SUMS; j++)
    all += sums[j];
  return all;
}
