/* All kernels for vectors of four lanes: what neon.c and baseline.c include after their vector
 * words, and the members of their tables. */
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

#if VF_PIXELS
#define PIXEL_KERNELS .direct_pixels = direct_pixels
#else
#define PIXEL_KERNELS .direct_pixels = NULL
#endif

#if VF_WINOGRAD_BACKWARD
#include "kernels/conv/winograd_backward.inc.h"
#define WINOGRAD_BACKWARD_KERNELS                                                                  \
  .winograd_gradient = winograd_gradient, .winograd_dx = winograd_dx,                              \
  .winograd_weights = winograd_weights
#else
#define WINOGRAD_BACKWARD_KERNELS .winograd_gradient = NULL
#endif

#if !VF_FEW_SUMS
#include "kernels/conv/few_dw.inc.h"
#define FEW_KERNELS .few_dw = few_dw
#else /* all taps of a channel are more sums than registers */
#define FEW_KERNELS .few_dw = NULL
#endif

#include "kernels/conv/active.inc.h"

#include "kernels/conv/sparse_dw.inc.h"

#include "kernels/conv/sparse_dx.inc.h"

#include "kernels/gemm/tile.inc.h"

#include "kernels/dense/row.inc.h"

#include "kernels/dense/sparse.inc.h"

#include "kernels/dense/mask.inc.h"
#if !VF_FEW_SUMS
#include "kernels/dense/small_n.inc.h"
#define SMALL_N_KERNELS .dense_small_n_backward = dense_small_n_backward
#else /* the general kernels were faster by an eighth */
#define SMALL_N_KERNELS .dense_small_n_backward = NULL
#endif

#include "kernels/depthwise/depthwise.inc.h"

#include "kernels/elementwise/elementwise.inc.h"

#include "kernels/elementwise/activation.inc.h"
#include "kernels/norm/norm.inc.h"

#include "kernels/norm/norm_pool.inc.h"
#include "kernels/optim/optim.inc.h"
#include "kernels/pool/pool.inc.h"
#include "kernels/pool/windows.inc.h"

#if VF_REGISTERS == 32
#define FOUR_LANE_TILES                                                                            \
  {                                                                                                \
    {tile_1x1, tile_1x2, tile_1x3}, {tile_4x1, tile_4x2, tile_4x3}, {                              \
      tile_8x1, tile_8x2, tile_8x3                                                                 \
    }                                                                                              \
  }
#elif !VF_FEW_SUMS
#define FOUR_LANE_TILES                                                                            \
  {                                                                                                \
    {tile_1x1, tile_1x2, tile_1x3}, {tile_4x1, tile_4x2, tile_4x3}, {                              \
      NULL, tile_6x2, NULL                                                                         \
    }                                                                                              \
  }
#else
#define FOUR_LANE_TILES                                                                            \
  {                                                                                                \
    {tile_1x1, tile_1x2, tile_1x3}, {                                                              \
      tile_4x1, tile_4x2, tile_4x3                                                                 \
    }                                                                                              \
  }
#endif

/* Blocks of the wide dense layers are whole panels (dense/sparse.inc.h). */
#define FOUR_LANE_KERNELS                                                                          \
  .lanes = VF_LANES,                                                                               \
  .conv = {.mark_nonzero_segments = mark_nonzero_segments,                                         \
           .direct_columns = direct_columns,                                                       \
           INDIRECT_KERNELS,                                                                       \
           .find_nonzero = find_nonzero,                                                           \
           .nonzero_row = nonzero_row,                                                             \
           .winograd_pack = winograd_pack,                                                         \
           .winograd_input = winograd_input,                                                       \
           .winograd_multiply = winograd_multiply,                                                 \
           .winograd_output = winograd_output,                                                     \
           WINOGRAD_BACKWARD_KERNELS,                                                              \
           PIXEL_KERNELS,                                                                          \
           FEW_KERNELS,                                                                            \
           .list_channels = list_channels,                                                         \
           .list_columns = list_columns,                                                           \
           .list_outputs = list_outputs,                                                           \
           .blocks = block_kernels,                                                                \
           .sparse_finish = sparse_finish,                                                         \
           .sweep = sweep},                                                                        \
  DEPTHWISE_KERNELS,                                                                               \
  .product = {.tile_rows = TILE_ROWS,                                                              \
              .tiles = FOUR_LANE_TILES,                                                            \
              .dot_rows = DOT_ROWS,                                                                \
              .dot_tile = dot_tile,                                                                \
              .multiply_row = multiply_row,                                                        \
              .multiply_sparse = multiply_sparse,                                                  \
              .backward_sparse = backward_sparse,                                                  \
              .finish_sparse_dx = finish_sparse_dx},                                               \
  .dense_block_n = 2 * PANEL_COLUMNS, SMALL_N_KERNELS, POOL_KERNELS, WINDOW_KERNELS,               \
  .dense_mask = dense_mask, ELEMENTWISE_KERNELS, ACTIVATION_KERNELS, NORM_KERNELS,                 \
  NORM_POOL_KERNELS, OPTIM_KERNELS, .philox = mcnn_philox_blocks,                                  \
  .warp_nearest = mcnn_warp_nearest_scalar, .warp_smooth = mcnn_warp_smooth_scalar
