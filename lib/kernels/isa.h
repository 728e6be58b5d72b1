/* The instruction sets the kernels are compiled for, and which of them this processor has. */
#ifndef MCNN_KERNELS_ISA_H
#define MCNN_KERNELS_ISA_H

typedef enum mcnn_isa {
  MCNN_ISA_PORTABLE = 0, /* what the compiler's baseline gives: SSE2 on x86-64, NEON on AArch64 */
  MCNN_ISA_AVX2 = 1,     /* AVX2 and FMA */
  MCNN_ISA_AVX512 = 2,   /* AVX-512 F, BW, DQ and VL */
  MCNN_ISA_COUNT = 3
} mcnn_isa;

/* 1 where this build has kernels for `isa` and the processor and the operating system run them. */
int mcnn_isa_available(mcnn_isa isa);

/* The widest available one. Pure: asks the processor each time and keeps nothing;
 * in a virtual machine that takes microseconds. */
mcnn_isa mcnn_isa_best(void);

/* 1 where this build has the kernels of dense_int8.h and the processor runs them. */
int mcnn_int8_available(void);

/* "portable", "avx2", "avx512"; NULL for anything else. */
const char *mcnn_isa_name(mcnn_isa isa);

/* The reverse of mcnn_isa_name(); returns 0 where `name` is none of them. */
int mcnn_isa_from_name(const char *name, mcnn_isa *isa);

#endif
