/* What the vector words of all instruction sets have in common: included first and last by each of
 * isa/simd_*.h, which define
 *
 *   vf             a vector of VF_LANES floats
 *   VF_REGISTERS   how many there are: templates hold as many sums as fit
 *   VF_FEW_SUMS    1: not all registers but a few are for sums: ten stay in theirs
 *   VF_STEPPING    1: loops move pointers, where an address of base and index takes instructions
 *   VF_PREFETCHES  0: there is no instruction that fetches ahead; what is for it only is left out
 *   VF_PIXELS      1: convolution of one channel goes pixel by pixel (conv/direct.inc.h); 0 unless
 *                  the build defines it, as for WebAssembly with and without vectors
 *   VF_SMALL       1: the fewest forms of each kernel do; 0 unless the file of the instruction set
 *                  defines it
 *   VF_WINOGRAD_BACKWARD   0: the backward pass of convolutions without pooling by Winograd's
 *                  algorithm is left out; defined by the build
 *   VF_WINOGRAD_STRIDES    0: that algorithm knows no strides, as where VF_WINOGRAD_BACKWARD is 0;
 *                  winograd.c is told so by the build
 *   VF_MASKED      1: a load of some lanes costs no more than one of all
 *   VF_RARE        how functions are compiled that touch some lanes: inlined where there are masks,
 *                  else called, so that they do not swell every place that allows for them
 *
 * and the operations below, each on all lanes. The `_n` forms touch only the first n lanes of
 * memory (0 <= n <= VF_LANES); loads set the other lanes to zero. A kernel is a template, an
 * *.inc.h file, written once in these words and included once by each instruction set's file. */
#ifndef MCNN_KERNELS_ISA_SIMD_H
#define MCNN_KERNELS_ISA_SIMD_H

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef VF_WINOGRAD_BACKWARD
#define VF_WINOGRAD_BACKWARD 1
#endif
#define VF_WINOGRAD_STRIDES VF_WINOGRAD_BACKWARD
#ifndef VF_SMALL
#define VF_SMALL 0
#endif
#ifndef VF_FEW_SUMS
#define VF_FEW_SUMS 0
#endif
#ifndef VF_STEPPING
#define VF_STEPPING 0
#endif
#ifndef VF_PREFETCHES
#define VF_PREFETCHES 1
#endif
#ifndef VF_PIXELS
#define VF_PIXELS 0
#endif

#define VF_INLINE static inline __attribute__((always_inline, unused))

/* A loop of a constant count that is unrolled whole: indices into arrays of vectors become
 * constants, so that the arrays live in registers. */
#if defined(__clang__)
#define VF_EACH(i, count) _Pragma("clang loop unroll(full)") for (size_t i = 0; i < (count); i++)
#else
#define VF_EACH(i, count) _Pragma("GCC unroll 32") for (size_t i = 0; i < (count); i++)
#endif

/* A loop of a small count that stays a loop: what it indexes is in memory anyway, and unrolled
 * it would only be large. */
#if defined(__clang__)
#define VF_LOOP(i, count) _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < (count); i++)
#else
#define VF_LOOP(i, count) _Pragma("GCC unroll 1") for (size_t i = 0; i < (count); i++)
#endif

/* The same address, in one register: what is read at constant distances from it needs no index,
 * which would cost the processor another step each. */
VF_INLINE const float *vf_one_register(const float *p) {
  __asm__("" : "+r"(p));
  return p;
}

#endif
