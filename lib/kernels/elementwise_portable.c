/* Elementwise kernels for the compiler's baseline. */
#include "kernels/elementwise_entries.h"
#include "kernels/simd.h"

#include "kernels/elementwise.inc.h"
