/* The tables that the instruction sets of this build fill; kernels/kernels.c lists them. */
#ifndef MCNN_KERNELS_ISA_TABLES_H
#define MCNN_KERNELS_ISA_TABLES_H

#include "kernels/dense/int8.h"
#include "kernels/kernels.h"

/* The address of each table, or NULL where this architecture has none; WebAssembly has one alone,
 * as a module is small. */
#if defined(__wasm__)
#define MCNN_KERNELS_PORTABLE NULL
#else
extern const mcnn_kernels mcnn_kernels_portable;
#define MCNN_KERNELS_PORTABLE (&mcnn_kernels_portable)
#endif
#if defined(__x86_64__)
extern const mcnn_kernels mcnn_kernels_avx2;
extern const mcnn_kernels mcnn_kernels_avx512;
#define MCNN_KERNELS_AVX2   (&mcnn_kernels_avx2)
#define MCNN_KERNELS_AVX512 (&mcnn_kernels_avx512)
#else
#define MCNN_KERNELS_AVX2   NULL
#define MCNN_KERNELS_AVX512 NULL
#endif
#if defined(__aarch64__)
extern const mcnn_kernels mcnn_kernels_neon;
#define MCNN_KERNELS_NEON     (&mcnn_kernels_neon)
#define MCNN_KERNELS_BASELINE NULL /* NEON is the baseline */
#else
extern const mcnn_kernels mcnn_kernels_baseline;
#define MCNN_KERNELS_NEON     NULL
#define MCNN_KERNELS_BASELINE (&mcnn_kernels_baseline)
#endif

#if defined(__x86_64__)

/* Of AVX2, which AVX-512's table has too: wider vectors would gain nothing. */
void mcnn_philox_avx2(const uint32_t counter[4], const uint32_t key[2], size_t blocks,
                      uint32_t *out);
void mcnn_warp_nearest_avx2(const mcnn_warp *w, int32_t *offset);
void mcnn_warp_smooth_avx2(const mcnn_warp *w, size_t rows, const mcnn_warp_field *field,
                           const mcnn_warp_source *source, float *target);
#endif

/* Products of 8-bit integers: where the compiler knows the instructions. */
#if MCNN_WITH_AVX_VNNI
extern const mcnn_int8_kernels mcnn_int8_kernels_avx_vnni;
#define MCNN_INT8_KERNELS_AVX_VNNI (&mcnn_int8_kernels_avx_vnni)
#else
#define MCNN_INT8_KERNELS_AVX_VNNI NULL
#endif
#if MCNN_WITH_AVX512_VNNI
extern const mcnn_int8_kernels mcnn_int8_kernels_avx512_vnni;
#define MCNN_INT8_KERNELS_AVX512_VNNI (&mcnn_int8_kernels_avx512_vnni)
#else
#define MCNN_INT8_KERNELS_AVX512_VNNI NULL
#endif
#if MCNN_WITH_NEON_DOTPROD
extern const mcnn_int8_kernels mcnn_int8_kernels_neon_dotprod;
#define MCNN_INT8_KERNELS_NEON_DOTPROD (&mcnn_int8_kernels_neon_dotprod)
#else
#define MCNN_INT8_KERNELS_NEON_DOTPROD NULL
#endif
#if MCNN_WITH_NEON_I8MM
extern const mcnn_int8_kernels mcnn_int8_kernels_neon_i8mm;
#define MCNN_INT8_KERNELS_NEON_I8MM (&mcnn_int8_kernels_neon_i8mm)
#else
#define MCNN_INT8_KERNELS_NEON_I8MM NULL
#endif

#endif
