/* Convolution and pooling for the compiler's baseline. With MCNN_CONV_GEMM_ONLY, where faster
 * kernels stand beside it, the matrix product serves every shape: a tenth of the code. */
#define CONV_ISA MCNN_ISA_PORTABLE

#include "kernels/pool.inc.h"

#include "kernels/conv_gemm.inc.h"

#if defined(MCNN_CONV_GEMM_ONLY)

#include "kernels/conv_gemm_entries.inc.h"

#else

#include "kernels/conv_padded.inc.h"

#include "kernels/conv_tile.inc.h"

#include "kernels/conv_direct.inc.h"

#include "kernels/conv_winograd_points.inc.h"

#include "kernels/conv_winograd.inc.h"

#include "kernels/conv_live.inc.h"

#include "kernels/conv_sparse_dw.inc.h"

#include "kernels/conv_picked_dw.inc.h"

#include "kernels/conv_sparse_dx.inc.h"

#include "kernels/conv_sparse.inc.h"

#include "kernels/conv.inc.h"

#endif
