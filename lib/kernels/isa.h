/* The instruction sets the kernels are compiled for, and which of them this processor runs. */
#ifndef MCNN_KERNELS_ISA_H
#define MCNN_KERNELS_ISA_H

typedef enum mcnn_isa {
  MCNN_ISA_PORTABLE = 0, /* the same bytes everywhere: every operation is rounded, in one order */
  MCNN_ISA_BASELINE = 1, /* what the compiler may use on every processor of the architecture */
  MCNN_ISA_NEON = 2,     /* Advanced SIMD, which every AArch64 has */
  MCNN_ISA_AVX2 = 3,     /* AVX2 and FMA */
  MCNN_ISA_AVX512 = 4,   /* AVX-512 F, BW, DQ and VL */
  MCNN_ISA_COUNT = 5
} mcnn_isa;

/* 1 where the processor and the operating system run it. Pure: asks the processor each time and
 * keeps nothing; in a virtual machine that takes microseconds. */
int mcnn_isa_runs(mcnn_isa isa);

/* Products of 8-bit integers, which few processors have besides; the wider the later. */
typedef enum mcnn_int8_isa {
  MCNN_INT8_AVX_VNNI = 0,     /* AVX-VNNI, besides AVX2 */
  MCNN_INT8_AVX512_VNNI = 1,  /* AVX512_VNNI, besides AVX-512 */
  MCNN_INT8_NEON_DOTPROD = 2, /* the dot products of Armv8.2 */
  MCNN_INT8_NEON_I8MM = 3,    /* the products of matrices of Armv8.6 */
  MCNN_INT8_ISA_COUNT = 4
} mcnn_int8_isa;

/* 1 where the processor and the operating system run them, as mcnn_isa_runs(). */
int mcnn_int8_isa_runs(mcnn_int8_isa isa);

#endif
