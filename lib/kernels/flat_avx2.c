/* Max-pooling, elementwise kernels, masks, narrow layers, optimisers, random numbers and the warp
 * of images, in which nothing depends on the width of a vector; for AVX2 and FMA, which serve
 * AVX-512 too. */
#include "kernels/flat_entries.h"
#include "kernels/simd_select.h"
#include "kernels/transpose.h"

#include "kernels/pool.inc.h"

#include "kernels/elementwise.inc.h"

#include "kernels/mask.inc.h"
#include "kernels/narrow.inc.h"
#include "kernels/optim.inc.h"

#include "kernels/philox.inc.h"
#include "kernels/warp_nearest.inc.h"
#include "kernels/warp_smooth.inc.h"
