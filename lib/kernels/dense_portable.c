/* Dense, elementwise and optimiser kernels for the compiler's baseline. */
#include "kernels/dense_entries.h"
#include "kernels/simd.h"

#include "kernels/gemm_tile.inc.h"

#include "kernels/gemm.inc.h"

#include "kernels/elementwise.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/dense.inc.h"
