/* WebAssembly with 128-bit vectors: the baseline of a module that is compiled with them, for an
 * engine either runs all of a module or refuses it. */
#include "kernels/isa/simd_wasm.h"

#include "kernels/isa/tables.h"

#include "kernels/isa/four_lanes.inc.h"

const mcnn_kernels mcnn_kernels_baseline = {.isa = MCNN_ISA_BASELINE, FOUR_LANE_KERNELS};
