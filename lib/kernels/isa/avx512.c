/* AVX-512 F, BW, DQ and VL; compiled with -mavx512f -mavx512bw -mavx512dq -mavx512vl and the
 * flags of AVX2. */
#include "kernels/isa/simd_avx512.h"

#include "kernels/isa/tables.h"

#include "base/rng.h"
#include "base/sizes.h"
#include "kernels/dense/dense.h"
#include "kernels/elementwise/transpose.h"
#include "kernels/gemm/product.h"

#include "kernels/conv/tile.inc.h"

#include "kernels/conv/direct.inc.h"

#include "kernels/conv/indirect.inc.h"

#include "kernels/conv/nonzero.inc.h"

#include "kernels/conv/winograd_transforms.inc.h"

#include "kernels/conv/winograd.inc.h"

#include "kernels/conv/winograd_backward.inc.h"

#include "kernels/conv/few_dw.inc.h"

#include "kernels/conv/active.inc.h"

#include "kernels/conv/sparse_dw.inc.h"

#include "kernels/conv/sparse_dx.inc.h"

#include "kernels/conv/gather_dw.inc.h"

#include "kernels/gemm/tile.inc.h"

#include "kernels/dense/row.inc.h"

#include "kernels/dense/sparse.inc.h"

#include "kernels/dense/mask.inc.h"
#include "kernels/dense/small_n.inc.h"

#define DEPTHWISE_HALF (&mcnn_kernels_avx2.depthwise)
#include "kernels/depthwise/depthwise.inc.h"

#include "kernels/elementwise/elementwise.inc.h"

#include "kernels/elementwise/activation.inc.h"
#include "kernels/norm/norm.inc.h"

#include "kernels/norm/norm_pool.inc.h"
#include "kernels/optim/optim.inc.h"
#include "kernels/pool/pool.inc.h"
#include "kernels/pool/windows.inc.h"

/* A panel of the backward pass of dense layers (dense/sparse.inc.h): two took as long on one
 * thread, but are too few blocks for several. */
#define DENSE_BLOCK_N PANEL_COLUMNS

const mcnn_kernels mcnn_kernels_avx512 = {
    .isa = MCNN_ISA_AVX512,
    .lanes = VF_LANES,
    .conv = {.mark_nonzero_segments = mark_nonzero_segments,
             .direct_columns = direct_columns,
             INDIRECT_KERNELS,
             .find_nonzero = find_nonzero,
             .nonzero_row = nonzero_row,
             .indirect_half = &mcnn_kernels_avx2.conv.indirect[0],
             .winograd_pack = winograd_pack,
             .winograd_input = winograd_input,
             .winograd_multiply = winograd_multiply,
             .winograd_output = winograd_output,
             .winograd_gradient = winograd_gradient,
             .winograd_dx = winograd_dx,
             .winograd_weights = winograd_weights,
             .few_dw = few_dw,
             .list_channels = list_channels,
             .list_columns = list_columns,
             .list_outputs = list_outputs,
             .blocks = block_kernels,
             .sparse_finish = sparse_finish,
             .sweep = sweep,
             .pack_columns = pack_columns,
             .list_gather = list_gather,
             .lanes_are_channels = VF_LANES > MCNN_GATHER_WIDTH,
             .accumulate_gather = accumulate_gather_any},
    DEPTHWISE_KERNELS,
    .product = {.tile_rows = TILE_ROWS,
                .tiles = {{tile_1x1, tile_1x2, tile_1x3},
                          {tile_4x1, tile_4x2, tile_4x3},
                          {tile_8x1, tile_8x2, tile_8x3}},
                .dot_rows = DOT_ROWS,
                .dot_tile = dot_tile,
                .multiply_row = multiply_row,
                .multiply_sparse = multiply_sparse,
                .backward_sparse = backward_sparse,
                .finish_sparse_dx = finish_sparse_dx},
    .dense_block_n = DENSE_BLOCK_N,
    .dense_narrow_n = DENSE_BLOCK_N,
    .dense_small_n_backward = dense_small_n_backward,
    POOL_KERNELS,
    WINDOW_KERNELS,
    .dense_mask = dense_mask,
    ELEMENTWISE_KERNELS,
    ACTIVATION_KERNELS,
    NORM_KERNELS,
    NORM_POOL_KERNELS,
    OPTIM_KERNELS,
    .philox = mcnn_philox_avx2,
    .warp_nearest = mcnn_warp_nearest_avx2,
    .warp_smooth = mcnn_warp_smooth_avx2,
};
