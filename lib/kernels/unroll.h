/* Loops over registers. An array of vectors lives in registers only if every index is known before
 * GCC's scalar replacement runs, that is, if the loops over it are unrolled early, whatever their
 * size; otherwise each sum takes a trip through memory. */
#ifndef MCNN_KERNELS_UNROLL_H
#define MCNN_KERNELS_UNROLL_H

#if defined(__clang__)
#define MCNN_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define MCNN_UNROLL _Pragma("GCC unroll 64")
#else
#define MCNN_UNROLL
#endif

#endif
