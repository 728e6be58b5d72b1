/* The same bytes on every processor: every product and every sum is rounded, and the matrix product
 * serves every convolution, the general kernels every dense layer. That is small, too. */
#define VF_SMALL 1
#define VF_FUSED 0
#include "kernels/isa/simd_portable.h"

#include "kernels/isa/tables.h"

#include "base/rng.h"
#include "base/sizes.h"
#include "kernels/dense/dense.h"
#include "kernels/elementwise/transpose.h"
#include "kernels/gemm/product.h"

#include "kernels/gemm/tile.inc.h"

/* The rest need not be unrolled. */
#undef VF_EACH
#define VF_EACH VF_LOOP

#include "kernels/dense/mask.inc.h"
#include "kernels/depthwise/depthwise.inc.h"

#include "kernels/elementwise/elementwise.inc.h"

#include "kernels/elementwise/activation.inc.h"
#include "kernels/norm/norm.inc.h"

#include "kernels/norm/norm_pool.inc.h"
#include "kernels/optim/optim.inc.h"
#include "kernels/pool/pool.inc.h"
#include "kernels/pool/windows.inc.h"

#define PORTABLE_KERNELS                                                                           \
  .lanes = VF_LANES, DEPTHWISE_KERNELS,                                                            \
  .product = {.tile_rows = TILE_ROWS,                                                              \
              .tiles = {{tile_1x1, tile_1x2, tile_1x3}, {tile_4x1, tile_4x2, tile_4x3}}},          \
  .dense_block_n = 128, /* as AVX-512: a block is the same for every vector of it */               \
      POOL_KERNELS, WINDOW_KERNELS, .dense_mask = dense_mask, ELEMENTWISE_KERNELS,                 \
  ACTIVATION_KERNELS, NORM_KERNELS, NORM_POOL_KERNELS, OPTIM_KERNELS,                              \
  .philox = mcnn_philox_blocks, .warp_nearest = mcnn_warp_nearest_scalar,                          \
  .warp_smooth = mcnn_warp_smooth_scalar

const mcnn_kernels mcnn_kernels_portable = {.isa = MCNN_ISA_PORTABLE, PORTABLE_KERNELS};

#if defined(__x86_64__)
/* What serves processors from before 2013 only, and leaves matrix products to OpenBLAS where that
 * is installed, need not be faster. */
const mcnn_kernels mcnn_kernels_baseline = {.isa = MCNN_ISA_BASELINE, PORTABLE_KERNELS};
#endif
