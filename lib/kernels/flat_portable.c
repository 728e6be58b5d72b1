/* Kernels that pass over memory once, without anything that depends on the width of a vector:
 * max-pooling, elementwise, optimisers; for the compiler's baseline. */
#include "kernels/flat_entries.h"
#include "kernels/simd_select.h"

#include "kernels/pool.inc.h"

#include "kernels/elementwise.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/mask.inc.h"
