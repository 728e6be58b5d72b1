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

/* 1 where they run AVX512_VNNI besides AVX-512. */
int mcnn_isa_runs_vnni(void);

#endif
