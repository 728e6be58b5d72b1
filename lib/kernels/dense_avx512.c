/* Dense layers and matrix products for AVX-512 F, BW, DQ and VL. */
#include "base/sizes.h"
#include "kernels/dense_entries.h"
#include "kernels/product.h"
#include "kernels/simd_select.h"

#include "kernels/gemm_tile.inc.h"

#include "kernels/dense_row.inc.h"

#include "kernels/dense_sparse.inc.h"

#include "kernels/product_ops.inc.h"
