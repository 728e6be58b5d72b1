/* Warps for AVX2, which serve AVX-512 too. */
#include "kernels/warp.inc.h"
