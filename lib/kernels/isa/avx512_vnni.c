/* AVX512_VNNI: products of 8-bit integers; compiled with the flags of AVX-512 and -mavx512vnni. */
#include "kernels/isa/simd_avx512.h"

#include "kernels/isa/tables.h"

#include "base/sizes.h"

#include "kernels/dense/int8_avx512.inc.h"

const mcnn_int8_kernels mcnn_int8_kernels_avx512_vnni = {.dense_packed_words = int8_packed_words,
                                                         .dense_pack = int8_pack,
                                                         .dense_scratch_words = int8_scratch_words,
                                                         .dense_forward = int8_forward};
