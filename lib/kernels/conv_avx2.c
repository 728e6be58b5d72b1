/* Convolution and pooling for AVX2 and FMA; compiled with -mavx2 -mfma -DMCNN_SIMD_AVX2. */
#define CONV_ISA MCNN_ISA_AVX2

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
