/* Dense layers, matrix products and optimisers for AVX2 and FMA. */
#include "kernels/dense_entries.h"
#include "kernels/product.h"
#include "kernels/simd_select.h"

#include "kernels/gemm_tile.inc.h"

#include "kernels/dense_row.inc.h"

#include "kernels/dense_sparse.inc.h"

#include "kernels/mask.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/product_ops.inc.h"
