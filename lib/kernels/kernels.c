/* The dispatch table: one row of function pointers per instruction set. */
#include "kernels/kernels.h"

#include "kernels/conv_entries.h"
#include "kernels/dense_entries.h"
#include "kernels/dense_int8.h"
#include "kernels/flat_entries.h"

#define ENTRIES(isa_of_table, name, flat)                                                          \
  .isa = (isa_of_table), MCNN_CONV_ENTRIES(name), MCNN_DENSE_ENTRIES(name), MCNN_FLAT_ENTRIES(flat)

static const mcnn_kernels portable = {ENTRIES(MCNN_ISA_PORTABLE, portable, portable)};
#if defined(__x86_64__)
static const mcnn_kernels avx2 = {ENTRIES(MCNN_ISA_AVX2, avx2, avx2)};
static const mcnn_kernels avx512 = {ENTRIES(MCNN_ISA_AVX512, avx512, avx2)};
#endif

const mcnn_kernels *mcnn_kernels_for(mcnn_isa isa) {
#if defined(__x86_64__)
  if (isa == MCNN_ISA_AVX512)
    return &avx512;
  if (isa == MCNN_ISA_AVX2)
    return &avx2;
#endif
  (void)isa;
  return &portable;
}

const mcnn_int8_kernels *mcnn_int8_kernels_for(mcnn_isa isa) {
#if MCNN_WITH_AVX512_VNNI
  static const mcnn_int8_kernels int8 = {mcnn_dense_int8_packed_words, mcnn_dense_int8_pack,
                                         mcnn_dense_int8_scratch_words, mcnn_dense_int8_forward};
  if (isa == MCNN_ISA_AVX512 && mcnn_int8_available())
    return &int8;
#endif
  (void)isa;
  return NULL;
}
