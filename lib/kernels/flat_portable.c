/* Max-pooling, elementwise kernels, masks and optimisers, in which nothing depends on the width of
 * a vector; for the compiler's baseline. */
#include "base/rng.h"
#include "kernels/flat_entries.h"
#include "kernels/simd_select.h"
#include "kernels/transpose.h"

#include "kernels/pool.inc.h"

#include "kernels/elementwise.inc.h"

#include "kernels/mask.inc.h"
#if !defined(__x86_64__) /* there what it serves is so old that the general way does */
#include "kernels/narrow.inc.h"
#endif
#include "kernels/optim.inc.h"

void mcnn_philox_portable(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                          uint32_t *out) {
  mcnn_philox_blocks(counter, key, blocks, out);
}
