/* Kernels that pass over memory once, without anything that depends on the width of a vector:
 * max-pooling, elementwise, optimisers; for AVX2 and FMA, which serve AVX-512 too. */
#include "kernels/flat_entries.h"
#include "kernels/simd_select.h"

#include "kernels/pool.inc.h"

#include "kernels/elementwise.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/mask.inc.h"
