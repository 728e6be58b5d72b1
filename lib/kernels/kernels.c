/* The dispatch table: one row of function pointers per instruction set. */
#include "kernels/kernels.h"

#include "kernels/conv_entries.h"

static const mcnn_kernels portable = {.isa = MCNN_ISA_PORTABLE, MCNN_CONV_ENTRIES(portable)};

#if defined(__x86_64__)
static const mcnn_kernels avx2 = {.isa = MCNN_ISA_AVX2, MCNN_CONV_ENTRIES(avx2)};
static const mcnn_kernels avx512 = {.isa = MCNN_ISA_AVX512, MCNN_CONV_ENTRIES(avx512)};
#endif

const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa) {
#if defined(__x86_64__)
  if (isa == MCNN_ISA_AVX512) {
    return &avx512;
  }
  if (isa == MCNN_ISA_AVX2) {
    return &avx2;
  }
#endif
  (void)isa;
  return &portable;
}
