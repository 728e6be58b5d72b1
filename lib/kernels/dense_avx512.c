/* Dense, elementwise and optimiser kernels for AVX-512 F, BW, DQ and VL. */
#include "kernels/dense_entries.h"
#include "kernels/simd.h"
#include "kernels/simd_select.h"

#include "kernels/gemm_tile.inc.h"

#include "kernels/gemm.inc.h"

#include "kernels/elementwise.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/dense_sparse.inc.h"

#include "kernels/dense.inc.h"
