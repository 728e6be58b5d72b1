/* Elementary functions that give the same bits everywhere, which those of a C library do not: they
 * differ between libraries, and between processors with and without fused multiply-add. Within one
 * unit in the last place. What is not here (square roots, rounding) is exact in every library. */
#ifndef MCNN_BASE_ELEMENTARY_H
#define MCNN_BASE_ELEMENTARY_H

#include <stdint.h>

/* Any x; subnormal results are rounded twice. */
double mcnn_exp(double x);

/* x > 0, not subnormal; infinity and NaN stay */
double mcnn_log(double x);

/* log(1 + x) for 0 <= x */
double mcnn_log1p(double x);

/* |x| <= 1e5 */
double mcnn_sin(double x);
double mcnn_cos(double x);

/* x^n, |x| <= 1 */
double mcnn_power(double x, uint64_t n);

#endif
