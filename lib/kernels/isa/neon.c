/* Advanced SIMD, which every AArch64 processor has. */
#include "kernels/isa/simd_neon.h"

#include "kernels/isa/tables.h"

#include "kernels/isa/four_lanes.inc.h"

const mcnn_kernels mcnn_kernels_neon = {.isa = MCNN_ISA_NEON, FOUR_LANE_KERNELS};
