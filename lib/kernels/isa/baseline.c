/* What the compiler may use on every processor of the architecture, where no other file here is
 * for that: fused multiply-add where it has it. */
#define VF_FUSED 1
#include "kernels/isa/simd_portable.h"

#include "kernels/isa/tables.h"

#include "kernels/isa/four_lanes.inc.h"

const mcnn_kernels mcnn_kernels_baseline = {.isa = MCNN_ISA_BASELINE, FOUR_LANE_KERNELS};
