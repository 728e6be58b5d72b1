/* The instruction sets the kernels are compiled for, and which of them this processor runs. */
#ifndef MCNN_KERNELS_ISA_H
#define MCNN_KERNELS_ISA_H

typedef enum mcnn_isa {
  MCNN_ISA_PORTABLE = 0, /* what the compiler's baseline gives: SSE2 on x86-64, NEON on AArch64 */
  MCNN_ISA_AVX2 = 1,     /* AVX2 and FMA */
  MCNN_ISA_AVX512 = 2,   /* AVX-512 F, BW, DQ and VL */
  MCNN_ISA_COUNT = 3
} mcnn_isa;

/* 1 where the processor and the operating system run it. Pure: asks the processor each time and
 * keeps nothing; in a virtual machine that takes microseconds. */
int mcnn_isa_runs(mcnn_isa isa);

/* 1 where they run AVX512_VNNI besides AVX-512. */
int mcnn_isa_runs_vnni(void);

#endif
