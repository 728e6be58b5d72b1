/* The dispatch table: one row of function pointers per instruction set. */
#include "kernels/kernels.h"

#include "kernels/conv_entries.h"
#include "kernels/dense_entries.h"

#define TABLE(name, isa_of_table)                                                                  \
  static const mcnn_kernels name = {                                                               \
      .isa = (isa_of_table), MCNN_CONV_ENTRIES(name), MCNN_DENSE_ENTRIES(name)}

TABLE(portable, MCNN_ISA_PORTABLE);
#if defined(__x86_64__)
TABLE(avx2, MCNN_ISA_AVX2);
TABLE(avx512, MCNN_ISA_AVX512);
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
