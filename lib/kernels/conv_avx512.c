/* Convolution and pooling for AVX-512; compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl
 * -mavx2 -mfma -DMCNN_SIMD_AVX512. */
#define CONV_ISA MCNN_ISA_AVX512

#include "kernels/pool.inc.h"

#include "kernels/conv_gemm.inc.h"

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
