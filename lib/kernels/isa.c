#include "kernels/isa.h"

#include <string.h>

static const char *const names[MCNN_ISA_COUNT] = {"portable", "avx2", "avx512"};

/* __builtin_cpu_supports() also asks whether the operating system saves the registers (XGETBV). */
int mcnn_isa_available(mcnn_isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == MCNN_ISA_AVX2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  if (isa == MCNN_ISA_AVX512) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           mcnn_isa_available(MCNN_ISA_AVX2);
  }
#endif
  return isa == MCNN_ISA_PORTABLE;
}

mcnn_isa mcnn_isa_best(void) {
  if (mcnn_isa_available(MCNN_ISA_AVX512)) {
    return MCNN_ISA_AVX512;
  }
  return mcnn_isa_available(MCNN_ISA_AVX2) ? MCNN_ISA_AVX2 : MCNN_ISA_PORTABLE;
}

int mcnn_int8_available(void) {
#if MCNN_WITH_AVX512_VNNI
  return mcnn_isa_available(MCNN_ISA_AVX512) && __builtin_cpu_supports("avx512vnni");
#else
  return 0;
#endif
}

const char *mcnn_isa_name(mcnn_isa isa) {
  const size_t index = (size_t)isa;
  return index < (size_t)MCNN_ISA_COUNT ? names[index] : NULL;
}

int mcnn_isa_from_name(const char *name, mcnn_isa *isa) {
  for (size_t i = 0; i < (size_t)MCNN_ISA_COUNT; ++i) {
    if (strcmp(name, names[i]) == 0) {
      *isa = (mcnn_isa)i;
      return 1;
    }
  }
  return 0;
}
