/* Convolution for the compiler's baseline. With MCNN_CONV_GEMM_ONLY, where faster kernels stand
 * beside it, the matrix product serves every shape: a tenth of the code. */
#include "kernels/conv_entries.h"
#include "kernels/conv_ways.h"
#include "kernels/simd_select.h"
#include "kernels/transpose.h"

#define CONV_ISA          MCNN_ISA_PORTABLE
#define CONV_SHARED(name) name##_portable

#if !defined(MCNN_CONV_GEMM_ONLY)

#include "kernels/conv_tile.inc.h"

#include "kernels/conv_direct.inc.h"

#include "kernels/conv_winograd_points.inc.h"

#include "kernels/conv_winograd.inc.h"

#include "kernels/conv_accumulate.inc.h"

#include "kernels/conv_sweep.inc.h"

#include "kernels/conv_shared.inc.h"

#endif

#include "kernels/conv_ops.inc.h"
