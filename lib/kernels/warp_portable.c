/* Warps for the compiler's baseline. */
#include "kernels/warp.inc.h"
