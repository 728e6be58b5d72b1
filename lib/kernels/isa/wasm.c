/* WebAssembly with 128-bit vectors: the baseline of a module that is compiled with them, for an
 * engine either runs all of a module or refuses it. */
#include "kernels/isa/simd_wasm.h"

#include "kernels/isa/tables.h"

#include "base/rng.h"
#include "base/sizes.h"
#include "kernels/dense/dense.h"
#include "kernels/elementwise/transpose.h"
#include "kernels/gemm/product.h"

#include "kernels/conv/tile.inc.h"

#include "kernels/conv/direct.inc.h"

#include "kernels/conv/indirect.inc.h"

#include "kernels/conv/winograd_transforms.inc.h"

#include "kernels/conv/winograd.inc.h"

#include "kernels/conv/winograd_backward.inc.h"

#include "kernels/conv/few_dw.inc.h"

#include "kernels/conv/active.inc.h"

#include "kernels/conv/sparse_dw.inc.h"

#include "kernels/conv/sparse_dx.inc.h"

#include "kernels/gemm/tile.inc.h"

#include "kernels/dense/row.inc.h"

#include "kernels/dense/sparse.inc.h"

#include "kernels/dense/mask.inc.h"
#include "kernels/dense/small_n.inc.h"

#include "kernels/depthwise/depthwise.inc.h"

#include "kernels/elementwise/elementwise.inc.h"

#include "kernels/elementwise/activation.inc.h"
#include "kernels/norm/norm.inc.h"

#include "kernels/norm/norm_pool.inc.h"
#include "kernels/optim/optim.inc.h"
#include "kernels/pool/pool.inc.h"
#include "kernels/pool/windows.inc.h"

const mcnn_kernels mcnn_kernels_portable = {
    .isa = MCNN_ISA_PORTABLE,
    .lanes = VF_LANES,
    .conv = {.mark_nonzero_segments = mark_nonzero_segments,
             .direct_columns = direct_columns,
             INDIRECT_KERNELS,
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
             .sweep = sweep},
    .dense_small_n_backward = dense_small_n_backward,
    DEPTHWISE_KERNELS,
    .product = {.tile_rows = TILE_ROWS,
                .tiles = {{tile_1x1, tile_1x2, tile_1x3}, {tile_4x1, tile_4x2, tile_4x3}},
                .multiply_row = multiply_row,
                .multiply_sparse = multiply_sparse,
                .backward_sparse = backward_sparse,
                .finish_sparse_dx = finish_sparse_dx},
    .dense_block_n = PANEL_COLUMNS,
    POOL_KERNELS,
    WINDOW_KERNELS,
    .dense_mask = dense_mask,
    ELEMENTWISE_KERNELS,
    ACTIVATION_KERNELS,
    NORM_KERNELS,
    NORM_POOL_KERNELS,
    OPTIM_KERNELS,
    .philox = mcnn_philox_blocks,
    .warp_nearest = mcnn_warp_nearest_scalar,
    .warp_smooth = mcnn_warp_smooth_scalar,
};
