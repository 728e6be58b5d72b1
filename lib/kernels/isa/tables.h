/* The tables that the instruction sets of this build fill; kernels/kernels.c lists them. */
#ifndef MCNN_KERNELS_ISA_TABLES_H
#define MCNN_KERNELS_ISA_TABLES_H

#include "kernels/dense/int8.h"
#include "kernels/kernels.h"

extern const mcnn_kernels mcnn_kernels_portable;
#if defined(__x86_64__)
extern const mcnn_kernels mcnn_kernels_avx2;
extern const mcnn_kernels mcnn_kernels_avx512;
#endif
#if MCNN_WITH_AVX512_VNNI
extern const mcnn_int8_kernels mcnn_int8_kernels_avx512_vnni;
#endif

#endif
