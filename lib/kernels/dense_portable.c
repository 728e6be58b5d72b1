/* Dense layers, matrix products and optimisers for the compiler's baseline. */
#include "kernels/dense_entries.h"
#include "kernels/product.h"
#include "kernels/simd_select.h"

#include "kernels/gemm_tile.inc.h"

#include "kernels/mask.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/product_ops.inc.h"
