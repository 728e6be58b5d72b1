/* Convolution for AVX2 and FMA; compiled with -mavx2 -mfma -mbmi -mbmi2 -DMCNN_SIMD_AVX2. */
#include "kernels/conv_entries.h"
#include "kernels/conv_ways.h"
#include "kernels/simd_select.h"
#include "kernels/transpose.h"

#define CONV_ISA          MCNN_ISA_AVX2
#define CONV_SHARED(name) name##_avx2

#include "kernels/conv_tile.inc.h"

#include "kernels/conv_direct.inc.h"

#include "kernels/conv_winograd_points.inc.h"

#include "kernels/conv_winograd.inc.h"

#include "kernels/conv_accumulate.inc.h"

#include "kernels/conv_picked.inc.h"

#include "kernels/conv_sweep.inc.h"

#include "kernels/conv_shared.inc.h"

#include "kernels/conv_ops.inc.h"
