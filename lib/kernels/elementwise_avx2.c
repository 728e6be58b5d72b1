/* Elementwise kernels for AVX2, which serve AVX-512 too. */
#include "kernels/elementwise_entries.h"
#include "kernels/simd.h"

#include "kernels/elementwise.inc.h"
